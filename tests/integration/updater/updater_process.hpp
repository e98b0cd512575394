// The updater as a process of its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/keeper.hpp"

namespace rediscovery::testing {

// Where the build has put it.
[[nodiscard]] std::filesystem::path updater_path();

// Runs as long as this object lives, unless it ends by itself.
class UpdaterProcess {
 public:
  UpdaterProcess(Keeper& keeper, const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment = {});
  ~UpdaterProcess();
  UpdaterProcess(const UpdaterProcess&) = delete;
  UpdaterProcess& operator=(const UpdaterProcess&) = delete;

  // The exit code; 128 + n after signal n. Throws TimeoutError with the output.
  int wait(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  void signal(int number);
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  // Both streams, so far.
  [[nodiscard]] std::string output() const;
  void wait_output(const std::string& part,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

 private:
  Keeper& keeper_;
  std::filesystem::path log_;
  pid_t pid_;
};

struct Finished {
  int code = -1;
  std::string output;
  std::chrono::microseconds took{};
};

// Runs it to its end.
Finished run_updater(Keeper& keeper, const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment = {});

}  // namespace rediscovery::testing
