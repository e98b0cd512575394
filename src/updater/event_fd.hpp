// A descriptor that is readable from raise() to clear(), for threads that wait in poll().
#pragma once

namespace rediscovery::updater {

// Any thread.
class EventFd {
 public:
  EventFd();  // throws std::system_error when descriptors have run out
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  void raise() noexcept;
  void clear() noexcept;
  [[nodiscard]] bool raised() const noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace rediscovery::updater
