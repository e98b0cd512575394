// Hands values from any thread to one that waits in poll().
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "updater/event_fd.hpp"

namespace rediscovery::updater {

template <typename T>
class Mailbox {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    event_.raise();
  }
  [[nodiscard]] std::vector<T> take_all() {
    const std::lock_guard lock(mutex_);
    event_.clear();
    return std::exchange(values_, {});
  }
  // Readable while there is something to take.
  [[nodiscard]] int fd() const noexcept { return event_.fd(); }

 private:
  EventFd event_;
  std::mutex mutex_;
  std::vector<T> values_;  // guarded by mutex_
};

}  // namespace rediscovery::updater
