#include "updater/config_file.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace rediscovery::updater {
namespace {

using nlohmann::json;

void compare(const json& before, const json& after, const std::string& path,
             std::vector<std::string>& names) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) {
    names.push_back(path);
    return;
  }
  json all = before;
  all.update(after);
  for (const auto& [name, unused] : all.items()) {
    compare(before.value(name, json()), after.value(name, json()), path.empty() ? name : path + "." + name,
            names);
  }
}

}  // namespace

ConfigFile load_config_file(const std::string& path, const consul::Environment& environment) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    throw ConfigError(path +
                      ": cannot be read; name the configuration with --config FILE or with the environment "
                      "variable REDISCOVERY_UPDATER_CONFIG");
  }
  try {
    return {parse_config(text.str(), environment), text.str()};
  } catch (const ConfigError& error) {
    throw ConfigError(path + ": " + error.what());
  }
}

Config load_config(const std::string& path, const consul::Environment& environment) {
  return load_config_file(path, environment).config;
}

std::vector<std::string> changed_fields(const std::string& before, const std::string& after) {
  std::vector<std::string> names;
  compare(json::parse(before), json::parse(after), "", names);
  return names;
}

}  // namespace rediscovery::updater
