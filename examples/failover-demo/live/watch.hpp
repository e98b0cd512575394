// Threads that keep asking everybody how things stand. Independent of the library under test, except for what
// its pool says of itself.
#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "live/situation.hpp"
#include "moment.hpp"
#include "stage.hpp"

namespace rediscovery::demo::live {

class Watch {
 public:
  // `stage` must outlive this. Returns when each has been asked once.
  explicit Watch(Stage& stage);

  [[nodiscard]] Situation now() const;
  // Everybody has been asked again since then, and has answered or not.
  [[nodiscard]] bool is_newer_than(Clock::time_point at) const;

 private:
  // `look` at once, and then again and again on a thread of its own: who does not answer holds up nobody
  // else.
  void repeat(std::chrono::milliseconds pause, std::function<void()> look);
  // Changes the situation under the lock.
  template <typename Change>
  void update(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(situation_);
  }

  void watch_nodes();
  void watch_sentinels();
  void watch_names();
  void watch_consul();
  void watch_pool();

  Stage& stage_;
  mutable std::mutex mutex_;
  Situation situation_;
  std::vector<Clock::time_point> begun_;  // of each look the last that is complete
  std::vector<std::jthread> threads_;     // last: they use the above
};

}  // namespace rediscovery::demo::live
