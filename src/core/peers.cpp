#include "core/peers.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::core {

void Peers::listed(const std::vector<Endpoint>& replicas, TimePoint now) {
  for (auto& [endpoint, node] : nodes_) {
    if (!node.unlisted_since) node.unlisted_since = now;
  }
  for (const auto& replica : replicas) {
    if (!(replica == master_)) nodes_[replica] = Node{now, std::nullopt, true};
  }
  if (now < gathering_until_) return;
  std::erase_if(nodes_, [&](const auto& each) {
    return each.second.unlisted_since && now >= *each.second.unlisted_since + kLeaving;
  });
}

void Peers::obeys(const Endpoint& replica, TimePoint now) {
  if (const auto found = nodes_.find(replica); found != nodes_.end()) found->second.seen = now;
}

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
    const bool is_leaving = node.unlisted_since && now >= *node.unlisted_since + kLeaving;
    if (node.has_come && (!is_leaving || now < gathering_until_)) all.push_back(endpoint);
  }
  return all;
}

std::vector<Endpoint> Peers::known(TimePoint now) const {
  std::vector<Endpoint> all;
  for (const auto& [endpoint, node] : nodes_) {
    const bool counts = !node.unlisted_since && now < node.seen + good_for_;
    if (counts || now < gathering_until_) all.push_back(endpoint);
  }
  return all;
}

}  // namespace rediscovery::core
