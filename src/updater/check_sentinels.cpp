// The part of check_findings.hpp about the Sentinels: who is there, and whether they agree.
#include <algorithm>
#include <map>
#include <set>

#include "updater/check_findings.hpp"

namespace rediscovery::updater {
namespace {

using sentinel::Examination;
using sentinel::Reading;

bool is_discovered(const Examination& one, const MasterFacts& facts) {
  return std::find(facts.discovered.begin(), facts.discovered.end(), one.observation.sentinel) !=
         facts.discovered.end();
}

std::string if_gone(const std::string& master) {
  return "SENTINEL RESET " + master + " at every Sentinel, one after the other, if it is gone for good";
}

void check_reading(const Examination& one, const MasterFacts& facts, Notes& notes) {
  const auto& master = facts.config.name;
  const auto& seen = one.observation;
  const auto who = sentence("Sentinel ", seen.sentinel);
  const auto why = about(seen.sentinel, seen.problem);
  switch (seen.reading) {
    case Reading::ok:
      return;
    case Reading::unreachable:
      return notes.healing(
          who + " cannot be reached: " + why,
          "start it (systemctl status redis-sentinel on its host), look at firewalls and at its "
          "\"bind\" and \"protected-mode\"; or " +
              (is_discovered(one, facts) ? if_gone(master)
                                         : "remove it from sentinels.addresses if it is gone"));
    case Reading::refused:
      return notes.problem(
          who + " does not let us in: " + why,
          "compare sentinels.user, sentinels.password and sentinels.tls with its \"requirepass\", "
          "its ACL and its certificates");
    case Reading::unknown_master:
      return notes.problem(who + " monitors no master \"" + master + "\"",
                           "compare \"masters\" in the configuration with \"sentinel monitor\" in its file");
    case Reading::unusable:
      return notes.problem(who + " cannot be used: " + why,
                           "put right what it says, e.g. with SENTINEL CONFIG SET announce-hostnames no");
  }
}

// What one Sentinel says of itself.
void check_state(const Examination& one, const std::string& master, Notes& notes) {
  const auto who = sentence("Sentinel ", one.observation.sentinel);
  if (one.tilt) {
    notes.healing(who + " is in TILT mode: its clock has jumped, and it fails nothing over for 30 seconds",
                  "look at its host's clock and load if it comes back");
  }
  if (one.announces_hostnames.value_or(false)) {
    notes.warning(
        who + " announces host names",
        "see to it that they mean the same on every host with an updater; name what clients are to use in "
        "address_map, or SENTINEL CONFIG SET announce-hostnames no");
  }
  if (one.quorum_problem) {
    notes.healing(who + " could not fail over: " + *one.quorum_problem,
                  "start the Sentinels that are down; SENTINEL CKQUORUM " + master + " asks again");
  }
  if (one.observation.view && one.observation.view->failing_over) {
    notes.warning(who + " leads a failover, or tries to", "look again when it is over");
  }
}

void check_agreement(const MasterFacts& facts, const sentinel::Consensus& consensus, Notes& notes) {
  using Kind = sentinel::Consensus::Kind;
  if (consensus.kind == Kind::conflict) {
    notes.problem(consensus.problem,
                  "SENTINEL FAILOVER " + facts.config.name + " at one of them: the new epoch settles it");
    return;
  }
  if (consensus.kind != Kind::agreed) return;  // told for each of them
  const auto who = sentence("master ", consensus.address, " at config-epoch ", consensus.epoch);
  if (consensus.supporters == consensus.readable) {
    const auto agreed = sentence(consensus.supporters, " of ", consensus.asked, " Sentinels agree: ", who);
    if (consensus.supporters >= consensus.quorum) return notes.ok(agreed);
    return notes.healing(sentence(agreed, "; the quorum is ", consensus.quorum), "start the others");
  }
  std::vector<std::string> behind;
  for (const auto& one : facts.sentinels) {
    const auto& view = one.observation.view;
    if (!view || (view->epoch == consensus.epoch && view->address == consensus.address)) continue;
    behind.push_back(sentence(one.observation.sentinel, " (", view->address, " at ", view->epoch, ")"));
  }
  notes.healing(
      sentence(consensus.supporters, " of ", consensus.asked, " Sentinels say ", who,
               "; behind them: ", enumerate(behind)),
      "normal for about a second in a failover; if it stays, that Sentinel is cut off from the others");
}

// Whether everybody is configured alike.
void check_uniformity(const MasterFacts& facts, Notes& notes) {
  std::map<std::uint32_t, std::vector<std::string>> quorums;
  std::map<std::string, std::vector<std::string>> versions;
  for (const auto& one : facts.sentinels) {
    const auto who = one.observation.sentinel.to_string();
    if (one.observation.view) quorums[one.observation.view->quorum].push_back(who);
    if (!one.version.empty()) versions[one.version].push_back(who);
  }
  const auto differences = [](const auto& groups) {
    std::vector<std::string> texts;
    for (const auto& [value, who] : groups) texts.push_back(sentence(value, " at ", enumerate(who)));
    return enumerate(texts);
  };
  if (quorums.size() > 1) {
    notes.warning("the Sentinels have different quorums: " + differences(quorums),
                  "SENTINEL SET " + facts.config.name + " quorum N at each of them");
  }
  if (versions.size() > 1) {
    notes.warning("the Sentinels run different versions: " + differences(versions), "upgrade the older ones");
  }
  for (const auto& [quorum, who] : quorums) {
    if (quorum <= facts.sentinels.size()) continue;
    notes.problem(
        sentence("a quorum of ", quorum, " can never be reached with ", facts.sentinels.size(), " Sentinels"),
        "list all Sentinels in sentinels.addresses, or SENTINEL SET " + facts.config.name + " quorum N");
  }
}

// Who knows whom: a Sentinel that is not asked is not counted, one that nobody knows does not vote.
void check_company(const MasterFacts& facts, Notes& notes) {
  std::set<std::string> asked;  // addresses, and run ids
  for (const auto& one : facts.sentinels) {
    asked.insert(one.observation.sentinel.to_string());
    asked.insert(one.observation.listing.run_id);
  }
  std::set<std::string> known;         // likewise
  std::map<std::string, bool> others;  // that are not asked; whether all who know it take it for down
  std::size_t witnesses = 0;
  for (const auto& one : facts.sentinels) {
    if (!one.peers) continue;
    ++witnesses;
    for (const auto& peer : *one.peers) {
      known.insert({peer.address, peer.run_id});
      if (asked.contains(peer.address) || (!peer.run_id.empty() && asked.contains(peer.run_id))) continue;
      const auto other = others.emplace(peer.address, true).first;
      other->second = other->second && peer.down;
    }
  }
  for (const auto& [who, down] : others) {
    if (down) {
      notes.warning("Sentinel " + who + " is known to the others as down, and not counted here",
                    if_gone(facts.config.name));
    } else {
      notes.problem("Sentinel " + who + " is known to the others, but not counted here",
                    "add it to sentinels.addresses, or let sentinels.discover be true; or " +
                        if_gone(facts.config.name));
    }
  }
  for (const auto& one : facts.sentinels) {
    const auto who = one.observation.sentinel.to_string();
    const auto& run_id = one.observation.listing.run_id;
    const std::size_t witnesses_of_it = witnesses - (one.peers ? 1 : 0);
    if (one.observation.reading != Reading::ok || witnesses_of_it == 0 || known.contains(who) ||
        (!run_id.empty() && known.contains(run_id)))
      continue;
    notes.warning("Sentinel " + who + " is configured here, but no other Sentinel knows it by this address",
                  "compare it with \"sentinel announce-ip\" and \"announce-port\", and that it monitors the "
                  "same master");
  }
}

}  // namespace

Findings check_sentinels(const MasterFacts& facts) {
  Notes notes(facts.config.name, Area::sentinels);
  check_agreement(facts, consensus_of(facts), notes);
  for (const auto& one : facts.sentinels) {
    check_reading(one, facts, notes);
    check_state(one, facts.config.name, notes);
  }
  check_uniformity(facts, notes);
  check_company(facts, notes);
  return notes.take();
}

}  // namespace rediscovery::updater
