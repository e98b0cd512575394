// Registration "agent": each updater registers the one Redis beside it, on the node of its own Consul agent.
// What that changes in a plan. Pure.
#pragma once

#include "updater/plan.hpp"

namespace rediscovery::updater {

// Whether this updater looks after that Redis: always, unless each looks after its own.
[[nodiscard]] bool is_ours(const PlanInput& input, const core::Endpoint& redis);

// The switch is the business of the updater beside the new master, which makes it in one transaction; until
// Consul knows it all others leave things as they are. If they did not, the old name would be gone before the
// new one is there.
[[nodiscard]] bool waits_for_new_master(const PlanInput& input);

// Of the entries that are not wanted any more: those of our own Redis, and, beside the new master, whoever
// else is registered as master.
[[nodiscard]] bool may_remove(const PlanInput& input, const consul::ServiceEntry& entry);

// What the agent is told of a registration: the same as the transaction writes.
[[nodiscard]] consul::AgentService agent_service_of(const Registration& registration);

// What our own agent is to be told, so that its anti-entropy keeps what the transaction has written, and does
// not restore what it has removed. Whatever the verdict: an old master is deregistered once the fence names
// another.
[[nodiscard]] std::vector<AgentStep> agent_steps(const PlanInput& input, const Plan& plan);

}  // namespace rediscovery::updater
