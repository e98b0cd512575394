// The part of check_findings.hpp about what Consul holds: the fence, and the entries in the catalog.
#include <algorithm>

#include "updater/check_findings.hpp"

namespace rediscovery::updater {
namespace {

std::string written(const Fence& fence) { return "written by " + fence.writer + " at " + fence.written_at; }

void explain_stale_fence(const Plan& plan, const sentinel::Consensus& consensus, Notes& notes) {
  const Fence& fence = *plan.before;
  const auto text = sentence("Consul is at config-epoch ", fence.epoch, " (master ", fence.address, ", ",
                             written(fence), "), the Sentinels are at ", consensus.epoch);
  if (has_majority(consensus)) {
    notes.problem(
        text + ", and a majority of them agrees",
        "if the Sentinels were set up anew: \"rediscovery-updater apply --accept-epoch-reset\", once; "
        "else find out who wrote the fence");
  } else {
    notes.healing(text + "; too few of them can be read to say more", "start the other Sentinels");
  }
}

// What stands between the Sentinels' word and Consul; true if there is nothing.
bool check_verdict(const MasterFacts& facts, const Plan& plan, const std::string& key, Notes& notes) {
  const auto consensus = consensus_of(facts);
  const std::string failover = "SENTINEL FAILOVER " + facts.config.name + ": the new epoch settles it";
  switch (plan.cause) {
    case Cause::stale_epoch:
      explain_stale_fence(plan, consensus, notes);
      return false;
    case Cause::unannounced:
    case Cause::given_up:
      notes.healing(
          plan.explanation,
          "usually over in a second, at most after Sentinel's failover-timeout; a running daemon settles "
          "it");
      return false;
    case Cause::epoch_conflict:
      notes.problem(plan.explanation + (plan.before ? "; the fence was " + written(*plan.before) : ""),
                    failover);
      return false;
    case Cause::foreign_fence:
      notes.problem("the key " + key + " holds something that the updater did not write",
                    "look at it (consul kv get " + key + "); consul kv delete " + key +
                        " if nobody needs it, or choose another key_prefix");
      return false;
    case Cause::below_quorum:
      notes.healing(plan.explanation, "start the other Sentinels");
      return false;
    default:
      break;
  }
  if (plan.before) {
    notes.ok(sentence("config-epoch ", plan.before->epoch, ", master ", plan.before->address, ", ",
                      written(*plan.before), plan.before->observed ? ", at the promotion" : ""));
  }
  return true;
}

std::string remedy_of(Cause cause, const std::string& service) {
  switch (cause) {
    case Cause::foreign_master:
      return "find out who registers it; deregister it (consul services deregister, or at the agent whose it "
             "is), "
             "or choose another name than \"" +
             service + "\" in \"names\"";
    case Cause::agent_node:
    case Cause::node_address:
      return "choose another node_prefix";
    default:
      return "see \"rediscovery-updater plan\"";
  }
}

void check_difference(const Plan& plan, const std::string& service, Notes& notes) {
  for (const auto& line : plan.left_out)
    notes.warning(
        line,
        "a replica that no client finds is of no use; \"rediscovery-updater plan\" shows what is registered");
  if (plan.verdict == Verdict::up_to_date) return notes.ok(plan.explanation);
  // So it is in the middle of every switch.
  if (plan.cause == Cause::not_ours) {
    return notes.healing(plan.explanation,
                         "usually over in a second; else see whether the updater on that host runs");
  }
  if (plan.verdict != Verdict::change) return notes.problem(plan.explanation, remedy_of(plan.cause, service));
  std::vector<std::string> changes;
  for (const auto& step : plan.steps) {
    if (step.kind != Step::Kind::keep) changes.push_back(sentence(step));
  }
  if (!plan.before) {
    return notes.problem("nothing has been registered yet", "rediscovery-updater apply, or start the daemon");
  }
  notes.healing(sentence(plan.explanation, changes.empty() ? "" : "; to be done: ", enumerate(changes)),
                "a running daemon does it within reconcile_interval_ms; else \"rediscovery-updater apply\"");
}

// Consul leaves out of its answers what the token may not read, and says nothing.
void check_blindness(const MasterFacts& facts, const ConsulState& consul, Notes& notes) {
  if (!consul.fence) return;
  const auto& services = facts.config.services;
  const bool seen = std::any_of(consul.entries.begin(), consul.entries.end(), [&](const auto& entry) {
    return entry.service == services.master || entry.service == consul.fence->services.master;
  });
  if (seen) return;
  notes.problem("the fence says that " + consul.fence->address.to_string() +
                    " is registered, but service \"" + services.master + "\" has no entry that we can see",
                "if the token has the right to read services and nodes (docs/updater.md, \"Permissions\"), "
                "somebody has removed it: rediscovery-updater apply");
}

void check_entries(const MasterFacts& facts, const std::string& node_prefix, const ConsulState& consul,
                   Notes& notes) {
  for (const auto& entry : consul.entries) {
    const auto what = "the entry " + entry.id + " of service " + entry.service + " on node " + entry.node;
    const bool owned = is_owned(entry, facts.config.name, node_prefix);
    if (!owned && entry.service == facts.config.services.master) {
      notes.problem(what + " was not made by the updater, and DNS shows it beside the master",
                    "find out who registers it; deregister it, or choose another name in \"names\"");
    } else if (!owned && entry.service == facts.config.services.replica) {
      notes.warning(what + " was not made by the updater", "find out who registers it");
    }
    for (const auto& [check, status] : entry.checks) {
      if (status != "critical") continue;
      notes.add(owned ? Grade::healing : Grade::warning,
                what + " is hidden from DNS: its check " + check + " is critical",
                "find out who set it: a heartbeat that has stopped, consul-esm, or a person");
    }
  }
}

}  // namespace

Findings check_registrations(const MasterFacts& facts, const std::string& key_prefix,
                             const std::string& node_prefix) {
  Notes fence(facts.config.name, Area::fence);
  Notes catalog(facts.config.name, Area::catalog);
  if (!facts.consul) return {};
  if (!*facts.consul) {
    const auto& error = facts.consul->error();
    const bool heals = consul::is_transient(error.kind);
    fence.add(heals ? Grade::healing : Grade::problem, sentence("Consul could not be read: ", error),
              heals ? "see the area consul" : "see the areas consul and permissions");
    return fence.take();
  }
  const ConsulState& consul = **facts.consul;
  const auto plan = *plan_of(facts, node_prefix);
  const auto readable = consensus_of(facts).kind == sentinel::Consensus::Kind::agreed;
  const bool open = check_verdict(facts, plan, fence_key(key_prefix, facts.config.name), fence);
  check_blindness(facts, consul, catalog);
  if (open && readable) check_difference(plan, facts.config.services.master, catalog);
  check_entries(facts, node_prefix, consul, catalog);
  auto all = fence.take();
  for (auto& finding : catalog.take()) all.push_back(std::move(finding));
  return all;
}

}  // namespace rediscovery::updater
