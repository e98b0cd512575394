#include "updater/switch_timer.hpp"

#include <algorithm>

namespace rediscovery::updater {
namespace {

double seconds(core::Duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

void SwitchTimes::add(double value) {
  last = value;
  const double counted = std::max(value, 0.0);
  const auto range = std::lower_bound(bounds.begin(), bounds.end(), counted) - bounds.begin();
  ++counts[static_cast<std::size_t>(range)];
  sum += counted;
}

void SwitchTimer::odown(const core::Endpoint& master, core::TimePoint at) {
  if (!odown_ || odown_->node != master || odown_->is_over) odown_ = Mark{master, at};
}

void SwitchTimer::back(const core::Endpoint& master) {
  if (odown_ && odown_->node == master) odown_.reset();
}

void SwitchTimer::promoted(const core::Endpoint& replica, core::TimePoint at) {
  promoted_ = Mark{replica, at};
}

void SwitchTimer::announced(const core::Endpoint& from, core::TimePoint at) {
  // Where another updater makes the switches, none of them becomes visible() here.
  if (odown_ && odown_->node == from) {
    odown_->is_over = true;
  } else if (odown_ && odown_->is_over) {
    odown_.reset();
  }
  if (unannounced_ && unannounced_->node == from) {
    since_announcement_.add(seconds(unannounced_->at - at));
    unannounced_.reset();
    return;
  }
  if (!announced_ || announced_->node != from) announced_ = Mark{from, at};
}

void SwitchTimer::visible(const core::Endpoint& from, const core::Endpoint& to, core::TimePoint at) {
  if (from == to) return;
  if (odown_ && odown_->node == from) since_odown_.add(seconds(at - odown_->at));
  if (promoted_ && promoted_->node == to) since_promotion_.add(seconds(at - promoted_->at));
  unannounced_.reset();
  if (announced_ && announced_->node == from) {
    since_announcement_.add(seconds(at - announced_->at));
  } else {
    unannounced_ = Mark{from, at};
  }
  odown_.reset();
  promoted_.reset();
  announced_.reset();
}

}  // namespace rediscovery::updater
