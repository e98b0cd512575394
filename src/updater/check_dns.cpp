// The part of check_findings.hpp about what clients see.
#include <algorithm>

#include "updater/check_findings.hpp"

namespace rediscovery::updater {
namespace {

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

void check_silence(const DnsFact& fact, bool expected, Notes& notes) {
  const auto what = sentence(fact.server, " for ", fact.name, ": ", fact.problem);
  if (has(fact.problem, "NXDOMAIN") || has(fact.problem, "no usable record")) {
    if (!expected)
      return notes.ok(sentence(fact.server, " has no ", fact.name, ", and neither has the catalog"));
    return notes.problem(
        what + ", though the catalog has passing entries",
        "the agent's own token (acl.tokens.default) needs service:read and node:read for them, and "
        "consul.dns_domain must be Consul's domain");
  }
  if (has(fact.problem, "SERVFAIL")) {
    return notes.healing(what, "Consul answers so while it has no leader; see the area consul");
  }
  if (has(fact.problem, "REFUSED")) {
    return notes.problem(what, "that server does not serve Consul's domain: put consul.dns right");
  }
  notes.healing(what, "start the agent, or put consul.dns right (port 8600 unless ports.dns says otherwise)");
}

std::vector<core::Endpoint> without(std::vector<core::Endpoint> from,
                                    const std::vector<core::Endpoint>& what) {
  std::erase_if(from, [&](const auto& endpoint) {
    return std::find(what.begin(), what.end(), endpoint) != what.end();
  });
  return from;
}

void check_answer(const DnsFact& fact, const std::vector<core::Endpoint>& expected, Notes& notes) {
  if (fact.answers.empty()) return check_silence(fact, !expected.empty(), notes);
  const auto lacking = without(expected, fact.answers);
  const auto surplus = without(fact.answers, expected);
  if (lacking.empty() && surplus.empty()) {
    return notes.ok(sentence(fact.server, " answers ", fact.name, " with ", enumerate_all(fact.answers)));
  }
  std::vector<std::string> differences;
  if (!lacking.empty()) differences.push_back("lacks " + enumerate_all(lacking));
  if (!surplus.empty()) differences.push_back("has also " + enumerate_all(surplus));
  notes.healing(
      sentence(fact.server, "'s answer for ", fact.name, " ", enumerate(differences),
               ", compared with the catalog"),
      "a follower is some milliseconds behind; if it stays: the agent is cut off from the servers (set "
      "dns_config.max_stale to seconds), caches (use_cache), or knows entries that our token may not read");
}

}  // namespace

Findings check_dns(const MasterFacts& facts) {
  Notes notes(facts.config.name, Area::dns);
  const bool comparable = facts.consul && *facts.consul;
  for (const auto& fact : facts.dns) {
    if (comparable) {
      check_answer(fact, shown_by_dns(facts, fact.role), notes);
    } else if (!fact.answers.empty()) {
      notes.ok(sentence(fact.server, " answers ", fact.name, " with ", enumerate_all(fact.answers),
                        "; there is no catalog to compare it with"));
    } else {
      check_silence(fact, false, notes);
    }
  }
  return notes.take();
}

}  // namespace rediscovery::updater
