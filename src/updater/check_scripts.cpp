// The part of check_findings.hpp about the scripts that Sentinel starts.
#include <algorithm>

#include "updater/check_findings.hpp"

namespace rediscovery::updater {
namespace {

// What Sentinel publishes, and all it says, when it could not even start a script.
std::string script_error(const std::string& path) {
  return "; all Sentinel says of it is \"-script-error " + path + " 0 2\", and it does not try again";
}

void check_file(const ScriptFile& script, const Sandbox& sandbox, Notes& notes) {
  const auto what = script.option + " of Sentinel " + script.sentinel.to_string() + ": " + script.path;
  const std::string install = "install rediscovery-updater below /usr/lib/rediscovery";
  if (script.target.empty()) {
    return notes.problem(what + " does not exist" + script_error(script.path), install);
  }
  if (!script.executable) {
    return notes.problem(what + " is not executable" + script_error(script.path),
                         "chmod 755 " + script.target);
  }
  if (!script.is_program && script.interpreter.empty()) {
    return notes.problem(what + " is neither a program nor begins with #!" + script_error(script.path),
                         "give it a first line like #!/bin/sh");
  }
  if (script.caged) {
    for (const auto& path : {script.target, script.interpreter}) {
      if (path.empty() || allows(sandbox, path)) continue;
      return notes.problem(
          what + ": the unit redis-sentinel lets nothing execute " + path + script_error(script.path),
          install + ", or allow it: systemctl edit redis-sentinel, [Service] ExecPaths=" + path);
    }
  }
  notes.ok(what + " can be executed");
}

}  // namespace

Findings check_scripts(const MasterFacts& facts, const Sandbox& sandbox) {
  Notes notes(facts.config.name, Area::scripts);
  std::vector<std::string> with;
  std::vector<std::string> without;
  for (const auto& one : facts.sentinels) {
    if (one.observation.reading != sentinel::Reading::ok) continue;
    (one.client_reconfig_script.empty() ? without : with).push_back(one.observation.sentinel.to_string());
  }
  if (!with.empty() && !without.empty()) {
    notes.warning(
        "client-reconfig-script is set at " + enumerate(with) + ", but not at " + enumerate(without),
        "set it at every Sentinel: any of them may lead the next failover; or run the daemon");
  } else if (with.empty() && !without.empty()) {
    notes.ok(
        "no Sentinel has a client-reconfig-script: right, as long as a daemon runs (rediscovery-updater "
        "run)");
  } else if (!with.empty()) {
    notes.ok(sentence("client-reconfig-script is set at ", with.size(), " Sentinels"));
  }
  for (const auto& script : facts.scripts) check_file(script, sandbox, notes);
  for (const auto& one : facts.sentinels) {
    for (const auto& pending : one.pending) {
      if (pending.retries == 0) continue;
      notes.healing(
          sentence("Sentinel ", one.observation.sentinel, " runs ", pending.path,
                   " again and again; it has failed ", pending.retries, " times"),
          "the script writes into Sentinel's log why: exit code 1 is transient, most often Consul is "
          "away; after ten times Sentinel drops it, and \"rediscovery-updater apply\" catches up");
    }
  }
  return notes.take();
}

}  // namespace rediscovery::updater
