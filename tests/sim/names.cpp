#include "sim/names.hpp"

#include <utility>

namespace rediscovery::sim {

std::string_view to_string(Lie lie) {
  switch (lie) {
    case Lie::none:
      return "none";
    case Lie::nxdomain:
      return "NXDOMAIN";
    case Lie::servfail:
      return "SERVFAIL";
    case Lie::time_out:
      return "time-out";
    case Lie::late:
      return "late";
    case Lie::stale:
      return "stale";
    case Lie::wrong:
      break;
  }
  return "wrong";
}

Names::Names(Context& context, const NamesSettings& settings, Endpoints masters, Endpoints replicas)
    : context_(context), settings_(settings), before_{TimePoint{}, masters, replicas} {
  versions_.push_back({TimePoint{}, std::move(masters), std::move(replicas)});
}

void Names::publish(Endpoints masters, Endpoints replicas) {
  const TimePoint earliest = versions_.back().visible_at;
  const TimePoint visible_at =
      std::max(earliest, context_.now() + context_.between(settings_.lag_low, settings_.lag_high));
  context_.note("catalog", masters.size(),
                [&] { return "master " + (masters.empty() ? "none" : masters.front().to_string()); });
  versions_.push_back({visible_at, std::move(masters), std::move(replicas)});
  context_.scheduler.at(visible_at, [this] { (void)visible(); });
  for (const auto& handler : on_change_) handler(versions_.back().masters);
}

const Names::Version& Names::visible() {
  while (versions_.size() > 1 && versions_[1].visible_at <= context_.now()) {
    before_ = std::move(versions_.front());
    versions_.pop_front();
  }
  return versions_.front();
}

void Names::trouble(Lie lie, unsigned percent, TimePoint until, Endpoints wrong) {
  lie_ = lie;
  lie_percent_ = percent;
  lie_until_ = until;
  wrong_ = std::move(wrong);
  context_.note("DNS", percent, [&] {
    return std::to_string(percent) + " % of the answers are " + std::string(to_string(lie));
  });
}

Lie Names::next_lie() {
  return context_.now() < lie_until_ && context_.chance(lie_percent_) ? lie_ : Lie::none;
}

void Names::look_up(engine::Name name, OnAnswer done) {
  const Lie lie = next_lie();
  const Version& version = lie == Lie::stale ? before_ : visible();
  core::LookupResult result;
  result.endpoints = name == engine::Name::master ? version.masters : version.replicas;
  result.ttl = settings_.ttl;
  Duration delay = context_.between(100us, 500us);
  switch (lie) {
    case Lie::nxdomain:
    case Lie::servfail:
      result = {{}, {}, std::string(to_string(lie))};
      break;
    case Lie::time_out:
      result = {{}, {}, "no answer"};
      delay = settings_.timeout;
      break;
    case Lie::late:
      delay = context_.between(delay, settings_.timeout);
      break;
    case Lie::wrong:
      result.endpoints = wrong_;
      if (wrong_.empty()) result.problem = "NODATA";
      break;
    case Lie::none:
    case Lie::stale:
      break;
  }
  context_.scheduler.after(delay, [result = std::move(result), done = std::move(done)] { done(result); });
}

}  // namespace rediscovery::sim
