#include "lost.hpp"

#include <algorithm>
#include <stdexcept>

namespace rediscovery::demo {

std::set<std::string> find_lost(const testing::Node& node, const std::string& prefix,
                                const std::vector<std::string>& names) {
  constexpr std::size_t kAtOnce = 500;
  auto redis = node.connect();
  std::set<std::string> lost;
  for (std::size_t begin = 0; begin < names.size(); begin += kAtOnce) {
    const std::size_t end = std::min(begin + kAtOnce, names.size());
    std::vector<std::string> command{"MGET"};
    for (std::size_t i = begin; i < end; ++i) command.push_back(prefix + names[i]);
    const auto found = redis.command(command);
    if (found.elements.size() != end - begin) throw std::runtime_error("MGET: " + found.to_string());
    for (std::size_t i = begin; i < end; ++i) {
      if (found.elements[i - begin].is_nil()) lost.insert(names[i]);
    }
  }
  return lost;
}

}  // namespace rediscovery::demo
