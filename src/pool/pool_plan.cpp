#include "pool/pool_plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "redis/read_file.hpp"

namespace rediscovery {
namespace {

std::string password(const Options& options) {
  if (!options.password_file.empty()) {
    redis::FileContent content = redis::read_password(options.password_file);
    if (content.problem.empty()) return content.bytes;
    throw InvalidOptions("password_file", "'" + options.password_file + "' " + content.problem);
  }
  if (options.password_env.empty()) return options.password;
  // While whoever makes the pool waits: who changes the environment then has a race with themselves.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* value = std::getenv(options.password_env.c_str());
  if (value != nullptr && *value != '\0') return value;
  throw InvalidOptions("password_env", "'" + options.password_env + "' " +
                                           (value == nullptr ? "is not set" : "is empty") +
                                           " in the environment");
}

}  // namespace

core::PoolPolicy pool_policy(const Options& options) {
  core::PoolPolicy policy;
  policy.min_idle = options.min_idle;
  policy.max_connections = options.max_connections;
  policy.max_waiters = options.max_waiters;
  policy.max_connecting = options.max_connecting;
  policy.idle_check_interval = options.idle_check_interval;
  if (options.max_idle_time.count() > 0) policy.max_idle_time = options.max_idle_time;
  if (options.max_lifetime.count() > 0) policy.max_lifetime = options.max_lifetime;
  return policy;
}

engine::DispatchPolicy dispatch_policy(const Options& options) {
  engine::DispatchPolicy policy;
  policy.pipelines = options.pipelines;
  policy.max_waiting = options.max_waiters;
  policy.max_in_flight = options.max_in_flight;
  policy.max_bytes = options.max_queued_bytes;
  policy.read_from = options.read_from;
  policy.max_replica_lag = options.max_replica_lag;
  policy.replica_fallback = options.replica_fallback;
  policy.check_interval = options.idle_check_interval;
  policy.silence_timeout = options.silence_timeout;
  if (options.max_lifetime.count() > 0) policy.max_lifetime = options.max_lifetime;
  return policy;
}

dns::ResolverOptions resolver_options(const Options& options) {
  dns::ResolverOptions result;
  for (const auto& server : options.dns_servers) result.servers.push_back(*core::parse_endpoint(server, 53));
  result.timeout = options.dns_timeout;
  result.default_port = options.default_port;
  return result;
}

engine::DriverPlan driver_plan(const Options& options) {
  engine::DriverPlan plan;
  plan.connection.connect_timeout = options.connect_timeout;
  plan.connection.silence_timeout = options.silence_timeout;
  plan.connection.tls = options.tls;
  plan.discovery.resolve.refresh_floor = options.refresh_floor;
  plan.discovery.resolve.refresh_ceiling = options.refresh_ceiling;
  plan.discovery.master.promotion = options.promotion;
  // Not more seldom: who is promoted, or asked when the master is suspect, depends on what was said last.
  plan.discovery.standby.calm_interval =
      std::min<core::Duration>(options.idle_check_interval, std::chrono::seconds(20));
  plan.discovery.fixed_masters = core::parse_endpoint_list(options.master, options.default_port);
  plan.discovery.fixed_replicas = core::parse_endpoint_list(options.replicas, options.default_port);
  plan.discovery.has_replicas = !options.replicas.empty();
  for (const auto& network : options.allowed_networks) {
    plan.discovery.allowed.push_back(*core::Network::parse(network));
  }
  return plan;
}

redis::Access access(const Options& options) {
  redis::Access result;
  result.identity = {options.username, password(options), options.client_name, options.database,
                     options.protocol};
  result.password_file = options.password_file;
  if (!options.tls) return result;
  redis::TlsSettings tls;
  tls.verify = options.tls_verify;
  tls.ca_file = options.tls_ca_file;
  tls.cert_file = options.tls_cert_file;
  tls.key_file = options.tls_key_file;
  tls.server_name = options.tls_server_name;
  const bool has_name = core::parse_endpoint_list(options.master, options.default_port).empty();
  if (has_name) tls.name_of_unnamed = options.master;
  try {
    result.tls = std::make_shared<redis::TlsContext>(std::move(tls));
  } catch (const redis::TlsSettingsError& error) {
    throw InvalidOptions("tls_" + error.setting(), error.what());
  }
  return result;
}

consul::Settings consul_settings(const Options& options) {
  consul::Settings settings;
  for (const auto& address : options.consul_http) {
    settings.addresses.push_back(consul::normalize_address(address, false, "consul_http"));
  }
  settings.token = options.consul_token;
  settings.tls.ca_file = options.consul_ca_file;
  settings.tls.cert_file = options.consul_cert_file;
  settings.tls.key_file = options.consul_key_file;
  return settings;
}

}  // namespace rediscovery
