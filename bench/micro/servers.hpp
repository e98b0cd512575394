// What the benchmarks of this program run against.
#pragma once

#include "support/cluster.hpp"

namespace rediscovery::bench {

// One Redis and a Consul that names it; started at the first call, ended with the program.
[[nodiscard]] testing::Cluster& servers();

}  // namespace rediscovery::bench
