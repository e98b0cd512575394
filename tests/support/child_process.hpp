#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/keeper.hpp"

namespace rediscovery::testing {

/// A program under test, as a process of its own: it lives as long as this object, unless it ends by itself.
class ChildProcess {
 public:
  /// `what`: what it is called in messages. command[0] is the program.
  ChildProcess(Keeper& keeper, const std::string& what, const std::vector<std::string>& command,
               const std::map<std::string, std::string>& environment = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The exit code; 128 + n after signal n. Throws TimeoutError with the output.
  int wait(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  void signal(int number);
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::chrono::steady_clock::time_point started() const { return started_; }
  /// Where both streams go.
  [[nodiscard]] const std::filesystem::path& log_path() const { return log_; }
  /// Both streams, so far.
  [[nodiscard]] std::string output() const;
  void wait_output(const std::string& part,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

 private:
  Keeper& keeper_;
  std::string what_;
  std::filesystem::path log_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  pid_t pid_;
};

struct Ended {
  int code = -1;
  std::string output;
  std::chrono::microseconds took{};  // its start included
};

/// Waits for its end.
Ended finish(ChildProcess& process);

}  // namespace rediscovery::testing
