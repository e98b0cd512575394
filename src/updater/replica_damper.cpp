#include "updater/replica_damper.hpp"

#include <utility>

namespace rediscovery::updater {

using sentinel::ReplicaState;

void ReplicaDamper::damp(sentinel::Consensus& consensus, core::TimePoint now) {
  if (hold_ <= core::Duration::zero() || consensus.kind != sentinel::Consensus::Kind::agreed) return;
  if (consensus.address != master_ || consensus.epoch != epoch_) replicas_.clear();
  master_ = consensus.address;
  epoch_ = consensus.epoch;

  std::map<core::Endpoint, Replica> listed;
  for (auto& view : consensus.replicas) {
    const auto known = replicas_.find(view.endpoint);
    Replica replica = known == replicas_.end() ? Replica{} : known->second;
    view.state = see(replica, view.state, now);
    listed.emplace(view.endpoint, replica);
  }
  replicas_ = std::move(listed);
}

ReplicaState ReplicaDamper::see(Replica& replica, ReplicaState seen, core::TimePoint now) const {
  const auto held = [&] { return now - replica.since >= hold_; };
  switch (seen) {
    case ReplicaState::unknown:
      return seen;
    case ReplicaState::down:
      replica.state = State::out;
      return seen;
    case ReplicaState::healthy:
      if (replica.state == State::out) replica = {State::returning, now};
      if (replica.state == State::returning && !held()) return ReplicaState::unknown;
      replica.state = State::steady;
      return seen;
    case ReplicaState::lagging:
      if (replica.state == State::steady) replica = {State::doubtful, now};
      if (replica.state == State::doubtful && !held()) return ReplicaState::unknown;
      replica.state = State::out;
      return seen;
  }
  return seen;
}

}  // namespace rediscovery::updater
