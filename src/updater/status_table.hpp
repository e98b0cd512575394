// How a master stands, on one page. Pure.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "updater/check_facts.hpp"

namespace rediscovery::updater {

// One Redis, as everybody sees it.
struct NodeStatus {
  core::Endpoint endpoint;
  std::string itself;     // its own ROLE: "master", "slave", "slave, link down", "no answer"
  std::string sentinels;  // "master", "healthy", "lagging", "unknown", "down"; empty: they do not name it
  std::string consul;     // "master", "slave", "critical"; empty: not registered
  friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

struct DnsStatus {
  core::Endpoint server;
  std::string name;
  std::string answer;  // addresses, or why there are none
  friend bool operator==(const DnsStatus&, const DnsStatus&) = default;
};

struct MasterStatus {
  std::string name;
  std::optional<core::Endpoint> address;  // as the Sentinels agree; else as the fence says
  std::uint64_t epoch = 0;
  std::size_t supporters = 0;
  std::size_t sentinels = 0;
  std::uint32_t quorum = 0;
  std::string sentinels_problem;  // unless they agree
  std::optional<Fence> fence;
  std::string fence_problem;  // why it is not known
  std::vector<NodeStatus> nodes;
  std::vector<DnsStatus> dns;
};

[[nodiscard]] std::vector<MasterStatus> statuses_of(const Facts& facts);

// Aligned, within 80 columns as long as names are not too long.
void print(const std::vector<MasterStatus>& statuses, std::ostream& out);
[[nodiscard]] nlohmann::json to_json(const std::vector<MasterStatus>& statuses);
// 0: of every master Sentinels and Consul could be read; 1 otherwise. What is wrong, "check" tells.
[[nodiscard]] int exit_code(const std::vector<MasterStatus>& statuses);

}  // namespace rediscovery::updater
