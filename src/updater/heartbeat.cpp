#include "updater/heartbeat.hpp"

#include <ostream>

#include "core/overloaded.hpp"

namespace rediscovery::updater {

Standing standing_of(const Report& report) {
  using Kind = sentinel::Consensus::Kind;
  if (report.error) return Standing::cut_off;
  const auto& consensus = report.consensus;
  if (consensus.kind == Kind::unreadable) return Standing::blind;
  if (consensus.kind != Kind::agreed) return Standing::unsure;
  if (!has_majority(consensus)) return Standing::blind;
  return report.plan.verdict == Verdict::up_to_date ? Standing::confirmed : Standing::unsure;
}

std::ostream& operator<<(std::ostream& out, Standing standing) {
  switch (standing) {
    case Standing::confirmed:
      return out << "confirmed";
    case Standing::blind:
      return out << "blind";
    case Standing::unsure:
      return out << "unsure";
    case Standing::cut_off:
      return out << "cut_off";
  }
  return out << "?";
}

std::ostream& operator<<(std::ostream& out, Heartbeat::Act act) {
  switch (act) {
    case Heartbeat::Act::none:
      return out << "none";
    case Heartbeat::Act::look:
      return out << "look";
    case Heartbeat::Act::beat:
      return out << "beat";
    case Heartbeat::Act::judge:
      return out << "judge";
  }
  return out << "?";
}

std::ostream& operator<<(std::ostream& out, const Heartbeat::Action& action) {
  return out << action.act << "@" << action.index;
}

Heartbeat::Action Heartbeat::on(const Event& event, core::TimePoint now, core::Rng& rng) {
  return std::visit(core::Overloaded{
                        [&](Standing standing) { return heard(standing, now); },
                        [&](const Found& what) { return found(what, now, rng); },
                        [&](const Beaten& beaten) {
                          see(beaten.index, now, rng);
                          return Action{};
                        },
                        [&](Outrun) {
                          seen_.reset();
                          return Action{};
                        },
                    },
                    event);
}

Heartbeat::Action Heartbeat::heard(Standing standing, core::TimePoint now) {
  standing_ = standing;
  if (standing == Standing::unsure) return {};
  if (standing == Standing::cut_off) {
    seen_.reset();
    return {};
  }
  const bool due = !seen_ || (standing == Standing::confirmed ? now - seen_->since >= seen_->due
                                                              : now - seen_->looked >= blind_pause());
  return due ? Action{Act::look, 0} : Action{};
}

Heartbeat::Action Heartbeat::found(const Found& found, core::TimePoint now, core::Rng& rng) {
  if (found.index == 0) {
    seen_.reset();
    return found.standing == Standing::confirmed ? Action{Act::beat, 0} : Action{};
  }
  if (!seen_ || seen_->index != found.index) {
    see(found.index, now, rng);
    return {};
  }
  seen_->looked = now;
  if (found.standing == Standing::confirmed) return {Act::beat, found.index};
  const bool stale = found.standing == Standing::blind && now - seen_->since >= policy_.stale_after;
  return stale ? Action{Act::judge, found.index} : Action{};
}

void Heartbeat::see(std::uint64_t index, core::TimePoint now, core::Rng& rng) {
  seen_ = Seen{index, now, rng.between(policy_.interval / 2, policy_.interval), now};
}

std::optional<core::TimePoint> Heartbeat::next_deadline() const {
  if (!seen_) return std::nullopt;
  // Not `due`: the reconcile that comes anyway shortly after it is early enough, and spares one of its own.
  if (standing_ == Standing::confirmed) return seen_->since + policy_.interval;
  if (standing_ == Standing::blind) return seen_->looked + blind_pause();
  return std::nullopt;
}

core::Duration Heartbeat::age(core::TimePoint now) const {
  return seen_ ? now - seen_->since : core::Duration::zero();
}

}  // namespace rediscovery::updater
