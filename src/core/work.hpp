// How much of the time somebody was busy with something.
#pragma once

#include <rediscovery/error.hpp>

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

// Adds a wait for a connection, from `began` to `ended`, and what was done meanwhile.
inline void add_wait(TimeSpent& spent, const Work& before, TimePoint began, const Work& after,
                     TimePoint ended) {
  using std::chrono::microseconds;
  const auto part = [&](BusyTime Work::*work) {
    return std::chrono::duration_cast<microseconds>((after.*work).until(ended) - (before.*work).until(began));
  };
  spent.waiting += std::chrono::duration_cast<microseconds>(ended - began);
  spent.resolving += part(&Work::resolving);
  spent.connecting += part(&Work::connecting);
  spent.verifying += part(&Work::verifying);
}

}  // namespace rediscovery::core
