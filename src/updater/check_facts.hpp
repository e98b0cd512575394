// Everything that "check" and "status" have looked at, as values. What could not be looked at is absent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consul/examination.hpp"
#include "core/node_report.hpp"
#include "sentinel/consensus.hpp"
#include "sentinel/examination.hpp"
#include "updater/check_script_facts.hpp"
#include "updater/config.hpp"
#include "updater/plan.hpp"

namespace rediscovery::updater {

// A file that holds a password or a token.
struct SecretFile {
  std::string path;
  bool others_may_read = false;
  friend bool operator==(const SecretFile&, const SecretFile&) = default;
};

// What one DNS server answers for one of a master's names.
struct DnsFact {
  core::Endpoint server;
  Role role = Role::master;
  std::string name;
  std::vector<core::Endpoint> answers;
  std::string problem;  // why there are no answers
};

// What one Redis says of itself.
struct RedisFact {
  core::Endpoint endpoint;
  std::optional<core::NodeReport> report;
  std::string problem;   // why there is no report
  bool refused = false;  // it was there, but did not let us in
};

// What a transaction like the updater's own was made of, and what Consul refused of it.
struct TrialFact {
  std::vector<consul::Operation> operations;
  consul::Outcome<consul::Denials> denials;
};

struct MasterFacts {
  MasterConfig config;
  std::optional<core::Endpoint> own_redis;       // registration "agent": the one that we look after
  std::vector<sentinel::Examination> sentinels;  // one for each that counts
  std::vector<core::Endpoint> discovered;        // those of them that are not configured
  std::vector<ScriptFile> scripts;               // of Sentinels on this host
  std::optional<TrialFact> trial;
  std::optional<consul::Outcome<ConsulState>> consul;
  std::vector<DnsFact> dns;
  std::vector<RedisFact> redis;
};

struct Facts {
  std::string config_path;
  std::string node_prefix = "redis-";
  std::string key_prefix = "redis-roles/";
  std::string datacenter;  // as configured; empty: the agent's own
  std::vector<SecretFile> secrets;
  Sandbox sandbox;
  std::vector<consul::AgentReport> agents;  // one for each address that is configured
  std::optional<consul::Outcome<consul::TokenReport>> token;
  std::vector<MasterFacts> masters;
  // What there was no time for. In the order in which it would have been looked at.
  std::vector<std::string> not_looked_at;
};

[[nodiscard]] sentinel::Consensus consensus_of(const MasterFacts& facts);
// What the updater would do now; nullopt if Consul could not be read.
[[nodiscard]] std::optional<Plan> plan_of(const MasterFacts& facts, const std::string& node_prefix);
// Every Redis that a Sentinel or Consul names. Ordered, without duplicates.
[[nodiscard]] std::vector<core::Endpoint> named_nodes(const MasterFacts& facts);
// The Redis of an entry as the Sentinels and we know it: clients may be sent to another address
// (address_map).
[[nodiscard]] std::optional<core::Endpoint> node_of_entry(const MasterFacts& facts,
                                                          const consul::ServiceEntry& entry);
// What DNS has to answer for a role: where the entries of which no check is critical send clients.
[[nodiscard]] std::vector<core::Endpoint> shown_by_dns(const MasterFacts& facts, Role role);
// Whether clients are sent to this Redis, by whatever address.
[[nodiscard]] bool is_shown_as(const MasterFacts& facts, const core::Endpoint& node, Role role);

}  // namespace rediscovery::updater
