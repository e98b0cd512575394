#include "updater/check_facts.hpp"

#include <algorithm>

namespace rediscovery::updater {
namespace {

void tidy(std::vector<core::Endpoint>& endpoints) {
  std::sort(endpoints.begin(), endpoints.end());
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
}

bool is_shown(const consul::ServiceEntry& entry, const std::string& service) {
  return entry.service == service &&
         std::none_of(entry.checks.begin(), entry.checks.end(),
                      [](const auto& check) { return check.second == "critical"; });
}

}  // namespace

sentinel::Consensus consensus_of(const MasterFacts& facts) {
  std::vector<sentinel::Observation> observations;
  for (const auto& examination : facts.sentinels) observations.push_back(examination.observation);
  return sentinel::agree(observations);
}

std::optional<Plan> plan_of(const MasterFacts& facts, const std::string& node_prefix) {
  if (!facts.consul || !*facts.consul) return std::nullopt;
  const auto consensus = consensus_of(facts);
  PlanInput input{facts.config, node_prefix, consensus, **facts.consul, false, {}, {}};
  input.own_redis = facts.own_redis;
  return make_plan(input);
}

std::vector<core::Endpoint> named_nodes(const MasterFacts& facts) {
  std::vector<core::Endpoint> nodes;
  for (const auto& examination : facts.sentinels) {
    if (!examination.observation.view) continue;
    nodes.push_back(examination.observation.view->address);
    for (const auto& replica : examination.observation.view->replicas) nodes.push_back(replica.endpoint);
  }
  if (facts.consul && *facts.consul) {
    for (const auto& entry : (*facts.consul)->entries) {
      if (const auto node = node_of_entry(facts, entry)) nodes.push_back(*node);
    }
    if ((*facts.consul)->fence) nodes.push_back((*facts.consul)->fence->address);
  }
  tidy(nodes);
  return nodes;
}

std::optional<core::Endpoint> node_of_entry(const MasterFacts& facts, const consul::ServiceEntry& entry) {
  const auto identity = identity_of(entry, facts.config.name);
  return identity ? identity : endpoint_of(entry);
}

std::vector<core::Endpoint> shown_by_dns(const MasterFacts& facts, Role role) {
  std::vector<core::Endpoint> shown;
  if (!facts.consul || !*facts.consul) return shown;
  for (const auto& entry : (*facts.consul)->entries) {
    const auto place = endpoint_of(entry);
    if (place && is_shown(entry, facts.config.services.of(role))) shown.push_back(*place);
  }
  tidy(shown);
  return shown;
}

bool is_shown_as(const MasterFacts& facts, const core::Endpoint& node, Role role) {
  if (!facts.consul || !*facts.consul) return false;
  const auto& entries = (*facts.consul)->entries;
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return is_shown(entry, facts.config.services.of(role)) && node_of_entry(facts, entry) == node;
  });
}

}  // namespace rediscovery::updater
