// Watches one switch from the outside: who says that it is the master, what Sentinels publish, what DNS says.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/cluster.hpp"

namespace rediscovery::testing {

class SwitchWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // One answer of DNS for the master's name, and when it was first seen.
  struct Answer {
    std::vector<std::string> addresses;
    TimePoint seen;
  };

  // Returns when everything is being watched. The master of now is `old_master`.
  SwitchWatch(Cluster& cluster, std::size_t old_master);
  ~SwitchWatch();
  SwitchWatch(const SwitchWatch&) = delete;
  SwitchWatch& operator=(const SwitchWatch&) = delete;

  // When a node other than the old master first said that it is the master.
  [[nodiscard]] std::optional<TimePoint> promoted() const;
  // When the first Sentinel published that it knows: the leader +promoted-slave, another one +switch-master.
  [[nodiscard]] std::optional<TimePoint> known() const;
  // When the first Sentinel published +switch-master, and the last one so far, and how many have.
  [[nodiscard]] std::optional<TimePoint> announced() const;
  [[nodiscard]] std::optional<TimePoint> announced_last() const;
  [[nodiscard]] std::size_t announcements() const;
  // DNS's answers in their order, each as often as it came anew.
  [[nodiscard]] std::vector<Answer> answers() const;
  // The same, each as its addresses with a space between.
  [[nodiscard]] std::vector<std::string> names() const;
  // When DNS first answered something else than the old master.
  [[nodiscard]] std::optional<TimePoint> named() const;

  // "promoted to named: 2.1 ms, to the first +switch-master: 871.0 ms"
  [[nodiscard]] std::string figures() const;

 private:
  void watch_role(const Node& node);
  void watch_sentinel(const Sentinel& sentinel, const std::string& event);
  void watch_name();

  Cluster& cluster_;
  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> ready_{0};
  mutable std::mutex mutex_;
  std::optional<TimePoint> promoted_;  // guarded by mutex_
  std::optional<TimePoint> known_;     // guarded by mutex_
  std::vector<TimePoint> announced_;   // guarded by mutex_
  std::vector<Answer> answers_;        // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace rediscovery::testing
