// What "check" looks at on this host: files, units, addresses. I/O, and nothing is changed.
#pragma once

#include <string>
#include <vector>

#include "updater/check_facts.hpp"

namespace rediscovery::updater {

// The configuration, if it holds a secret, and the files with secrets that it names.
[[nodiscard]] std::vector<SecretFile> look_at_secrets(const std::string& config_path);

// Of the unit redis-sentinel and its drop-ins; empty if there is none.
[[nodiscard]] Sandbox look_at_sandbox();

// The scripts of the Sentinel, if it is on this host.
[[nodiscard]] std::vector<ScriptFile> look_at_scripts(const sentinel::Examination& examination);

}  // namespace rediscovery::updater
