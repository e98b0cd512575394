#include "updater/desired.hpp"

#include <algorithm>
#include <optional>

#include "updater/agent_plan.hpp"
namespace rediscovery::updater {
namespace {

using sentinel::ReplicaState;
using sentinel::ReplicaView;

// Right after a switch Sentinel does not know yet which process is where; what was registered then stays true
// of the same endpoint, whatever its role was: not knowing is no reason to write.
std::string run_id_or_registered(const PlanInput& input, const core::Endpoint& endpoint,
                                 const std::string& known) {
  if (!known.empty()) return known;
  const auto found =
      std::find_if(input.consul.entries.begin(), input.consul.entries.end(), [&](const auto& entry) {
        return is_owned(entry, input.master.name, input.node_prefix) &&
               identity_of(entry, input.master.name) == endpoint && !run_id_of(entry).empty();
      });
  return found == input.consul.entries.end() ? std::string() : run_id_of(*found);
}

Registration registration_of(const PlanInput& input, Role role, const core::Endpoint& endpoint,
                             const std::string& run_id) {
  Registration registration{
      role,
      endpoint,
      input.master.services.of(role),
      input.own_redis ? input.consul.agent->node : node_name(input.node_prefix, endpoint),
      service_id(role, input.master.name, endpoint),
      input.master.name,
      input.consensus.epoch,
      run_id_or_registered(input, endpoint, run_id),
      input.master.labels.of(role)};
  const auto published = input.master.address_map.published(endpoint);
  if (published != endpoint) registration.published = published;
  registration.node_address = input.master.address_map.node_address(endpoint);
  return registration;
}

bool is_registered(const PlanInput& input, const Registration& registration) {
  return std::any_of(input.consul.entries.begin(), input.consul.entries.end(), [&](const auto& entry) {
    return entry.id == registration.id && entry.node == registration.node &&
           entry.service == registration.service && is_owned(entry, input.master.name, input.node_prefix);
  });
}

// While the host name of a replica cannot be resolved, it may be any of those that are registered and not
// listed: not knowing is no reason to remove one.
bool may_be_unresolved(const PlanInput& input, const consul::ServiceEntry& entry) {
  const auto& consensus = input.consensus;
  if (consensus.unresolved.empty() || entry.id.starts_with("master:")) return false;
  const auto endpoint = identity_of(entry, input.master.name);
  return endpoint && *endpoint != consensus.address &&
         std::none_of(consensus.replicas.begin(), consensus.replicas.end(),
                      [&](const auto& replica) { return replica.endpoint == *endpoint; });
}

// What an owned entry is, seen from its own fields: the basis of a removal, whatever the configuration says
// now.
Registration registration_of(const PlanInput& input, const consul::ServiceEntry& entry) {
  Registration registration;
  registration.role = entry.id.starts_with("master:") ? Role::master : Role::replica;
  const auto published = endpoint_of(entry).value_or(core::Endpoint{entry.address, entry.port, {}});
  registration.endpoint = identity_of(entry, input.master.name).value_or(published);
  if (registration.endpoint != published) registration.published = published;
  registration.service = entry.service;
  registration.node = entry.node;
  registration.id = entry.id;
  registration.master_name = input.master.name;
  return registration;
}

// Whether the node is there with the address that it should have.
bool has_node(const PlanInput& input, const Registration& registration) {
  const auto node = input.consul.nodes.find(registration.node);
  return node != input.consul.nodes.end() && node->second.address == node_of(registration).address;
}

// Operations that one step needs in the transaction, besides the fence.
std::size_t cost(const Step& step) {
  switch (step.kind) {
    case Step::Kind::add:
    case Step::Kind::refresh:
      return step.write_node ? 3 : 2;
    case Step::Kind::remove:
      return 1;
    case Step::Kind::keep:
      return 0;
  }
  return 0;
}

}  // namespace

Desired desired_registrations(const PlanInput& input) {
  Desired desired;
  desired.unsettled = !input.consensus.unresolved.empty();
  desired.master = registration_of(input, Role::master, input.consensus.address, input.consensus.run_id);
  std::vector<Registration> lagging;
  for (const auto& view : input.consensus.replicas) {
    if (view.endpoint == input.consensus.address || !is_ours(input, view.endpoint)) continue;
    auto replica = registration_of(input, Role::replica, view.endpoint, view.run_id);
    const bool registered = is_registered(input, replica);
    if (view.state == ReplicaState::healthy || (view.state == ReplicaState::unknown && registered)) {
      desired.replicas.push_back(std::move(replica));
    } else if (view.state == ReplicaState::lagging && registered) {
      lagging.push_back(std::move(replica));
    }
    if (view.state == ReplicaState::unknown || view.state == ReplicaState::lagging) desired.unsettled = true;
  }
  if (desired.replicas.empty()) desired.replicas = std::move(lagging);
  return desired;
}

void add_stand_in(const PlanInput& input, Desired& desired) {
  if (!input.master.slave_fallback || !desired.replicas.empty()) return;
  desired.replicas.push_back(
      registration_of(input, Role::replica, input.consensus.address, input.consensus.run_id));
  desired.replicas.back().stand_in = true;
}

void difference(const PlanInput& input, const Desired& desired, Plan& plan) {
  std::vector<const Registration*> wanted;
  if (is_ours(input, input.consensus.address)) wanted.push_back(&desired.master);
  for (const auto& replica : desired.replicas) wanted.push_back(&replica);

  // Beside an agent the check is the agent's. Else: a check is turned critical when the heartbeat is stale,
  // and that takes more than a lone Sentinel's word back, or it would be turned to and fro.
  const bool may_heal =
      !input.own_redis && (input.observed_leader.has_value() || has_majority(input.consensus));
  std::vector<Step> all;
  std::vector<bool> claimed(input.consul.entries.size(), false);
  for (const auto* registration : wanted) {
    Step step{Step::Kind::add, *registration, !input.own_redis && !has_node(input, *registration)};
    bool renamed = false;
    for (std::size_t i = 0; i < input.consul.entries.size(); ++i) {
      const auto& entry = input.consul.entries[i];
      if (entry.node != registration->node || entry.id != registration->id) continue;
      renamed = entry.service != registration->service;
      if (renamed) continue;
      claimed[i] = true;
      const bool is_right =
          matches(entry, *registration) || (!may_heal && is_only_critical(entry, *registration));
      step.kind = is_right && !step.write_node ? Step::Kind::keep : Step::Kind::refresh;
    }
    // After a change of names the ID is still in use under the old one, and newer Consul refuses to delete
    // and set an ID in one transaction: remove it in this one, add it in the next.
    if (renamed) {
      ++plan.deferred;
    } else {
      all.push_back(step);
    }
  }
  for (std::size_t i = 0; i < input.consul.entries.size(); ++i) {
    const auto& entry = input.consul.entries[i];
    if (!claimed[i] && is_owned(entry, input.master.name, input.node_prefix) && may_remove(input, entry) &&
        !may_be_unresolved(input, entry)) {
      all.push_back({Step::Kind::remove, registration_of(input, entry), false});
    }
  }

  // Masters, and whatever is now at the master's address, go in whatever happens: they are the switch. The
  // rest goes in as far as Consul's limit allows, and the next round does what is left.
  const auto is_vital = [&](const Step& step) {
    return step.registration.role == Role::master || step.registration.endpoint == desired.master.endpoint;
  };
  std::stable_partition(all.begin(), all.end(), is_vital);
  std::size_t used = 1;
  for (auto& step : all) {
    if (!is_vital(step) && used + cost(step) > consul::kMostOperations) {
      ++plan.deferred;
      continue;
    }
    used += cost(step);
    plan.steps.push_back(std::move(step));
  }
}

}  // namespace rediscovery::updater
