#include "chaos/histories.hpp"

#include <algorithm>
#include <iterator>

namespace rediscovery::chaos {

void Histories::add(const History& history, Micros seen) {
  auto& parent = parents_[history.id];
  if (parent.id.empty()) {
    parent.id = history.parent;
    parent.cut = history.cut;
  }
  if (parent.seen == 0) parent.seen = seen;
}

std::vector<std::string> Histories::line_of(const std::string& history) const {
  std::vector<std::string> line{history};
  for (auto found = parents_.find(history); found != parents_.end() && !found->second.id.empty();
       found = parents_.find(line.back())) {
    if (line.size() > parents_.size()) return {};  // they claim to have come out of each other
    line.push_back(found->second.id);
  }
  return line;
}

std::optional<std::string> Histories::root_of(const std::string& history) const {
  const auto line = line_of(history);
  return !line.empty() && parents_.contains(line.back()) ? std::optional(line.back()) : std::nullopt;
}

std::pair<std::string, Micros> Histories::successor(const std::string& history,
                                                    const std::string& later) const {
  const auto line = line_of(later);
  const auto found = std::find(line.begin(), line.end(), history);
  if (found == line.begin() || found == line.end()) return {later, 0};
  const std::string& next = *std::prev(found);
  return {next, parents_.at(next).seen};
}

std::optional<std::uint64_t> Histories::kept(const std::string& history, const std::string& later) const {
  std::uint64_t limit = kAll;
  for (const auto& at : line_of(later)) {
    if (at == history) return limit;
    if (const auto found = parents_.find(at); found != parents_.end())
      limit = std::min(limit, found->second.cut);
  }
  return std::nullopt;
}

}  // namespace rediscovery::chaos
