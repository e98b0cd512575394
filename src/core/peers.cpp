#include "core/peers.hpp"

#include <utility>

namespace rediscovery::core {

void Peers::listed(const std::vector<Endpoint>& replicas, TimePoint now) {
  for (auto& [endpoint, node] : nodes_) {
    if (!node.unlisted_since) node.unlisted_since = now;
  }
  for (const auto& replica : replicas) {
    if (!(replica == master_)) nodes_[replica] = Node{now, std::nullopt, false, false};
  }
  std::erase_if(nodes_, [&](const auto& each) {
    return each.second.unlisted_since && now >= each.second.seen + kRemembering;
  });
}

void Peers::obeys(const Endpoint& replica, bool is_linked, TimePoint now) {
  const auto found = nodes_.find(replica);
  if (found == nodes_.end()) return;
  Node& node = found->second;
  node = Node{now, is_linked ? std::nullopt : node.unlisted_since, false, false};
}

void Peers::left(const Endpoint& replica) {
  if (const auto found = nodes_.find(replica); found != nodes_.end()) found->second.has_left = true;
}

void Peers::followed(const Endpoint& master, bool of_same_group, TimePoint now) {
  std::map<Endpoint, Node> others;
  if (of_same_group) {
    for (const auto& [endpoint, node] : nodes_) {
      Node& other = others[endpoint] = node;
      other.has_left = !counts(node, now);
      other.unlisted_since = now;
    }
    others[master_] = Node{now, now, false, true};
  }
  switched_at_ = of_same_group ? std::optional(now) : std::nullopt;
  others.erase(master);
  nodes_ = std::move(others);
  master_ = master;
}

std::vector<Endpoint> Peers::worth_a_standby(TimePoint now) const {
  std::vector<Endpoint> all;
  std::vector<Endpoint> remembered;
  for (const auto& [endpoint, node] : nodes_) {
    // Not in the moment of the switch: it may be dead, and everybody is busy with the new one.
    if (node.was_master && switched_at_ && now < *switched_at_ + kLeaving) continue;
    if (!node.unlisted_since) {
      all.push_back(endpoint);
    } else if (now < node.seen + kRemembering) {
      remembered.push_back(endpoint);
    }
  }
  all.insert(all.end(), remembered.begin(), remembered.end());
  return all;
}

std::vector<Endpoint> Peers::known(TimePoint now) const {
  std::vector<Endpoint> all;
  for (const auto& [endpoint, node] : nodes_) {
    if (counts(node, now)) all.push_back(endpoint);
  }
  return all;
}

bool Peers::is_known(const Endpoint& endpoint, TimePoint now) const {
  const auto found = nodes_.find(endpoint);
  return found != nodes_.end() && counts(found->second, now);
}

bool Peers::counts(const Node& node, TimePoint now) const {
  if (node.has_left) return false;
  if (switched_at_ && now < *switched_at_ + kGathering) return true;
  const bool is_missed =
      node.unlisted_since && node.seen <= *node.unlisted_since && now >= *node.unlisted_since + kLeaving;
  return !is_missed && now < node.seen + good_for_;
}

}  // namespace rediscovery::core
