// How much of the time somebody was busy with something.
#pragma once

#include "core/time.hpp"

namespace rediscovery::core {

// Adds up the time during which at least one of several overlapping activities was under way.
class BusyTime {
 public:
  void begin(TimePoint now) {
    if (under_way_++ == 0) since_ = now;
  }
  // Requires a begin() that was not ended yet.
  void end(TimePoint now) {
    if (--under_way_ == 0) total_ += now - since_;
  }
  [[nodiscard]] Duration until(TimePoint now) const {
    return under_way_ == 0 ? total_ : total_ + (now - since_);
  }

 private:
  int under_way_ = 0;
  TimePoint since_{};
  Duration total_{};
};

// What a pool's background does while callers wait for a master.
struct Work {
  BusyTime resolving;   // a look-up of the master's name
  BusyTime connecting;  // a TCP connect, to a candidate or to the master
  BusyTime verifying;   // a handshake with it
};

}  // namespace rediscovery::core
