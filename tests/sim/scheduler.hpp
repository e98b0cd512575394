// Simulated time: it moves from event to event, and stands still while one is handled.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/time.hpp"

namespace rediscovery::sim {

using core::Duration;
using core::TimePoint;
using Task = std::function<void()>;

// Runs tasks in the order of their time, and at one time in the order in which they were scheduled: a total
// order, so that a run depends on nothing but its seed.
class Scheduler {
 public:
  [[nodiscard]] TimePoint now() const { return now_; }
  // A time that is over means now.
  void at(TimePoint when, Task task);
  void after(Duration delay, Task task) { at(now_ + delay, std::move(task)); }

  // Runs the next task if it is due by `until`. If not, time moves on to `until`, and the answer is false.
  bool step(TimePoint until);
  // How many tasks have run.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Entry {
    TimePoint at;
    std::uint64_t number;
    std::size_t slot;  // of its task: the heap moves its entries a lot, and tasks are big
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };

  TimePoint now_ = TimePoint{} + std::chrono::hours(1);  // far from the clock's zero, which may mean "never"
  std::uint64_t scheduled_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<Entry> heap_;
  std::vector<Task> tasks_;
  std::vector<std::size_t> free_;  // slots of tasks_
};

}  // namespace rediscovery::sim
