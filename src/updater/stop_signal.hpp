// Tells every thread that waits in poll() to come to an end.
#pragma once

#include "updater/event_fd.hpp"

namespace rediscovery::updater {

// Once requested, for ever. request() and requested() from any thread.
class StopSignal {
 public:
  void request() noexcept { event_.raise(); }
  [[nodiscard]] bool requested() const noexcept { return event_.raised(); }
  // Becomes, and stays, readable.
  [[nodiscard]] int fd() const noexcept { return event_.fd(); }

 private:
  EventFd event_;
};

}  // namespace rediscovery::updater
