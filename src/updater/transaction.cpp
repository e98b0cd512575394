// The part of plan.hpp that turns steps into Consul's operations.
#include <set>

#include "updater/plan.hpp"

namespace rediscovery::updater {

std::vector<consul::Operation> transaction(const Plan& plan, std::string_view key) {
  std::vector<consul::Operation> fence = {
      consul::KvCas{std::string(key), to_json_text(plan.after), plan.fence_index}};
  std::vector<consul::Operation> nodes;
  std::vector<consul::Operation> removals;
  std::vector<consul::Operation> services;
  std::vector<consul::Operation> checks;
  std::set<std::string> created;
  for (const auto& step : plan.steps) {
    const auto& registration = step.registration;
    if (step.kind == Step::Kind::keep) continue;
    if (step.kind == Step::Kind::remove) {
      removals.emplace_back(consul::DeleteService{registration.node, registration.id, registration.service});
      continue;
    }
    if (step.write_node && created.insert(registration.node).second)
      nodes.emplace_back(node_of(registration));
    services.emplace_back(service_of(registration));
    checks.emplace_back(check_of(registration));
  }
  for (auto* group : {&nodes, &removals, &services, &checks}) {
    fence.insert(fence.end(), group->begin(), group->end());
  }
  return fence;
}

}  // namespace rediscovery::updater
