#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rediscovery::testing {

/// The names in Consul's catalog, as the updater writes them: every Redis has a synthetic node, the role is
/// in the service's ID.
struct RoleNames {
  std::string master_name;  // of Sentinel
  std::string master_service;
  std::string slave_service;
};

/// "redis-127-64-0-1"
std::string role_node(const std::string& ip);

/// One transaction after which `master_ip` alone has the master's name and exactly `slave_ips` have the
/// slaves'. `all_ips` are the nodes whose other entries are removed.
nlohmann::json role_transaction(const RoleNames& names, const std::string& master_ip,
                                const std::vector<std::string>& slave_ips,
                                const std::vector<std::string>& all_ips);

/// Removes all entries of these nodes.
nlohmann::json removal_transaction(const std::vector<std::string>& all_ips);

}  // namespace rediscovery::testing
