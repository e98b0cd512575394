#include "updater/config.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "updater/config_fields.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Templates = ServiceNames;  // before expansion

constexpr std::uint16_t kSentinelPort = 26379;

// A secret may be given as such, or by the name of an environment variable or file that holds it.
std::string secret(Fields& fields, const std::string& name, const consul::Environment& environment) {
  const auto value = fields.text(name);
  const auto variable = fields.text(name + "_env");
  const auto file = fields.text(name + "_file");
  if (int{value.has_value()} + int{variable.has_value()} + int{file.has_value()} > 1) {
    throw ConfigError(fields.path_of(name) + ": give one of " + name + ", " + name + "_env and " + name +
                      "_file");
  }
  if (variable) {
    const auto found = environment(*variable);
    if (!found || found->empty()) {
      throw ConfigError(fields.path_of(name + "_env") + ": the environment variable " + *variable +
                        " is not set");
    }
    return *found;
  }
  if (file) return consul::read_secret_file(*file, fields.path_of(name + "_file"));
  return value.value_or("");
}

Templates read_templates(Fields& fields, Templates templates) {
  fields.object("names", [&templates](Fields& names) {
    templates.master = names.text("master").value_or(templates.master);
    templates.replica = names.text("slave").value_or(templates.replica);
  });
  return templates;
}

MasterConfig read_master(const json& element, const std::string& path, const Templates& templates) {
  MasterConfig master;
  Templates own = templates;
  if (element.is_string()) {
    master.name = element.get<std::string>();
  } else {
    Fields fields(element, path);
    master.name = fields.text("name").value_or("");
    own = read_templates(fields, templates);
    fields.finish();
  }
  if (!is_master_name(master.name)) {
    throw ConfigError(
        path + ": \"" + master.name +
        "\" is not a master's name; expected the name from \"sentinel monitor <name> …\": letters, "
        "digits, '.', '-' and '_'");
  }
  master.services = {expand(own.master, master.name), expand(own.replica, master.name)};
  for (const Role role : {Role::master, Role::replica}) {
    if (is_dns_label(master.services.of(role))) continue;
    throw ConfigError(
        path + ": the service name \"" + master.services.of(role) +
        "\" cannot be asked for in DNS; expected 1 to 63 letters, digits and dashes; set names." +
        std::string(to_string(role)));
  }
  return master;
}

// Two roles under one name would be one DNS answer with two meanings. Names are compared as DNS does.
void refuse_collisions(const std::vector<MasterConfig>& masters) {
  std::map<std::string, std::string> owners;
  for (const auto& master : masters) {
    for (const Role role : {Role::master, Role::replica}) {
      std::string name = master.services.of(role);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      const std::string owner = std::string(to_string(role)) + " of " + master.name;
      const auto [found, is_new] = owners.emplace(name, owner);
      if (is_new) continue;
      throw ConfigError(
          "names: \"" + name + "\" would be both " + found->second + " and " + owner +
          "; give each its own, e.g. \"names\": {\"master\": \"{master_name}-master\", \"slave\": "
          "\"{master_name}-slave\"}");
    }
  }
}

std::vector<MasterConfig> read_masters(Fields& fields) {
  const Templates templates = read_templates(fields, Templates{});
  const json* list = fields.any("masters");
  if (list == nullptr || !list->is_array() || list->empty()) {
    throw ConfigError("masters: expected a list with at least one name, e.g. [\"mymaster\"]");
  }
  std::vector<MasterConfig> masters;
  for (const auto& element : *list) {
    const std::string path = "masters[" + std::to_string(masters.size()) + "]";
    masters.push_back(read_master(element, path, templates));
    const auto same = [&](const MasterConfig& other) { return other.name == masters.back().name; };
    if (std::any_of(masters.begin(), masters.end() - 1, same)) {
      throw ConfigError(path + ": \"" + masters.back().name + "\" is listed twice");
    }
  }
  refuse_collisions(masters);
  return masters;
}

sentinel::Credentials read_credentials(Fields& section, const std::string& name,
                                       const consul::Environment& environment) {
  sentinel::Credentials credentials{section.text("user").value_or(""),
                                    secret(section, "password", environment)};
  if (!credentials.user.empty() && credentials.password.empty()) {
    throw ConfigError(name + ".user: a user needs a password, password_env or password_file, too");
  }
  return credentials;
}

