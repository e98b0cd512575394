// The part of check_findings.hpp about the Redis nodes themselves: what they say is the truth.
#include <algorithm>

#include "updater/check_findings.hpp"

namespace rediscovery::updater {
namespace {

std::optional<core::Endpoint> named_master(const MasterFacts& facts) {
  const auto consensus = consensus_of(facts);
  if (consensus.kind == sentinel::Consensus::Kind::agreed) return consensus.address;
  if (facts.consul && *facts.consul && (*facts.consul)->fence) return (*facts.consul)->fence->address;
  return std::nullopt;
}

bool is_registered(const MasterFacts& facts, const core::Endpoint& endpoint) {
  return is_shown_as(facts, endpoint, Role::master) || is_shown_as(facts, endpoint, Role::replica);
}

void check_silent(const MasterFacts& facts, const RedisFact& node, bool is_master, Notes& notes) {
  const auto what = sentence("Redis ", node.endpoint, ": ", about(node.endpoint, node.problem));
  if (node.refused) {
    notes.problem(
        what,
        "set redis.user and redis.password (and redis.tls) to a user that may ROLE, INFO and CLIENT "
        "SETNAME: without them promotions are not observed");
  } else if (is_master) {
    notes.healing(what + "; it is the master",
                  "if it is dead, Sentinel fails it over; else look at its host");
  } else if (is_registered(facts, node.endpoint)) {
    notes.healing(what + "; clients are still led to it",
                  "start it, or wait until Sentinel takes it for down");
  } else {
    notes.warning(what + "; clients are not led to it",
                  "start it, or SENTINEL RESET " + facts.config.name + " if it is gone for good");
  }
}

void check_replica(const RedisFact& node, const core::Endpoint& master, Notes& notes) {
  const auto& report = *node.report;
  const auto who = sentence("Redis ", node.endpoint);
  if (node.endpoint == master) {
    notes.healing(who + " is named as the master, but says that it is a replica",
                  "look again in a second; if it stays, an operator has repointed it without Sentinel");
  } else if (report.master && *report.master != master) {
    notes.healing(sentence(who, " follows ", *report.master, ", not the master ", master),
                  sentence("Sentinel repoints it after failover-timeout; at once: REPLICAOF ", master.address,
                           " ", master.port));
  } else if (!report.master_link_up) {
    notes.healing(who + "'s link to its master is down",
                  "it may be resynchronising; else see its log: masterauth, masteruser, network");
  } else {
    notes.ok(who + " is a replica with its link up");
  }
}

}  // namespace

Findings check_redis(const MasterFacts& facts) {
  Notes notes(facts.config.name, Area::redis);
  const auto master = named_master(facts);
  if (!master) {
    notes.healing("neither the Sentinels nor Consul name one master, so no Redis can be judged",
                  "see the areas sentinels and consul");
    return notes.take();
  }
  for (const auto& node : facts.redis) {
    if (!node.report) {
      check_silent(facts, node, node.endpoint == *master, notes);
    } else if (node.report->role == core::Role::replica) {
      check_replica(node, *master, notes);
    } else if (node.endpoint == *master) {
      notes.ok(sentence("Redis ", node.endpoint, " says that it is the master"));
    } else {
      notes.healing(
          sentence("Redis ", node.endpoint,
                   " says that it is a master, too, and takes writes that will be "
                   "lost"),
          sentence("a master that has come back is demoted by Sentinel within ten seconds or so; at once: "
                   "REPLICAOF ",
                   master->address, " ", master->port));
    }
  }
  return notes.take();
}

}  // namespace rediscovery::updater
