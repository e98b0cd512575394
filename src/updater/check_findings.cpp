#include "updater/check_findings.hpp"

#include <iterator>

namespace rediscovery::updater {

std::string about(const core::Endpoint& endpoint, const std::string& problem) {
  const auto prefix = endpoint.to_string() + ": ";
  return problem.starts_with(prefix) ? problem.substr(prefix.size()) : problem;
}

std::string enumerate(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

Findings check_configuration(const Facts& facts) {
  Notes notes("", Area::configuration);
  for (const auto& file : facts.secrets) {
    if (!file.others_may_read) continue;
    notes.warning(file.path + " holds a secret, and every user of this host may read it",
                  "chgrp redis " + file.path + " && chmod 640 " + file.path +
                      " (or the group that Sentinel and the updater run as)");
  }
  if (!facts.not_looked_at.empty()) {
    notes.healing("there was no time left to look at " + enumerate(facts.not_looked_at),
                  "settle the other problems, or give it more time with --timeout-ms");
  }
  if (notes.empty()) notes.ok(facts.config_path + " is valid");
  return notes.take();
}

Findings findings(const Facts& facts) {
  Findings all;
  const auto append = [&all](Findings more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(check_configuration(facts));
  append(check_consul(facts));
  for (const auto& master : facts.masters) {
    append(check_sentinels(master));
    append(check_scripts(master, facts.sandbox));
    append(check_permissions(master, facts.key_prefix, facts.node_prefix));
    append(check_registrations(master, facts.key_prefix, facts.node_prefix));
    append(check_dns(master));
    append(check_redis(master));
  }
  return all;
}

}  // namespace rediscovery::updater
