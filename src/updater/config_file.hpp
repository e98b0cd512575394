// The configuration with the text it was read from, so that two of them can be compared for people.
#pragma once

#include <string>
#include <vector>

#include "updater/config.hpp"

namespace rediscovery::updater {

struct ConfigFile {
  Config config;
  std::string text;  // valid JSON
};

// As load_config().
[[nodiscard]] ConfigFile load_config_file(const std::string& path, const consul::Environment& environment);

// The names of the fields that differ, e.g. "consul.addresses"; no values, which may be secrets.
[[nodiscard]] std::vector<std::string> changed_fields(const std::string& before, const std::string& after);

}  // namespace rediscovery::updater
