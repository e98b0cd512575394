// How far a daemon has come, for whoever starts and replaces it.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/endpoint.hpp"

namespace rediscovery::updater {

// Any thread. `changed` is called after each change of an answer below, on the thread that caused it.
class Progress {
 public:
  Progress(const std::vector<core::Endpoint>& sentinels, const std::vector<std::string>& masters,
           std::function<void()> changed);

  // A Sentinel was discovered, or is one no more.
  void joined(const core::Endpoint& sentinel);
  void left(const core::Endpoint& sentinel);
  void subscription_tried(const core::Endpoint& sentinel);
  void reconciled(const std::string& master);
  void failing_over(const core::Endpoint& sentinel, bool under_way);

  // Every Sentinel has been subscribed to, or tried in vain, and every master been looked at: whatever
  // happens from now on is noticed.
  [[nodiscard]] bool is_ready() const;
  // A Sentinel leads a failover, as far as it was heard: whoever has heard its beginning is still needed.
  [[nodiscard]] bool in_failover() const;

 private:
  mutable std::mutex mutex_;
  std::set<core::Endpoint> sentinels_;     // guarded by mutex_
  std::set<core::Endpoint> untried_;       // guarded by mutex_; of these
  std::set<std::string> unseen_;           // guarded by mutex_
  std::set<core::Endpoint> failing_over_;  // guarded by mutex_
  const std::function<void()> changed_;
};

}  // namespace rediscovery::updater
