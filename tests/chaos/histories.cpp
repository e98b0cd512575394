#include "chaos/histories.hpp"

#include <algorithm>

namespace rediscovery::chaos {

void Histories::add(const History& history, Micros seen) {
  auto& parent = parents_[history.id];
  if (parent.id.empty()) {
    parent.id = history.parent;
    parent.cut = history.cut;
  }
  if (parent.seen == 0) parent.seen = seen;
}

std::optional<std::string> Histories::root_of(const std::string& history) const {
  std::string at = history;
  for (std::size_t steps = 0; steps <= parents_.size(); ++steps) {
    const auto found = parents_.find(at);
    if (found == parents_.end()) return std::nullopt;
    if (found->second.id.empty()) return at;
    at = found->second.id;
  }
  return std::nullopt;
}

std::pair<std::string, Micros> Histories::successor(const std::string& history,
                                                    const std::string& later) const {
  std::string at = later;
  for (auto found = parents_.find(at); found != parents_.end() && found->second.id != history;
       found = parents_.find(at))
    at = found->second.id;
  const auto found = parents_.find(at);
  return {at, found == parents_.end() ? 0 : found->second.seen};
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