sentinel::Settings read_sentinels(Fields& fields, const consul::Environment& environment) {
  sentinel::Settings settings;
  fields.object("sentinels", [&](Fields& sentinels) {
    for (const auto& text : sentinels.texts("addresses").value_or(std::vector<std::string>{})) {
      const auto endpoint = core::parse_endpoint(text, kSentinelPort);
      if (!endpoint) {
        throw ConfigError("sentinels.addresses: \"" + text +
                          "\" is not a numeric address with a port, e.g. 10.0.0.5:26379 or [fd00::5]:26379");
      }
      if (std::find(settings.addresses.begin(), settings.addresses.end(), *endpoint) !=
          settings.addresses.end()) {
        throw ConfigError("sentinels.addresses: " + endpoint->to_string() + " is listed twice");
      }
      settings.addresses.push_back(*endpoint);
    }
    settings.credentials = read_credentials(sentinels, "sentinels", environment);
    settings.timeout =
        sentinels.milliseconds("timeout_ms", settings.timeout, milliseconds(10), milliseconds(10'000));
  });
  if (settings.addresses.empty()) {
    throw ConfigError(
        "sentinels.addresses: expected the addresses of all Sentinels, e.g. [\"10.0.0.5:26379\"]");
  }
  return settings;
}

RedisSettings read_redis(Fields& fields, const consul::Environment& environment) {
  RedisSettings settings;
  settings.identity.client_name = "rediscovery-updater";
  fields.object("redis", [&](Fields& redis) {
    const auto credentials = read_credentials(redis, "redis", environment);
    settings.identity.username = credentials.user;
    settings.identity.password = credentials.password;
    settings.timeout =
        redis.milliseconds("timeout_ms", settings.timeout, milliseconds(10), milliseconds(10'000));
  });
  return settings;
}

Promotion read_promotion(Fields& fields) {
  const auto text = fields.text("promotion").value_or("observed");
  if (text == "observed") return Promotion::observed;
  if (text == "announced") return Promotion::announced;
  throw ConfigError("promotion: \"" + text + "\" is not known; expected \"observed\" or \"announced\"");
}

consul::Settings read_consul(Fields& fields, const consul::Environment& environment) {
  consul::Settings settings;
  fields.object("consul", [&](Fields& consul) {
    settings.addresses = consul.texts("addresses").value_or(std::vector<std::string>{});
    settings.token = secret(consul, "token", environment);
    settings.datacenter = consul.text("datacenter").value_or("");
    settings.connect_timeout = consul.milliseconds("connect_timeout_ms", settings.connect_timeout,
                                                   milliseconds(10), milliseconds(10'000));
    settings.request_timeout =
        consul.milliseconds("timeout_ms", settings.request_timeout, milliseconds(10), milliseconds(30'000));
    consul.object("tls", [&settings](Fields& tls) {
      settings.tls.ca_file = tls.text("ca_file").value_or("");
      settings.tls.ca_path = tls.text("ca_path").value_or("");
      settings.tls.cert_file = tls.text("cert_file").value_or("");
      settings.tls.key_file = tls.text("key_file").value_or("");
      settings.tls.server_name = tls.text("server_name").value_or("");
      settings.tls.verify = tls.boolean("verify");
    });
  });
  return consul::complete(std::move(settings), environment);
}

Config read_config(const json& root, const consul::Environment& environment) {
  Fields fields(root, "");
  Config config;
  config.masters = read_masters(fields);
  config.sentinels = read_sentinels(fields, environment);
  config.promotion = read_promotion(fields);
  config.redis = read_redis(fields, environment);
  config.consul = read_consul(fields, environment);
  config.key_prefix = fields.text("key_prefix").value_or(config.key_prefix);
  if (!is_key(config.key_prefix)) {
    throw ConfigError("key_prefix: \"" + config.key_prefix +
                      "\" has characters other than A-Z a-z 0-9 . _ / -");
  }
  config.node_prefix = fields.text("node_prefix").value_or(config.node_prefix);
  // The longest address adds 39 characters, and a node's name is a DNS label as well.
  constexpr std::size_t kLongestPrefix = 24;
  if (config.node_prefix.size() > kLongestPrefix || !is_dns_label(config.node_prefix + "0")) {
    throw ConfigError("node_prefix: \"" + config.node_prefix + "\" is not 1 to " +
                      std::to_string(kLongestPrefix) +
                      " letters, digits and dashes beginning with a letter or digit");
  }
  config.reconcile_interval = fields.milliseconds("reconcile_interval_ms", config.reconcile_interval,
                                                  milliseconds(100), milliseconds(3'600'000));
  config.deadline =
      fields.milliseconds("deadline_ms", config.deadline, milliseconds(100), milliseconds(50'000));
  if (const auto registration = fields.text("registration"); registration.value_or("catalog") != "catalog") {
    throw ConfigError("registration: \"" + *registration + "\" is not supported; expected \"catalog\"");
  }
  fields.finish();
  return config;
}

// The parser's own message repeats what it read last, which may be a password.
std::string position_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n');
  const auto column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

const MasterConfig* Config::find_master(std::string_view name) const {
  const auto found =
      std::find_if(masters.begin(), masters.end(), [name](const auto& m) { return m.name == name; });
  return found == masters.end() ? nullptr : &*found;
}

Config parse_config(std::string_view text, const consul::Environment& environment) {
  json root;
  try {
    root = json::parse(text);
  } catch (const json::parse_error& error) {
    throw ConfigError("not valid JSON at " + position_of(text, error.byte));
  }
  try {
    return read_config(root, environment);
  } catch (const consul::SettingsError& error) {
    throw ConfigError(error.what());
  }
}

Config load_config(const std::string& path, const consul::Environment& environment) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    throw ConfigError(path +
                      ": cannot be read; name the configuration with --config FILE or with the environment "
                      "variable REDISCOVERY_UPDATER_CONFIG");
  }
  try {
    return parse_config(text.str(), environment);
  } catch (const ConfigError& error) {
    throw ConfigError(path + ": " + error.what());
  }
}

}  // namespace rediscovery::updater
