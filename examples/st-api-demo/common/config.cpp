#include "config.hpp"

#include <algorithm>
#include <fstream>

namespace st_api {
namespace {

const std::vector<Setting>& known_settings() {
  using Kind = Setting::Kind;
  static const std::vector<Setting> known{
      {"config"},
      {"redis"},
      {"redis_replicas"},
      {"dns", Kind::list},
      {"consul", Kind::list},
      {"redis_user"},
      {"redis_password", Kind::secret},
      {"connections"},
      {"listen"},
      {"threads"},
      {"deadline_ms"},
      {"status_deadline_ms"},
      {"slow_ms"},
      {"drain_grace_ms"},
      {"drain_limit_ms"},
      {"catalog"},
      {"secret", Kind::secret},
      {"secret_file"},
      {"url_base"},
      {"url_lifetime_s"},
      {"session_lifetime_s"},
      {"history_length"},
      {"register"},
      {"register_token", Kind::secret},
      {"register_name"},
      {"register_id"},
      {"register_address"},
      {"register_interval_ms"},
      {"events"},
      {"log_level"},
  };
  return known;
}

std::chrono::milliseconds milliseconds(const Settings& settings, const char* name,
                                       std::chrono::milliseconds otherwise, long least, long most) {
  return std::chrono::milliseconds(settings.number(name, otherwise.count(), least, most));
}

// host:port; a host with colons stands in brackets.
void split_listen(const Settings& settings, Config& config) {
  if (!settings.has("listen")) return;
  const std::string text = settings.text("listen", "");
  const auto colon = text.rfind(':');
  const auto fail = [&settings, &text] {
    throw UsageError(settings.origin("listen") + ": \"" + text +
                     "\" is not address:port, e.g. 127.0.0.1:8080");
  };
  if (colon == std::string::npos || colon == 0) fail();
  config.host = text.substr(0, colon);
  if (config.host.front() == '[' && config.host.back() == ']') {
    config.host = config.host.substr(1, config.host.size() - 2);
  }
  const std::string port = text.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stol(port) > 65535) fail();
  config.port = static_cast<std::uint16_t>(std::stol(port));
}

std::string read_secret(const Settings& settings) {
  std::string secret = settings.text("secret", "");
  if (settings.has("secret_file")) {
    const std::string file = settings.text("secret_file", "");
    std::ifstream in(file);
    if (!std::getline(in, secret)) {
      throw UsageError(settings.origin("secret_file") + ": cannot read a line from " + file);
    }
  }
  constexpr std::size_t kShortest = 16;
  if (secret.size() < kShortest) {
    throw UsageError(
        "a secret of at least 16 characters is needed to sign URLs: "
        "give it in a file (--secret-file) or in the environment variable ST_API_SECRET");
  }
  return secret;
}

Catalog read_catalog(const Settings& settings) {
  if (!settings.has("catalog")) {
    throw UsageError("a catalogue is needed: name its file by " + settings.origin("catalog"));
  }
  const std::string file = settings.text("catalog", "");
  const auto text = read_whole(file);
  if (!text) throw UsageError(settings.origin("catalog") + ": cannot read " + file);
  try {
    return Catalog::from_json(*text);
  } catch (const CatalogError& problem) {
    throw UsageError(file + ": " + problem.what());
  }
}

// The file's object "redis" has whatever the library knows; single settings come over it. The library checks
// it all, and names the field.
rediscovery::Options read_redis(const Settings& settings) {
  Json redis = settings.redis();
  for (const auto& [name, field] : {std::pair("redis", "master"), std::pair("redis_replicas", "replicas"),
                                    std::pair("redis_user", "username")}) {
    if (settings.has(name)) redis[field] = settings.text(name, "");
  }
  for (const auto& [name, field] : {std::pair("dns", "dns_servers"), std::pair("consul", "consul_http")}) {
    if (settings.has(name)) redis[field] = settings.list(name);
  }
  if (settings.has("connections")) redis["max_connections"] = settings.number("connections", 16, 1, 1000);
  if (settings.has("redis_password")) {
    for (const char* other : {"password_env", "password_file"}) redis.erase(other);
    redis["password"] = settings.text("redis_password", "");
  }
  if (!redis.contains("client_name")) redis["client_name"] = "st-api";
  // Reads of a replica fall back to the master here, not in the library, in order to tell the caller.
  redis["replica_fallback"] = false;
  try {
    return rediscovery::Options::from_json(redis.dump());
  } catch (const rediscovery::InvalidOptions& problem) {
    throw UsageError(std::string("Redis: ") + problem.what());
  }
}

bool is_any_address(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::optional<RegistrationConfig> read_registration(const Settings& settings, const Config& config) {
  if (!settings.has("register")) return std::nullopt;
  RegistrationConfig registration;
  registration.consul = settings.text("register", "");
  if (!registration.consul.starts_with("http://") && !registration.consul.starts_with("https://")) {
    throw UsageError(settings.origin("register") + ": \"" + registration.consul +
                     "\" is not the URL of a Consul agent, e.g. http://127.0.0.1:8500");
  }
  registration.token = settings.text("register_token", "");
  registration.name = settings.text("register_name", registration.name);
  if (!is_name(registration.name)) {
    throw UsageError(settings.origin("register_name") + ": \"" + registration.name +
                     "\" is not 1 to 64 letters, digits, '-' or '_'");
  }
  registration.id = settings.text("register_id", "");
  registration.address = settings.text("register_address", config.host);
  if (is_any_address(registration.address)) {
    throw UsageError(
        "Consul must be told an address of this machine while st-api listens on all of them: give it by " +
        settings.origin("register_address"));
  }
  // Consul checks no more often than once a second.
  registration.interval =
      milliseconds(settings, "register_interval_ms", registration.interval, 1000, 3'600'000);
  return registration;
}

}  // namespace

std::string registration_id(const RegistrationConfig& registration, int port) {
  if (!registration.id.empty()) return registration.id;
  std::string address = registration.address;
  std::replace(address.begin(), address.end(), ':', '-');
  return registration.name + "-" + address + "-" + std::to_string(port);
}

Config read_config(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& environment) {
  const Settings settings(known_settings(), arguments, environment);
  Config config;
  config.help = settings.help();
  if (config.help) return config;
  split_listen(settings, config);
  config.threads = static_cast<std::size_t>(settings.number("threads", 128, 1, 10'000));
  config.deadline = milliseconds(settings, "deadline_ms", config.deadline, 1, 60'000);
  config.status_deadline = milliseconds(settings, "status_deadline_ms", config.status_deadline, 1, 60'000);
  config.slow = milliseconds(settings, "slow_ms", config.slow, 1, 60'000);
  config.drain_grace = milliseconds(settings, "drain_grace_ms", config.drain_grace, 0, 600'000);
  config.drain_limit = milliseconds(settings, "drain_limit_ms", config.drain_limit, 1, 600'000);
  config.redis = read_redis(settings);
  config.catalog = read_catalog(settings);
  config.playback.secret = read_secret(settings);
  config.playback.url_base = settings.text("url_base", "https://cdn.example.net");
  config.playback.url_lifetime = std::chrono::seconds(settings.number("url_lifetime_s", 300, 1, 86'400));
  config.session_lifetime =
      std::chrono::seconds(settings.number("session_lifetime_s", 4 * 3600, 1, 30 * 86'400));
  config.history_length = static_cast<std::size_t>(settings.number("history_length", 50, 1, 1000));
  config.registration = read_registration(settings, config);
  config.event_file = settings.text("events", "");
  config.log_level = read_log_level(settings);
  return config;
}

}  // namespace st_api
