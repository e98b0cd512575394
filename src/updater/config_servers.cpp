// The part of config_sections.hpp about the servers that are asked, and how to get into them.
#include <algorithm>

#include "dns/host_question.hpp"
#include "updater/config_sections.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::uint16_t kDnsPort = 53;

std::shared_ptr<sentinel::Hosts> read_hosts(Fields& sentinels) {
  std::vector<core::Endpoint> servers;
  for (const auto& text : sentinels.texts("dns_servers").value_or(std::vector<std::string>{})) {
    const auto server = core::parse_endpoint(text, kDnsPort);
    if (!server) {
      throw ConfigError("sentinels.dns_servers: \"" + text +
                        "\" is not a numeric address with a port, e.g. 10.0.0.2:53 or [fd00::2]:53");
    }
    servers.push_back(*server);
  }
  return std::make_shared<sentinel::Hosts>(
      [servers](const std::vector<std::string>& names, core::TimePoint deadline) {
        return dns::ask_hosts(names, servers, deadline);
      });
}

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

sentinel::Credentials read_credentials(Fields& section, const std::string& name,
                                       const consul::Environment& environment) {
  sentinel::Credentials credentials{section.text("user").value_or(""),
                                    secret(section, "password", environment)};
  if (!credentials.user.empty() && credentials.password.empty()) {
    throw ConfigError(name + ".user: a user needs a password, password_env or password_file, too");
  }
  return credentials;
}

}  // namespace

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
    settings.discover = sentinels.boolean("discover").value_or(settings.discover);
    settings.credentials = read_credentials(sentinels, "sentinels", environment);
    settings.tls = read_tls(sentinels);
    settings.hosts = read_hosts(sentinels);
    settings.timeout =
        sentinels.milliseconds("timeout_ms", settings.timeout, milliseconds(10), milliseconds(10'000));
  });
  if (settings.addresses.empty()) {
    throw ConfigError(
        "sentinels.addresses: expected the address of a Sentinel, better of several, e.g. "
        "[\"10.0.0.5:26379\"]");
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
    settings.tls = read_tls(redis);
    settings.timeout =
        redis.milliseconds("timeout_ms", settings.timeout, milliseconds(10), milliseconds(10'000));
  });
  return settings;
}

consul::Settings read_consul(Fields& fields, const consul::Environment& environment) {
  consul::Settings settings;
  fields.object("consul", [&](Fields& consul) {
    for (const char* name : {"dns", "dns_domain"}) (void)consul.any(name);  // read_dns() reads them
    settings.addresses = consul.texts("addresses").value_or(std::vector<std::string>{});
    settings.token = secret(consul, "token", environment);
    settings.token_file = consul.text("token_file").value_or("");
    settings.http_auth = secret(consul, "http_auth", environment);
    settings.tenancy.namespace_name = consul.text("namespace").value_or("");
    settings.tenancy.partition = consul.text("partition").value_or("");
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

}  // namespace rediscovery::updater
