#include "updater/agent_plan.hpp"

#include <algorithm>

namespace rediscovery::updater {
namespace {

constexpr Role kRoles[] = {Role::master, Role::replica};

// What the agent has for our Redis as a member of this master; nullopt: somebody else's.
std::optional<Registration> ours_in_agent(const PlanInput& input, const consul::AgentService& service) {
  for (const Role role : kRoles) {
    if (service.id != service_id(role, input.master.name, *input.own_redis)) continue;
    return Registration{role,       *input.own_redis, service.service, input.consul.agent->node,
                        service.id, input.master.name};
  }
  return std::nullopt;
}

std::vector<Registration> wanted_in_agent(const PlanInput& input, const Plan& plan) {
  std::vector<Registration> wanted;
  for (const auto& step : plan.steps) {
    const auto& registration = step.registration;
    if (step.kind != Step::Kind::remove && registration.node == input.consul.agent->node &&
        registration.endpoint == *input.own_redis)
      wanted.push_back(registration);
  }
  return wanted;
}

}  // namespace

bool is_ours(const PlanInput& input, const core::Endpoint& redis) {
  return !input.own_redis || *input.own_redis == redis;
}

bool waits_for_new_master(const PlanInput& input) {
  if (is_ours(input, input.consensus.address)) return false;
  const auto& fence = input.consul.fence;
  return !fence || fence->epoch != input.consensus.epoch || fence->address != input.consensus.address ||
         fence->services != input.master.services;
}

bool may_remove(const PlanInput& input, const consul::ServiceEntry& entry) {
  if (!input.own_redis) return true;
  const auto role = endpoint_in(entry.id, Role::master, input.master.name) ? Role::master : Role::replica;
  const auto redis = endpoint_in(entry.id, role, input.master.name);
  return redis == input.own_redis || (role == Role::master && is_ours(input, input.consensus.address));
}

consul::AgentService agent_service_of(const Registration& registration) {
  auto service = service_of(registration);
  return {std::move(service.id), std::move(service.service), std::move(service.address),
          service.port,          std::move(service.tags),    std::move(service.meta),
          service.weights};
}

std::vector<AgentStep> agent_steps(const PlanInput& input, const Plan& plan) {
  if (!input.own_redis || !input.consul.agent) return {};
  const bool decided = plan.verdict == Verdict::up_to_date || plan.verdict == Verdict::change;
  const bool is_another_master = input.consul.fence && input.consul.fence->address != *input.own_redis;
  auto wanted = decided ? wanted_in_agent(input, plan) : std::vector<Registration>();
  std::vector<AgentStep> steps;
  for (const auto& service : input.consul.agent->services) {
    const auto ours = ours_in_agent(input, service);
    if (!ours) continue;
    const auto found =
        std::find_if(wanted.begin(), wanted.end(), [&](const auto& one) { return one.id == ours->id; });
    if (found == wanted.end()) {
      if (decided || (is_another_master && ours->role == Role::master))
        steps.push_back({AgentStep::Kind::deregister, *ours});
      continue;
    }
    if (service == agent_service_of(*found)) wanted.erase(found);
  }
  for (auto& registration : wanted) {
    steps.push_back({AgentStep::Kind::register_service, std::move(registration)});
  }
  return steps;
}

}  // namespace rediscovery::updater
