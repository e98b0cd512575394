#include "sentinel/roster.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::sentinel {
namespace {

bool is_same_process(const Identity& a, const Identity& b) {
  return !a.run_id.empty() && a.run_id == b.run_id;
}

}  // namespace

Roster::Roster(const std::vector<core::Endpoint>& configured, bool discover) : discover_(discover) {
  for (const auto& endpoint : configured) members_.push_back({endpoint, true});
}

std::vector<core::Endpoint> Roster::members() const {
  std::vector<core::Endpoint> endpoints;
  for (const auto& member : members_) endpoints.push_back(member.identity.endpoint);
  return endpoints;
}

std::vector<core::Endpoint> Roster::heard(const Observation& observation) {
  for (auto& [identity, configured] : members_) {
    if (identity.endpoint == observation.sentinel && !observation.listing.run_id.empty())
      identity.run_id = observation.listing.run_id;
  }
  std::vector<core::Endpoint> newcomers;
  if (!discover_) return newcomers;
  const auto configured =
      std::count_if(members_.begin(), members_.end(), [](const Member& m) { return m.configured; });
  for (const auto& listed : observation.listing.others) {
    if (members_.size() >= static_cast<std::size_t>(configured) + kMostDiscovered) break;
    if (is_known(listed)) continue;
    members_.push_back({listed, false});
    newcomers.push_back(listed.endpoint);
  }
  return newcomers;
}

bool Roster::is_known(const Identity& listed) const {
  return std::any_of(members_.begin(), members_.end(), [&listed](const Member& member) {
    return member.identity.endpoint == listed.endpoint || is_same_process(member.identity, listed);
  });
}

std::vector<Observation> Roster::conclude(std::vector<Observation> observations) {
  if (discover_) {
    strike_unlisted(observations);
    strike_doubles();
  }
  std::vector<Observation> each_once;
  for (auto& observation : observations) {
    const bool counted =
        std::any_of(each_once.begin(), each_once.end(), [&observation](const Observation& other) {
          return is_same_process(other.identity(), observation.identity());
        });
    const bool member = std::any_of(members_.begin(), members_.end(), [&observation](const Member& m) {
      return m.identity.endpoint == observation.sentinel;
    });
    if (member && !counted) each_once.push_back(std::move(observation));
  }
  return each_once;
}

void Roster::strike_unlisted(const std::vector<Observation>& observations) {
  std::size_t told = 0;
  std::vector<core::Endpoint> listed;
  for (const auto& observation : observations) {
    if (!observation.listing.told) continue;
    ++told;
    for (const auto& other : observation.listing.others) listed.push_back(other.endpoint);
  }
  if (told <= members_.size() / 2) return;
  std::erase_if(members_, [&listed](const Member& member) {
    return !member.configured &&
           std::find(listed.begin(), listed.end(), member.identity.endpoint) == listed.end();
  });
}

// Of two addresses of one Sentinel the earlier stays, so a configured one before any other.
void Roster::strike_doubles() {
  std::vector<Member> kept;
  for (auto& member : members_) {
    const bool twice = std::any_of(kept.begin(), kept.end(), [&member](const Member& other) {
      return is_same_process(other.identity, member.identity);
    });
    if (member.configured || !twice) kept.push_back(std::move(member));
  }
  members_ = std::move(kept);
}

}  // namespace rediscovery::sentinel
