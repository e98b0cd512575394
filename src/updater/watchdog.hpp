// When to tell the service manager that the daemon is alive. Pure.
#pragma once

#include <optional>

#include "core/time.hpp"

namespace rediscovery::updater {

// A sign of life at half of the time the manager waits for one, so that one may be late. While a thread is
// stalled there is none: the manager then restarts the process, which is what it is for.
class Watchdog {
 public:
  // nullopt: nobody waits.
  explicit Watchdog(std::optional<core::Duration> patience) : patience_(patience) {}

  // True: say it now. `stalled`: a thread has been stuck for long.
  [[nodiscard]] bool on(core::TimePoint now, bool stalled) {
    if (!patience_ || (due_ && now < *due_)) return false;
    due_ =
        now + *patience_ / (stalled ? 8 : 2);  // one that goes on after all has a chance to be heard in time
    return !stalled;
  }
  // When to ask again; nullopt: never, or at once if on() was not called yet.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const { return due_; }

 private:
  std::optional<core::Duration> patience_;
  std::optional<core::TimePoint> due_;
};

}  // namespace rediscovery::updater
