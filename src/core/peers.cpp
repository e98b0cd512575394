#include "core/peers.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::core {

void Peers::listed(const std::vector<Endpoint>& replicas, TimePoint now) {
  if (now >= gathering_until_) nodes_.clear();
  for (const auto& replica : replicas) {
    add(replica);
    if (!(replica == master_)) attached_[replica] = now;
  }
  std::erase_if(attached_, [&](const auto& each) { return now >= each.second + good_for_; });
  as_of_ = now;
}

void Peers::followed(const Endpoint& master, bool of_same_group, TimePoint now) {
  nodes_ = of_same_group ? known(now) : std::vector<Endpoint>();
  if (!of_same_group) attached_.clear();
  const Endpoint before = std::exchange(master_, master);
  std::erase(nodes_, master);
  attached_.erase(master);
  if (of_same_group) {
    add(before);
    gathering_until_ = now + kGathering;
  }
  as_of_ = now;
}

std::vector<Endpoint> Peers::known(TimePoint now) const {
  return now < as_of_ + good_for_ ? nodes_ : std::vector<Endpoint>();
}

std::vector<Endpoint> Peers::attached(TimePoint now) const {
  std::vector<Endpoint> all;
  for (const auto& [endpoint, listed_at] : attached_) {
    if (now < listed_at + good_for_) all.push_back(endpoint);
  }
  return all;
}

void Peers::add(const Endpoint& endpoint) {
  const bool is_known = std::find(nodes_.begin(), nodes_.end(), endpoint) != nodes_.end();
  if (!is_known && !(endpoint == master_)) nodes_.push_back(endpoint);
}

}  // namespace rediscovery::core
