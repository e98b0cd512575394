// What was acknowledged, and is not there in the end.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/node.hpp"

namespace rediscovery::demo {

// Those among `names` for which the node has no key "<prefix><name>". Throws std::runtime_error.
std::set<std::string> find_lost(const testing::Node& node, const std::string& prefix,
                                const std::vector<std::string>& names);

}  // namespace rediscovery::demo
