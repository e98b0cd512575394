// The part of check_findings.hpp about Consul itself, and about what our token may do there.
#include <algorithm>
#include <set>

#include "updater/check_findings.hpp"

namespace rediscovery::updater {
namespace {

using consul::ErrorKind;

void check_error(const consul::AgentReport& agent, Notes& notes) {
  const auto what = sentence(agent.address, ": ", *agent.error);
  switch (agent.error->kind) {
    case ErrorKind::tls:
      return notes.problem(what, "compare consul.tls with Consul's certificates");
    case ErrorKind::permission_denied:
      return notes.problem(what, "compare consul.token with \"consul acl token list\"");
    case ErrorKind::malformed:
      return notes.healing(what, "see whether that address is Consul's HTTP API (consul.addresses)");
    case ErrorKind::rejected:
    case ErrorKind::too_large:
      return notes.problem(what, "compare the section \"consul\" of the configuration with this Consul");
    default:
      return notes.healing(what, "start the agent (systemctl status consul), or put consul.addresses right");
  }
}

void check_token(const Facts& facts, Notes& notes) {
  if (!facts.token) return;
  const auto& token = *facts.token;
  if (!token) {
    if (token.error().kind == ErrorKind::permission_denied) {
      notes.problem(
          sentence("the token cannot be used: ", token.error()),
          "it does not exist (any more), or there is none and the anonymous one may not read itself: make "
          "one with \"consul acl token create -policy-name …\", and put it into consul.token_file");
    } else {
      notes.healing(sentence("the token cannot be read: ", token.error()), "run check again");
    }
    return;
  }
  if (!token->acls_enabled) return notes.ok("Consul's ACLs are off: no token is needed");
  if (token->expires.empty()) {
    return notes.ok("the token is valid and does not expire; its policies: " + enumerate(token->policies));
  }
  notes.warning("the token expires at " + token->expires,
                "exchange it in time: a new one in consul.token_file is picked up without a restart");
}

struct Name {
  const std::string& key_prefix;
  const std::string& node_prefix;
  std::string operator()(const consul::KvCas&) const { return "key_prefix \"" + key_prefix + "\""; }
  std::string operator()(const consul::KvCheckIndex&) const { return "key_prefix \"" + key_prefix + "\""; }
  std::string operator()(const consul::SetNode&) const { return "node_prefix \"" + node_prefix + "\""; }
  std::string operator()(const consul::SetService& op) const { return "service \"" + op.service + "\""; }
  std::string operator()(const consul::DeleteService& op) const { return "service \"" + op.service + "\""; }
  std::string operator()(const consul::SetCheck& op) const { return "service \"" + op.service + "\""; }
};

}  // namespace

Findings check_consul(const Facts& facts) {
  Notes notes("", Area::consul);
  for (const auto& agent : facts.agents) {
    if (agent.error) {
      check_error(agent, notes);
      continue;
    }
    if (!agent.has_leader) {
      notes.healing(agent.address + ": Consul has no leader, so nothing can be written",
                    "start its servers: a majority must run (consul operator raft list-peers)");
      continue;
    }
    const auto& known = agent.datacenters;
    if (!facts.datacenter.empty() && !known.empty() &&
        std::find(known.begin(), known.end(), facts.datacenter) == known.end()) {
      notes.problem(agent.address + ": Consul knows no datacenter \"" + facts.datacenter + "\"",
                    "consul.datacenter: one of " + enumerate(known));
      continue;
    }
    std::string text = agent.address + " answers and has a leader";
    if (!agent.version.empty()) text += "; version " + agent.version + ", datacenter " + agent.datacenter;
    notes.ok(text);
  }
  const auto usable = [](const consul::AgentReport& agent) { return !agent.error && agent.has_leader; };
  if (std::none_of(facts.agents.begin(), facts.agents.end(), usable)) {
    notes.healing(
        "no address of Consul can be used, so token, permissions, fence and catalog were not looked at",
        "settle that first");
  }
  check_token(facts, notes);
  return notes.take();
}

Findings check_permissions(const MasterFacts& facts, const std::string& key_prefix,
                           const std::string& node_prefix) {
  Notes notes(facts.config.name, Area::permissions);
  if (!facts.trial) return notes.take();
  const auto& [operations, denials] = *facts.trial;
  if (!denials) {
    const bool denied = denials.error().kind == ErrorKind::permission_denied;
    notes.add(
        denied ? Grade::problem : Grade::healing,
        sentence("whether the token may write could not be tried: ", denials.error()),
        denied ? "see docs/updater.md, \"Permissions\", for the policy that it needs" : "run check again");
    return notes.take();
  }
  std::set<std::string> missing;
  for (const auto place : *denials) {
    if (place >= operations.size()) continue;
    missing.insert(std::visit(Name{key_prefix, node_prefix}, operations[place]));
  }
  for (const auto& rule : missing) {
    notes.problem("the token may not write " + rule,
                  "add to its policy: " + rule + " { policy = \"write\" }");
  }
  if (missing.empty()) {
    notes.ok("the token may do everything that the updater does: key, node, services, checks were tried");
  }
  return notes.take();
}

}  // namespace rediscovery::updater
