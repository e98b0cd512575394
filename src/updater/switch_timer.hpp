// How long a switch takes until clients can see it. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/endpoint.hpp"
#include "core/time.hpp"

namespace rediscovery::updater {

// Durations of one kind, in ranges from an observed promotion's milliseconds to a failover-timeout's minutes.
struct SwitchTimes {
  static constexpr std::array<double, 14> bounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
                                                 0.5,   1,     2,     5,    10,   60,   300};
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  double sum = 0;
  std::optional<double> last;  // seconds; of an announcement negative if the switch was visible before

  void add(double seconds);
};

// Of one master, fed in the order of events. A mark counts only for the switch that it names: a late event of
// the switch before must not start the clock of the next.
class SwitchTimer {
 public:
  // A Sentinel says `master` is objectively down: the first time counts, until it is back or replaced.
  void odown(const core::Endpoint& master, core::TimePoint at);
  void back(const core::Endpoint& master);
  // Proved at the replica itself, once for each promotion.
  void promoted(const core::Endpoint& replica, core::TimePoint at);
  // A Sentinel announces that `from` was replaced; the first counts, also after the switch was visible.
  void announced(const core::Endpoint& from, core::TimePoint at);
  // DNS has begun to answer `to` instead of `from`.
  void visible(const core::Endpoint& from, const core::Endpoint& to, core::TimePoint at);

  [[nodiscard]] const SwitchTimes& since_odown() const { return since_odown_; }
  [[nodiscard]] const SwitchTimes& since_promotion() const { return since_promotion_; }
  [[nodiscard]] const SwitchTimes& since_announcement() const { return since_announcement_; }

 private:
  struct Mark {
    core::Endpoint node;
    core::TimePoint at;
    bool is_over = false;  // its switch was announced
  };
  std::optional<Mark> odown_;
  std::optional<Mark> promoted_;
  std::optional<Mark> announced_;
  std::optional<Mark> unannounced_;  // visible, and not announced yet: the old master
  SwitchTimes since_odown_;
  SwitchTimes since_promotion_;
  SwitchTimes since_announcement_;
};

}  // namespace rediscovery::updater
