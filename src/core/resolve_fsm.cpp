#include "core/resolve_fsm.hpp"

#include <algorithm>
#include <ostream>

#include "core/overloaded.hpp"

namespace rediscovery::core {

ResolveFsm::Actions ResolveFsm::on(const Event& event, TimePoint now, Rng& rng) {
  if (state_ == State::stopped) return {};
  return std::visit(Overloaded{
                        [&](const Start&) -> Actions {
                          if (state_ != State::idle) return {};
                          hurry_since_ = now;
                          return look_up(now);
                        },
                        [&](const Answered& answered) -> Actions {
                          if (state_ != State::looking_up) return {};
                          return finish(answered.result, now, rng);
                        },
                        [&](const HurryUp&) -> Actions {
                          if (state_ == State::idle || hurry_since_) return {};
                          hurry_since_ = now;
                          return state_ == State::waiting ? look_up(now) : Actions{};
                        },
                        [&](const CalmDown&) -> Actions {
                          if (!hurry_since_) return {};
                          hurry_since_.reset();
                          if (state_ == State::waiting) wait_calmly(now, rng);
                          return {};
                        },
                        [&](const Tick&) -> Actions {
                          if (state_ != State::waiting || now < due_) return {};
                          return look_up(now);
                        },
                        [&](const Stop&) -> Actions {
                          if (state_ == State::idle) return {};
                          const bool under_way = state_ == State::looking_up;
                          state_ = State::stopped;
                          return under_way ? Actions{CancelLookup{}} : Actions{};
                        },
                    },
                    event);
}

std::optional<TimePoint> ResolveFsm::next_deadline() const {
  if (state_ != State::waiting) return std::nullopt;
  return due_;
}

ResolveFsm::Actions ResolveFsm::look_up(TimePoint now) {
  state_ = State::looking_up;
  due_ = now;
  return {StartLookup{}};
}

ResolveFsm::Actions ResolveFsm::finish(const LookupResult& result, TimePoint now, Rng& rng) {
  state_ = State::waiting;
  last_ttl_ = result.ttl;
  Actions actions;
  if (result.endpoints.empty()) {
    if (!failing_since_) failing_since_ = now;
    actions.emplace_back(ReportFailure{result.problem});
  } else {
    failing_since_.reset();
    const bool changed = result.endpoints != last_good_;
    last_good_ = result.endpoints;
    actions.emplace_back(Publish{result.endpoints, changed});
  }
  if (hurry_since_) {
    due_ = now + policy_.hurry.after(now - *hurry_since_, rng);
  } else {
    wait_calmly(now, rng);
  }
  return actions;
}

void ResolveFsm::wait_calmly(TimePoint now, Rng& rng) {
  const Duration pause = failing_since_ ? std::max((now - *failing_since_) / 4, last_ttl_) : last_ttl_;
  const Duration interval = std::clamp(pause, policy_.refresh_floor, policy_.refresh_ceiling);
  // Up to a tenth sooner, so that a thousand pools do not ask in step; never later than configured.
  due_ = now + rng.between(interval - interval / 10, interval);
}

std::ostream& operator<<(std::ostream& out, const ResolveFsm::Action& action) {
  std::visit(
      Overloaded{
          [&](const ResolveFsm::StartLookup&) { out << "StartLookup"; },
          [&](const ResolveFsm::CancelLookup&) { out << "CancelLookup"; },
          [&](const ResolveFsm::Publish& publish) {
            out << "Publish{" << (publish.changed ? "changed" : "unchanged");
            for (const auto& endpoint : publish.endpoints) out << ' ' << endpoint;
            out << '}';
          },
          [&](const ResolveFsm::ReportFailure& report) { out << "ReportFailure{" << report.problem << '}'; },
      },
      action);
  return out;
}

std::ostream& operator<<(std::ostream& out, ResolveFsm::State state) {
  switch (state) {
    case ResolveFsm::State::idle:
      return out << "idle";
    case ResolveFsm::State::looking_up:
      return out << "looking_up";
    case ResolveFsm::State::waiting:
      return out << "waiting";
    case ResolveFsm::State::stopped:
      break;
  }
  return out << "stopped";
}

}  // namespace rediscovery::core
