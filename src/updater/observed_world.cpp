#include "updater/observed_world.hpp"

#include <utility>

namespace rediscovery::updater {

ObservedWorld::ObservedWorld(World& real, sentinel::Selected selection, const sentinel::Consensus& before)
    : real_(real), selection_(std::move(selection)), leader_(selection_.leader) {
  for (const auto& member : before.members) {
    if (member.endpoint == leader_.endpoint) leader_ = member;
  }
  view_.address = selection_.replica;
  view_.epoch = selection_.epoch;
  view_.quorum = before.quorum;
  view_.failing_over = true;
  view_.unresolved = before.unresolved;
  for (auto replica : before.replicas) {
    if (replica.endpoint == selection_.replica) continue;
    // Healthy or lagging was said of the old master's replicas; as the new one's nothing is known of them.
    if (replica.state != sentinel::ReplicaState::down) replica.state = sentinel::ReplicaState::unknown;
    view_.replicas.push_back(std::move(replica));
  }
}

std::vector<sentinel::Observation> ObservedWorld::ask_sentinels(const std::string&, core::TimePoint) {
  return {{selection_.leader, sentinel::Reading::ok, {}, view_, {leader_.run_id, false, {}}}};
}

}  // namespace rediscovery::updater
