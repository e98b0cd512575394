#include "updater/vitals.hpp"

namespace rediscovery::updater {

std::shared_ptr<Vitals::Pulse> Vitals::enlist(std::string who, core::TimePoint now) {
  auto pulse = std::make_shared<Pulse>(std::move(who), now);
  const std::lock_guard lock(mutex_);
  std::erase_if(pulses_, [](const auto& other) { return other.expired(); });
  pulses_.push_back(pulse);
  return pulse;
}

std::optional<std::string> Vitals::stalled(core::TimePoint now) const {
  const std::lock_guard lock(mutex_);
  for (const auto& weak : pulses_) {
    const auto pulse = weak.lock();
    if (pulse && now - pulse->last_.load(std::memory_order_relaxed) > kStalled) return pulse->who_;
  }
  return std::nullopt;
}

}  // namespace rediscovery::updater
