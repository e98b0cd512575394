#include "sim/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::sim {

void Scheduler::at(TimePoint when, Task task) {
  std::size_t slot = tasks_.size();
  if (free_.empty()) {
    tasks_.push_back(std::move(task));
  } else {
    slot = free_.back();
    free_.pop_back();
    tasks_[slot] = std::move(task);
  }
  heap_.push_back({std::max(when, now_), ++scheduled_, slot});
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

bool Scheduler::step(TimePoint until) {
  if (heap_.empty() || heap_.front().at > until) {
    now_ = std::max(now_, until);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), Later{});
  const Entry entry = heap_.back();
  heap_.pop_back();
  const Task task = std::exchange(tasks_[entry.slot], nullptr);
  free_.push_back(entry.slot);
  now_ = entry.at;
  ++steps_;
  task();
  return true;
}

}  // namespace rediscovery::sim
