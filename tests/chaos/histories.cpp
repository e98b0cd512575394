#include "chaos/histories.hpp"

#include <algorithm>

namespace rediscovery::chaos {

void Histories::add(const History& history) {
  auto& parent = parents_[history.id];
  if (parent.id.empty()) parent = {history.parent, history.cut};
}

std::optional<std::uint64_t> Histories::kept(const std::string& history, const std::string& later) const {
  std::uint64_t limit = kAll;
  std::string at = later;
  for (std::size_t steps = 0; steps <= parents_.size(); ++steps) {
    if (at == history) return limit;
    const auto found = parents_.find(at);
    if (found == parents_.end() || found->second.id.empty()) return std::nullopt;
    limit = std::min(limit, found->second.cut);
    at = found->second.id;
  }
  return std::nullopt;
}

}  // namespace rediscovery::chaos
