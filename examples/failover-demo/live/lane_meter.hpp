// Counts and times the requests of one lane as they are sent and end. The same for both lanes.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "moment.hpp"

namespace rediscovery::demo::live {

struct Ended {
  Clock::time_point sent;  // when it was due
  Clock::time_point received;
  bool ok = false;
  bool in_doubt = false;  // of what failed: it may have written
};

// Any thread.
class LaneMeter {
 public:
  struct Count {
    std::size_t sent = 0;
    std::size_t answered = 0;
    std::size_t failed = 0;
    std::size_t in_doubt = 0;  // of the failed
  };
  // Of the time since the last one.
  struct Tick {
    Count count;
    std::size_t waiting = 0;
    std::optional<Milliseconds> median;  // of what ended; none: nothing did
    std::optional<Milliseconds> p99;
    std::optional<Milliseconds> longest;
  };
  // Of a part of the time, such as a fault takes.
  struct Course {
    Count count;
    Milliseconds outage{
        0};  // the longest time between two acknowledgements that lasted until after its begin
    Milliseconds longest{0};  // the longest that a request took
  };
  using CourseId = std::size_t;

  void sent(Clock::time_point at);
  void ended(const Ended& request);

  Tick take_tick();
  [[nodiscard]] Count totals() const;
  // The last hundred thousand that ended, in that order.
  [[nodiscard]] std::vector<Ended> last_requests() const;
  // The oldest request that has no answer yet.
  [[nodiscard]] std::optional<Clock::time_point> oldest_waiting() const;
  // The first acknowledgement after `since`, of the last few thousand.
  [[nodiscard]] std::optional<Clock::time_point> first_ok_after(Clock::time_point since) const;

  CourseId begin_course(Clock::time_point at);
  [[nodiscard]] Course look_at(CourseId id, Clock::time_point now) const;
  Course end_course(CourseId id, Clock::time_point now);

 private:
  struct Running {
    CourseId id = 0;
    Clock::time_point began;
    Course course;
  };
  [[nodiscard]] const Running& find(CourseId id) const;
  [[nodiscard]] Course complete(const Running& running, Clock::time_point now) const;

  mutable std::mutex mutex_;  // guards all below
  Count totals_;
  Count in_tick_;
  std::vector<Milliseconds> took_in_tick_;
  std::multiset<Clock::time_point> waiting_;
  std::deque<Clock::time_point> acknowledged_;
  std::deque<Ended> last_;
  std::list<Running> courses_;
  CourseId next_course_ = 1;
};

}  // namespace rediscovery::demo::live
