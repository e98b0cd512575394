// What the updater does with its own process.
#pragma once

#include <optional>
#include <string>

namespace rediscovery::updater {

// Closes every descriptor from 3 on: Sentinels before 6.2 leak their sockets into the scripts they start.
void close_inherited_descriptors();

// A write to a closed connection must be an error, not the end of the process.
void ignore_broken_pipes();

// Keeps SIGTERM, SIGINT and SIGHUP from ending the process, in this thread and in those it starts from now
// on.
void hold_signals();

// Where those signals go instead. REQUIRES: hold_signals().
class SignalFd {
 public:
  SignalFd();  // throws std::system_error when descriptors have run out
  ~SignalFd();
  SignalFd(const SignalFd&) = delete;
  SignalFd& operator=(const SignalFd&) = delete;

  // Readable while next() has something to give.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  // The number of the next one, without waiting.
  [[nodiscard]] std::optional<int> next() const;

 private:
  int fd_;
};

// "host:pid", for the fence and the audit.
[[nodiscard]] std::string process_identity();

// Different in every process; not for secrets.
[[nodiscard]] unsigned long long random_seed();

}  // namespace rediscovery::updater
