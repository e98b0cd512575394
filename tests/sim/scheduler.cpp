#include "sim/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::sim {

void Scheduler::at(TimePoint when, Task task) {
  heap_.push_back({std::max(when, now_), ++scheduled_, std::move(task)});
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

bool Scheduler::step(TimePoint until) {
  if (heap_.empty() || heap_.front().at > until) {
    now_ = std::max(now_, until);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), Later{});
  const Entry entry = std::move(heap_.back());
  heap_.pop_back();
  now_ = entry.at;
  ++steps_;
  entry.task();
  return true;
}

}  // namespace rediscovery::sim
