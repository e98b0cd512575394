#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "support/keeper.hpp"

namespace rediscovery::testing {

/// A real server process under a keeper. Thread-safe; functions throw std::runtime_error with the end of the
/// server's log when it dies where it should live.
class Server {
 public:
  Server(Keeper& keeper, std::string name, std::string ip, std::uint16_t port);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server() = default;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& ip() const { return ip_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "ip:port"
  [[nodiscard]] std::string endpoint() const { return ip_ + ":" + std::to_string(port_); }
  /// Of the latest process, also after its end; -1 before the first start.
  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] bool running() const;

  /// Starts the process without waiting until it answers.
  void launch();
  /// Whether it answers now. Never throws because of a server that does not answer.
  [[nodiscard]] virtual bool ready() = 0;
  void wait_ready(std::chrono::milliseconds timeout = std::chrono::seconds(20));

  /// SIGKILL; returns when the process is gone.
  void kill();
  /// SIGTERM; waits for the orderly end.
  void terminate(std::chrono::milliseconds timeout = std::chrono::seconds(10));
  /// SIGSTOP; returns when it is stopped: connections stay open, nothing answers.
  void stop();
  /// SIGCONT
  void cont();
  /// kill() if it runs, launch(), wait_ready().
  void restart(std::chrono::milliseconds timeout = std::chrono::seconds(20));

  /// The last lines of what it wrote.
  [[nodiscard]] std::string log_tail(int lines = 20) const;
  [[nodiscard]] std::filesystem::path log_path() const;
  /// Throws with the log's end when the process has ended.
  void check_alive() const;

 protected:
  [[nodiscard]] virtual Program program() const = 0;
  [[nodiscard]] Keeper& keeper() const { return keeper_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return keeper_.folder(); }

 private:
  Keeper& keeper_;
  std::string name_;
  std::string ip_;
  std::uint16_t port_;
  mutable std::mutex mutex_;
  pid_t pid_ = -1;
};

}  // namespace rediscovery::testing
