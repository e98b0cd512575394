#include "updater/progress.hpp"

namespace rediscovery::updater {

Progress::Progress(const std::vector<core::Endpoint>& sentinels, const std::vector<std::string>& masters,
                   std::function<void()> changed)
    : sentinels_(sentinels.begin(), sentinels.end()),
      untried_(sentinels_),
      unseen_(masters.begin(), masters.end()),
      changed_(std::move(changed)) {}

void Progress::joined(const core::Endpoint& sentinel) {
  const std::lock_guard lock(mutex_);
  if (!sentinels_.insert(sentinel).second) return;
  // Who was ready once remains so: what has joined is subscribed to within milliseconds, and then looked at.
  if (!untried_.empty() || !unseen_.empty()) untried_.insert(sentinel);
}

void Progress::left(const core::Endpoint& sentinel) {
  subscription_tried(sentinel);
  failing_over(sentinel, false);
  const std::lock_guard lock(mutex_);
  sentinels_.erase(sentinel);
}

void Progress::subscription_tried(const core::Endpoint& sentinel) {
  {
    const std::lock_guard lock(mutex_);
    if (untried_.erase(sentinel) == 0 || !untried_.empty()) return;
  }
  changed_();
}

void Progress::reconciled(const std::string& master) {
  {
    const std::lock_guard lock(mutex_);
    if (unseen_.erase(master) == 0 || !unseen_.empty()) return;
  }
  changed_();
}

void Progress::failing_over(const core::Endpoint& sentinel, bool under_way) {
  {
    const std::lock_guard lock(mutex_);
    const bool before = failing_over_.empty();
    if (under_way) {
      failing_over_.insert(sentinel);
    } else {
      failing_over_.erase(sentinel);
    }
    if (failing_over_.empty() == before) return;
  }
  changed_();
}

bool Progress::is_ready() const {
  const std::lock_guard lock(mutex_);
  return untried_.empty() && unseen_.empty();
}

bool Progress::in_failover() const {
  const std::lock_guard lock(mutex_);
  return !failing_over_.empty();
}

}  // namespace rediscovery::updater
