#include "updater/plan.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "updater/agent_plan.hpp"
#include "updater/desired.hpp"
#include "updater/observation.hpp"

namespace rediscovery::updater {
namespace {

template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

Plan& decide(Plan& plan, Verdict verdict, Cause cause, std::string explanation) {
  plan.verdict = verdict;
  plan.cause = cause;
  plan.explanation = std::move(explanation);
  return plan;
}

// True if the Sentinels give an answer to act upon; otherwise `plan` says why not.
bool sentinels_agree(const sentinel::Consensus& consensus, Plan& plan) {
  using Kind = sentinel::Consensus::Kind;
  switch (consensus.kind) {
    case Kind::agreed:
      return true;
    case Kind::conflict:
      decide(plan, Verdict::conflict, Cause::sentinel_conflict,
             consensus.problem + "; nothing is changed until a failover settles it (SENTINEL FAILOVER " +
                 plan.master_name + ")");
      return false;
    case Kind::unknown_master:
      decide(plan, Verdict::refused, Cause::unknown_master,
             consensus.problem + "; compare \"masters\" in the configuration with \"sentinel monitor\"");
      return false;
    case Kind::unreadable:
      decide(plan, Verdict::refused, Cause::unreadable, consensus.problem);
      return false;
  }
  return false;
}

void warn_of_unresolved(const sentinel::Consensus& consensus, Plan& plan) {
  for (const auto& name : consensus.unresolved) {
    plan.left_out.push_back(text("the replica ", name,
                                 " cannot be resolved here; what is registered stays until it can be; see "
                                 "sentinels.dns_servers in the configuration"));
  }
}

// Somebody else's entries are never touched, but a second master in DNS is worth a word.
void warn_of_strangers(const PlanInput& input, Plan& plan) {
  for (const auto& entry : input.consul.entries) {
    if (is_owned(entry, plan.master_name, input.node_prefix) || entry.service != input.master.services.master)
      continue;
    plan.warnings.push_back(text("service ", entry.service,
                                 " has an entry the updater did not make: ", entry.id, " on node ",
                                 entry.node, "; it is left alone, and DNS shows it beside the master"));
  }
}

bool has_foreign_master(const PlanInput& input) {
  return std::any_of(input.consul.entries.begin(), input.consul.entries.end(), [&](const auto& entry) {
    return entry.service == input.master.services.master &&
           !is_owned(entry, input.master.name, input.node_prefix) &&
           endpoint_of(entry) != input.master.address_map.published(input.consensus.address);
  });
}

bool may_write_first(const PlanInput& input, Plan& plan) {
  const auto& consensus = input.consensus;
  if (consensus.supporters < consensus.quorum) {
    decide(plan, Verdict::refused, Cause::below_quorum,
           text("there is no record in Consul yet, and for the first one ", consensus.quorum,
                " Sentinels must agree; ", consensus.supporters, " of ", consensus.asked, " do"));
    return false;
  }
  if (has_foreign_master(input)) {
    decide(plan, Verdict::refused, Cause::foreign_master,
           text("service ", input.master.services.master,
                " already has another master that the updater did not make; deregister it, or choose another "
                "name"));
    return false;
  }
  return true;
}

bool may_reset_epoch(const PlanInput& input, const Fence& fence, Plan& plan) {
  const auto& consensus = input.consensus;
  const bool majority = has_majority(consensus);
  const auto stale = text("the Sentinels are at config-epoch ", consensus.epoch,
                          ", Consul knows a switch at epoch ", fence.epoch, " to ", fence.address);
  if (!input.accept_epoch_reset) {
    if (majority) {
      plan.warnings.push_back(
          text(consensus.supporters, " of ", consensus.asked,
               " Sentinels agree on a lower epoch than Consul's; if they were set up anew, run "
               "\"rediscovery-updater apply --accept-epoch-reset\" once"));
    }
    decide(plan, Verdict::superseded, Cause::stale_epoch, stale);
    return false;
  }
  if (!majority) {
    decide(plan, Verdict::refused, Cause::below_quorum,
           text(stale, "; an epoch reset needs a majority and the quorum of all Sentinels, and ",
                consensus.supporters, " of ", consensus.asked, " agree"));
    return false;
  }
  plan.warnings.push_back(text("epoch reset accepted: from ", fence.epoch, " back to ", consensus.epoch));
  return true;
}

// A promotion that was observed lets the old epoch count again only when it was given up.
bool may_take_back(const PlanInput& input, const Fence& fence, Plan& plan) {
  plan.unsettled = true;  // whatever happens now happens soon
  const auto promotion = text("the promotion of ", fence.address, " at epoch ", fence.epoch,
                              ", led by Sentinel ", fence.observed->leader.endpoint);
  if (!is_given_up(input)) {
    decide(plan, Verdict::superseded, Cause::unannounced,
           text("Consul has ", promotion, ", which the Sentinels have yet to announce"));
    return false;
  }
  if (input.index_before_asking != input.consul.fence_index) {
    decide(plan, Verdict::superseded, Cause::given_up, text(promotion, ", seems to have been given up"));
    return false;
  }
  plan.warnings.push_back(text(promotion, ", was given up"));
  return true;
}

// True if the fence lets this consensus write; otherwise `plan` says why not.
bool fence_allows(const PlanInput& input, Plan& plan) {
  const auto& consul = input.consul;
  const auto& consensus = input.consensus;
  if (consul.fence_unreadable) {
    decide(plan, Verdict::refused, Cause::foreign_fence,
           "the fence's key in Consul holds something the updater did not write; look at it, and delete the "
           "key if "
           "nobody needs it");
    return false;
  }
  if (!consul.fence) return may_write_first(input, plan);
  const Fence& fence = *consul.fence;
  if (is_unannounced(input) && !input.accept_epoch_reset) return may_take_back(input, fence, plan);
  if (consensus.epoch < fence.epoch) return may_reset_epoch(input, fence, plan);
  if (input.observed_leader && consensus.epoch <= fence.given_up_epoch) {
    decide(plan, Verdict::superseded, Cause::stale_epoch,
           text("the promotion at epoch ", fence.given_up_epoch, " was given up"));
    return false;
  }
  if (consensus.epoch == fence.epoch && consensus.address != fence.address) {
    decide(plan, Verdict::conflict, Cause::epoch_conflict,
           text("Consul has ", fence.address, " at config-epoch ", fence.epoch, ", the Sentinels have ",
                consensus.address,
                " at the same epoch; nothing is changed until a failover settles it (SENTINEL FAILOVER ",
                plan.master_name, ")"));
    return false;
  }
  return true;
}

// An agent rewrites its own node's services within a minute; a synthetic node must be nobody's.
bool node_is_free(const PlanInput& input, const Registration& wanted, Cause& cause, std::string& why) {
  if (input.own_redis) return true;  // it is the agent's, and the agent is told as well
  const auto& consul = input.consul;
  const auto node = consul.nodes.find(wanted.node);
  if (node == consul.nodes.end()) return true;
  if (node->second.has_agent) {
    cause = Cause::agent_node;
    why = text("a Consul agent runs under the node name ", wanted.node,
               " and would undo the registration of ", wanted.endpoint, "; set another node_prefix");
    return false;
  }
  if (node->second.address != node_of(wanted).address && !node->second.is_own) {
    cause = Cause::node_address;
    why = text("the node ", wanted.node, " belongs to the address ", node->second.address, ", so ",
               wanted.endpoint, " cannot be registered there; set another node_prefix");
    return false;
  }
  return true;
}

// Sentinel alone knows all the addresses, so the configuration could not be refused for this.
void leave_out_collisions(Desired& desired, Plan& plan) {
  std::map<core::Endpoint, core::Endpoint> taken = {{desired.master.reached_at(), desired.master.endpoint}};
  std::erase_if(desired.replicas, [&](const Registration& replica) {
    const auto [owner, is_new] = taken.emplace(replica.reached_at(), replica.endpoint);
    if (is_new) return false;
    plan.left_out.push_back(text("clients would reach ", replica.endpoint, " at ", replica.reached_at(),
                                 ", where ", owner->second,
                                 " is; it is left out until address_map tells them apart"));
    return true;
  });
}

void explain_change(const PlanInput& input, Plan& plan) {
  const auto& after = plan.after;
  const bool moves = !plan.before || plan.before->address != after.address;
  if (!plan.before) {
    plan.explanation = text("first registration: master ", after.address, " at config-epoch ", after.epoch);
  } else if (moves) {
    plan.explanation = text("master moves from ", plan.before->address, " to ", after.address,
                            ", config-epoch ", plan.before->epoch, " to ", after.epoch);
  } else if (plan.before->epoch != after.epoch) {
    plan.explanation =
        text("master stays ", after.address, ", config-epoch ", plan.before->epoch, " to ", after.epoch);
  } else {
    plan.explanation = text("master stays ", after.address, ", its registrations change");
  }
  plan.explanation +=
      input.observed_leader
          ? text("; it was promoted by Sentinel ", input.observed_leader->endpoint)
          : text("; ", input.consensus.supporters, " of ", input.consensus.asked, " Sentinels agree");
}

Plan decide_plan(const PlanInput& input);

}  // namespace

bool has_majority(const sentinel::Consensus& consensus) {
  return consensus.supporters > consensus.asked / 2 && consensus.supporters >= consensus.quorum;
}

Plan make_plan(const PlanInput& input) {
  Plan plan = decide_plan(input);
  plan.agent_steps = agent_steps(input, plan);
  return plan;
}

namespace {

Plan decide_plan(const PlanInput& input) {
  Plan plan;
  plan.master_name = input.master.name;
  plan.before = input.consul.fence;
  plan.fence_index = input.consul.fence_index;
  for (const auto& line : input.consensus.absent) plan.warnings.push_back(line);
  if (!sentinels_agree(input.consensus, plan)) return plan;
  warn_of_unresolved(input.consensus, plan);
  warn_of_strangers(input, plan);
  if (!fence_allows(input, plan)) return plan;
  if (waits_for_new_master(input)) {
    plan.unsettled = true;
    return decide(plan, Verdict::superseded, Cause::not_ours,
                  text("the updater beside ", input.consensus.address,
                       " has yet to register it as the master at config-epoch ", input.consensus.epoch));
  }

  auto desired = desired_registrations(input);
  plan.unsettled = plan.unsettled || desired.unsettled;
  Cause cause = Cause::none;
  std::string why;
  if (!node_is_free(input, desired.master, cause, why)) {
    return decide(plan, Verdict::refused, cause, why);
  }
  // A replica without a place must not keep the master from moving.
  std::erase_if(desired.replicas, [&](const Registration& replica) {
    if (node_is_free(input, replica, cause, why)) return false;
    plan.left_out.push_back(why);
    return true;
  });
  leave_out_collisions(desired, plan);
  add_stand_in(input, desired);
  difference(input, desired, plan);

  const auto is_change = [](const Step& step) { return step.kind != Step::Kind::keep; };
  const bool same_fence = plan.before && plan.before->epoch == input.consensus.epoch &&
                          plan.before->address == input.consensus.address &&
                          plan.before->services == input.master.services;
  if (same_fence && std::none_of(plan.steps.begin(), plan.steps.end(), is_change)) {
    plan.after = *plan.before;
    return decide(
        plan, Verdict::up_to_date, Cause::none,
        text("Consul says what ", input.consensus.supporters, " of ", input.consensus.asked,
             " Sentinels say: master ", input.consensus.address, " at config-epoch ", input.consensus.epoch));
  }
  plan.verdict = Verdict::change;
  plan.after = {input.consensus.epoch,
                input.consensus.address,
                plan.before ? plan.before->revision + 1 : 1,
                input.master.services,
                input.writer,
                input.written_at,
                observed_after(input),
                given_up_epoch_after(input)};
  explain_change(input, plan);
  return plan;
}

}  // namespace

}  // namespace rediscovery::updater
