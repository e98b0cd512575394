#include "sentinel/consensus.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <sstream>

namespace rediscovery::sentinel {
namespace {

using Votes = std::array<std::size_t, 4>;  // by ReplicaState

ReplicaState decide(const Votes& votes, bool quorate) {
  const auto count = [&votes](ReplicaState state) { return votes[static_cast<std::size_t>(state)]; };
  const std::size_t healthy = count(ReplicaState::healthy);
  const std::size_t lagging = count(ReplicaState::lagging);
  const std::size_t down = count(ReplicaState::down);
  if (healthy > lagging + down) return ReplicaState::healthy;
  if (!quorate || healthy >= lagging + down) return ReplicaState::unknown;
  return down > lagging ? ReplicaState::down : ReplicaState::lagging;
}

// What several Sentinels call the process at one endpoint.
class RunIds {
 public:
  void add(const std::string& run_id) {
    if (!run_id.empty()) named_.insert(run_id);
  }
  [[nodiscard]] std::string agreed() const { return named_.size() == 1 ? *named_.begin() : std::string(); }

 private:
  std::set<std::string> named_;
};

// Not every Sentinel need announce names; of those that do, one is chosen that all updaters choose.
const std::string& better_name(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  return std::min(a, b);
}

std::vector<ReplicaView> merge_replicas(const std::vector<const MasterView*>& supporters, bool quorate) {
  struct OfOne {
    Votes votes{};
    RunIds run_ids;
    std::string name;
  };
  std::map<core::Endpoint, OfOne> said;
  for (const auto* view : supporters) {
    for (const auto& replica : view->replicas) {
      OfOne& of_one = said[replica.endpoint];
      ++of_one.votes[static_cast<std::size_t>(replica.state)];
      of_one.run_ids.add(replica.run_id);
      of_one.name = better_name(of_one.name, replica.endpoint.name);
    }
  }
  std::vector<ReplicaView> merged;
  for (const auto& [endpoint, of_one] : said) {
    merged.push_back({{endpoint.address, endpoint.port, of_one.name},
                      decide(of_one.votes, quorate),
                      of_one.run_ids.agreed()});
  }
  return merged;
}

std::string describe_conflict(const std::vector<const MasterView*>& views, std::uint64_t epoch) {
  std::map<core::Endpoint, std::size_t> counts;
  for (const auto* view : views) ++counts[view->address];
  std::ostringstream text;
  text << "the Sentinels name different masters at the same config-epoch " << epoch << ":";
  const char* separator = " ";
  for (const auto& [address, count] : counts) {
    text << separator << address << " (" << count << (count == 1 ? " Sentinel)" : " Sentinels)");
    separator = ", ";
  }
  return text.str();
}

}  // namespace

std::string_view to_string(Consensus::Kind kind) {
  switch (kind) {
    case Consensus::Kind::agreed:
      return "agreed";
    case Consensus::Kind::conflict:
      return "conflict";
    case Consensus::Kind::unknown_master:
      return "unknown_master";
    case Consensus::Kind::unreadable:
      return "unreadable";
  }
  return "?";
}

std::ostream& operator<<(std::ostream& out, Consensus::Kind kind) { return out << to_string(kind); }

std::ostream& operator<<(std::ostream& out, const Consensus& consensus) {
  out << consensus.kind;
  if (consensus.kind == Consensus::Kind::agreed) out << " " << consensus.address;
  out << " epoch " << consensus.epoch << ", " << consensus.supporters << " of " << consensus.asked
      << " Sentinels, quorum " << consensus.quorum;
  if (!consensus.run_id.empty()) out << ", run " << consensus.run_id;
  for (const auto& replica : consensus.replicas) out << ", " << replica;
  if (!consensus.problem.empty()) out << "; " << consensus.problem;
  return out;
}

Consensus agree(const std::vector<Observation>& observations) {
  Consensus result;
  result.asked = observations.size();
  std::vector<const MasterView*> views;
  std::size_t strangers = 0;
  for (const auto& observation : observations) {
    result.members.push_back(observation.identity());
    if (observation.reading == Reading::ok && observation.view) {
      views.push_back(&*observation.view);
      result.epoch = std::max(result.epoch, observation.view->epoch);
      result.quorum = std::max(result.quorum, observation.view->quorum);
      result.failover_timeout = std::max(result.failover_timeout, observation.view->failover_timeout);
      (observation.view->failing_over ? result.failing_over : result.at_rest)
          .push_back(observation.identity());
      continue;
    }
    if (observation.reading == Reading::unknown_master) ++strangers;
    std::ostringstream line;
    line << observation;
    result.absent.push_back(line.str());
  }
  result.readable = views.size();
  if (views.empty()) {
    const bool all_strangers = strangers > 0 && strangers == observations.size();
    result.kind = all_strangers ? Consensus::Kind::unknown_master : Consensus::Kind::unreadable;
    result.problem =
        all_strangers ? "no Sentinel monitors a master of this name" : "no Sentinel could be read";
    return result;
  }

  std::erase_if(views, [&result](const MasterView* view) { return view->epoch != result.epoch; });
  const auto& address = views.front()->address;
  result.supporters = views.size();
  if (!std::all_of(views.begin(), views.end(), [&](const auto* view) { return view->address == address; })) {
    result.kind = Consensus::Kind::conflict;
    result.problem = describe_conflict(views, result.epoch);
    return result;
  }
  result.kind = Consensus::Kind::agreed;
  result.address = address;
  result.replicas = merge_replicas(views, result.supporters >= result.quorum);
  RunIds run_ids;
  std::set<std::string> unresolved;
  for (const auto* view : views) {
    run_ids.add(view->run_id);
    unresolved.insert(view->unresolved.begin(), view->unresolved.end());
    result.address.name = better_name(result.address.name, view->address.name);
  }
  result.run_id = run_ids.agreed();
  result.unresolved = {unresolved.begin(), unresolved.end()};
  return result;
}

}  // namespace rediscovery::sentinel
