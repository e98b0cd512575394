// How one reaches Redis in a group of rows: plainly, with AUTH, over TLS.
#pragma once

#include <string>

#include <rediscovery/options.hpp>

#include "support/cluster.hpp"

namespace rediscovery::bench {

enum class Setting { plain, auth, tls };
[[nodiscard]] std::string to_string(Setting setting);

// Two Redis and Consul; the test moves the master itself.
[[nodiscard]] testing::ClusterOptions cluster_options(Setting setting);
// To Redis over that cluster's names, as for any application.
[[nodiscard]] Options client_options(testing::Cluster& cluster);

}  // namespace rediscovery::bench
