#include "updater/vitals.hpp"

#include <algorithm>

namespace rediscovery::updater {

std::shared_ptr<Vitals::Pulse> Vitals::enlist(std::string who, core::TimePoint now) {
  auto pulse = std::make_shared<Pulse>(std::move(who), now);
  const std::lock_guard lock(mutex_);
  std::erase_if(pulses_, [](const auto& other) { return other.expired(); });
  pulses_.push_back(pulse);
  return pulse;
}

std::map<std::string, core::Duration> Vitals::silences(core::TimePoint now) const {
  std::map<std::string, core::Duration> silences;
  const std::lock_guard lock(mutex_);
  for (const auto& weak : pulses_) {
    const auto pulse = weak.lock();
    if (!pulse) continue;
    // After a reload two daemons have threads of the same name for a moment.
    auto& longest = silences[pulse->who_];
    longest = std::max(longest, now - pulse->last_.load(std::memory_order_relaxed));
  }
  return silences;
}

std::optional<std::string> Vitals::stalled(core::TimePoint now) const {
  for (const auto& [who, silence] : silences(now)) {
    if (silence > kStalled) return who;
  }
  return std::nullopt;
}

}  // namespace rediscovery::updater
