#include "updater/config.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "updater/config_sections.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

Promotion read_promotion(Fields& fields) {
  const auto text = fields.text("promotion").value_or("observed");
  if (text == "observed") return Promotion::observed;
  if (text == "announced") return Promotion::announced;
  throw ConfigError("promotion: \"" + text + "\" is not known; expected \"observed\" or \"announced\"");
}

HeartbeatSettings read_heartbeat(Fields& fields) {
  HeartbeatSettings heartbeat;
  constexpr milliseconds kLongest(3'600'000);
  heartbeat.interval = fields.milliseconds("heartbeat_ms", heartbeat.interval, milliseconds(0), kLongest);
  heartbeat.stale_after =
      fields.milliseconds("stale_after_ms", heartbeat.stale_after, milliseconds(100), kLongest);
  constexpr milliseconds kShortest(50);
  if (heartbeat.interval > milliseconds(0) && heartbeat.interval < kShortest) {
    throw ConfigError("heartbeat_ms: " + std::to_string(heartbeat.interval.count()) +
                      " is neither 0 (no heartbeat) nor at least " + std::to_string(kShortest.count()));
  }
  // One beat may get lost with the updater that was about to make it.
  if (heartbeat.stale_after < 2 * heartbeat.interval) {
    throw ConfigError("stale_after_ms: " + std::to_string(heartbeat.stale_after.count()) +
                      " is less than twice heartbeat_ms, " + std::to_string(heartbeat.interval.count()) +
                      "; a single late beat would turn checks critical");
  }
  return heartbeat;
}

// After the section "consul".
std::optional<AgentSettings> read_agent(Fields& fields, const consul::Settings& consul) {
  const auto registration = fields.text("registration").value_or("catalog");
  if (registration != "catalog" && registration != "agent") {
    throw ConfigError("registration: \"" + registration +
                      "\" is not known; expected \"catalog\" or \"agent\"");
  }
  std::optional<AgentSettings> agent;
  fields.object("agent", [&](Fields& section) {
    agent.emplace();
    const auto redis = section.text("redis").value_or("");
    constexpr std::uint16_t kRedisPort = 6379;
    const auto endpoint = core::parse_endpoint(redis, kRedisPort);
    if (!endpoint || !core::is_numeric_address(endpoint->address)) {
      throw ConfigError(
          "agent.redis: \"" + redis +
          "\" is not the numeric address of the Redis beside this updater, as Sentinel knows it");
    }
    agent->redis = *endpoint;
    agent->ttl = section.milliseconds("ttl_ms", agent->ttl, milliseconds(1000), milliseconds(60'000));
  });
  if (registration == "catalog") {
    if (agent) throw ConfigError("agent: is for \"registration\": \"agent\" only; leave it out");
    return std::nullopt;
  }
  if (!agent) {
    throw ConfigError(
        "agent: is missing; with \"registration\": \"agent\" it must name the Redis beside this updater, "
        "{\"redis\": \"10.0.0.5:6379\"}");
  }
  if (consul.addresses.size() != 1) {
    throw ConfigError(
        "consul.addresses: with \"registration\": \"agent\" there must be one only, that of the "
        "agent on this host");
  }
  return agent;
}

Config read_config(const json& root, const consul::Environment& environment) {
  Fields fields(root, "");
  Config config;
  config.masters = read_masters(fields);
  config.sentinels = read_sentinels(fields, environment);
  config.promotion = read_promotion(fields);
  config.redis = read_redis(fields, environment);
  config.consul = read_consul(fields, environment);
  config.dns = read_dns(fields, config.consul);
  config.http = read_http(fields);
  config.key_prefix = fields.text("key_prefix").value_or(config.key_prefix);
  if (!is_key(config.key_prefix)) {
    throw ConfigError("key_prefix: \"" + config.key_prefix +
                      "\" has characters other than A-Z a-z 0-9 . _ / -, begins with a slash, or has an "
                      "empty part, . or ..");
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
  config.heartbeat = read_heartbeat(fields);
  config.replica_hold =
      fields.milliseconds("replica_hold_ms", config.replica_hold, milliseconds(0), milliseconds(600'000));
  config.deadline =
      fields.milliseconds("deadline_ms", config.deadline, milliseconds(100), milliseconds(50'000));
  config.agent = read_agent(fields, config.consul);
  // Each host only knows its own Redis, so none knows whether a replica is left.
  const bool falls_back = std::any_of(config.masters.begin(), config.masters.end(),
                                      [](const auto& master) { return master.slave_fallback; });
  if (config.agent && falls_back) {
    throw ConfigError("slave_fallback: is for \"registration\": \"catalog\" only; leave it out");
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
  } catch (const json::out_of_range&) {
    throw ConfigError("a number in it is too large");
  }
  try {
    return read_config(root, environment);
  } catch (const consul::SettingsError& error) {
    throw ConfigError(error.what());
  }
}

}  // namespace rediscovery::updater
