// The updater's configuration, read from JSON and checked as a whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "consul/settings.hpp"
#include "redis/handshake.hpp"
#include "redis/tls_context.hpp"
#include "sentinel/settings.hpp"
#include "updater/address_map.hpp"
#include "updater/dns_settings.hpp"
#include "updater/labels.hpp"
#include "updater/naming.hpp"

namespace rediscovery::updater {

struct MasterConfig {
  std::string name;       // as Sentinel knows it
  ServiceNames services;  // templates expanded
  Labels labels = {};
  AddressMap address_map = {};
  bool slave_fallback = false;  // the master answers under the replicas' name while there is none
  friend bool operator==(const MasterConfig&, const MasterConfig&) = default;
};

// When the daemon moves a master's name.
enum class Promotion : std::uint8_t {
  observed,   // the moment the replica that Sentinel has chosen says that it is the master
  announced,  // when Sentinel says so, about a second later
};

struct RedisSettings {
  redis::Identity identity;
  std::shared_ptr<const redis::TlsContext> tls;  // null: plain TCP
  // For connecting to one Redis, and for one answer.
  std::chrono::milliseconds timeout{1000};
};

// How updaters tell each other that somebody still looks after a master's registrations.
struct HeartbeatSettings {
  std::chrono::milliseconds interval{10'000};  // 0: none
  // Without a beat for so long, what cannot be confirmed otherwise becomes critical.
  std::chrono::milliseconds stale_after{60'000};
};

// Registration "agent".
struct AgentSettings {
  core::Endpoint redis;                 // the one beside us, as Sentinel knows it
  std::chrono::milliseconds ttl{5000};  // of its check
};

struct Config {
  std::vector<MasterConfig> masters;
  Promotion promotion = Promotion::observed;
  sentinel::Settings sentinels;
  RedisSettings redis;
  consul::Settings consul;
  DnsSettings dns;
  std::optional<core::Endpoint> http;  // where the daemon tells how it fares; nullopt: nowhere
  std::string key_prefix = "redis-roles/";
  std::string node_prefix = "redis-";
  std::chrono::milliseconds reconcile_interval{10'000};
  HeartbeatSettings heartbeat;
  std::optional<AgentSettings> agent;  // nullopt: registration "catalog"
  // Of the daemon's ReplicaDamper.
  std::chrono::milliseconds replica_hold{5'000};
  // A one-shot's own: Sentinel kills a script after 60 s, and a queue of slow scripts holds up the important
  // one.
  std::chrono::milliseconds deadline{10'000};

  // nullptr if it is not configured. Valid as long as this object.
  [[nodiscard]] const MasterConfig* find_master(std::string_view name) const;
};

// The message names the field, what it holds, what is accepted; never a secret.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throw ConfigError. What the text leaves open comes from `environment` and from defaults.
[[nodiscard]] Config parse_config(std::string_view text, const consul::Environment& environment);
[[nodiscard]] Config load_config(const std::string& path, const consul::Environment& environment);

}  // namespace rediscovery::updater
