#include "chaos/outages.hpp"

#include <algorithm>

namespace rediscovery::chaos {

Outages::Outages(const Journal& journal) {
  for (const auto& write : journal.writes) {
    if (write.outcome == Outcome::acknowledged) acknowledged_.push_back(write.done);
  }
  std::ranges::sort(acknowledged_);
}

Micros Outages::longest(Micros from, Micros until) const {
  Micros longest = 0;
  auto at = std::ranges::upper_bound(acknowledged_, from);
  if (at == acknowledged_.begin() && at != acknowledged_.end()) ++at;
  for (; at != acknowledged_.end(); ++at) {
    longest = std::max(longest, *at - *std::prev(at));
    if (*at >= until) break;
  }
  return longest;
}

}  // namespace rediscovery::chaos
