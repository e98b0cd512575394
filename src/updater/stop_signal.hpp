// Tells every thread that waits in poll() to come to an end.
#pragma once

namespace rediscovery::updater {

// Once requested, for ever. request() and requested() from any thread.
class StopSignal {
 public:
  StopSignal();  // throws std::system_error when descriptors have run out
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void request() noexcept;
  [[nodiscard]] bool requested() const noexcept;
  // Becomes, and stays, readable.
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace rediscovery::updater
