#include "core/peers.hpp"

#include <utility>

namespace rediscovery::core {

void Peers::listed(const std::vector<Endpoint>& replicas, TimePoint now) {
  for (auto& [endpoint, node] : nodes_) {
    if (!node.unlisted_since) node.unlisted_since = now;
  }
  for (const auto& replica : replicas) {
    if (!(replica == master_)) nodes_[replica] = Node{now, std::nullopt, true};
  }
  std::erase_if(nodes_, [&](const auto& each) {
    return each.second.unlisted_since && !is_remembered(each.second, now);
  });
}

void Peers::obeys(const Endpoint& replica, bool is_linked, TimePoint now) {
  const auto found = nodes_.find(replica);
  if (found == nodes_.end()) return;
  found->second.seen = now;
  if (is_linked) found->second = Node{now, std::nullopt, true};
}

void Peers::left(const Endpoint& replica) { nodes_.erase(replica); }

void Peers::followed(const Endpoint& master, bool of_same_group, TimePoint now) {
  std::map<Endpoint, Node> others;
  if (of_same_group) {
    for (const auto& endpoint : known(now)) others[endpoint] = Node{now, now, nodes_.at(endpoint).has_come};
    others[master_] = Node{now, now, false};
  }
  gathering_until_ = of_same_group ? now + kGathering : TimePoint{};
  others.erase(master);
  nodes_ = std::move(others);
  master_ = master;
}

std::vector<Endpoint> Peers::attached(TimePoint now) const {
  std::vector<Endpoint> all;
  for (const auto& [endpoint, node] : nodes_) {
    if (node.has_come && (!node.unlisted_since || is_remembered(node, now))) all.push_back(endpoint);
  }
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

bool Peers::is_remembered(const Node& node, TimePoint now) const {
  return now < gathering_until_ || now < node.seen + good_for_;
}

bool Peers::counts(const Node& node, TimePoint now) const {
  const bool is_missed =
      node.unlisted_since && node.seen <= *node.unlisted_since && now >= *node.unlisted_since + kLeaving;
  return is_remembered(node, now) && (!is_missed || now < gathering_until_);
}

}  // namespace rediscovery::core
