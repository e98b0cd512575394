// What st-api is told at its start.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rediscovery/options.hpp>

#include "catalog.hpp"
#include "log.hpp"
#include "playback.hpp"
#include "settings.hpp"

namespace st_api {

// How the service makes itself known to Consul.
struct RegistrationConfig {
  std::string consul;  // the agent's HTTP API, "http://127.0.0.1:8500"
  std::string token;   // ACL token with service:write
  std::string name = "st-api";
  std::string id;                            // empty: name, address and port
  std::string address;                       // where clients, and Consul's check, reach the service
  std::chrono::milliseconds interval{2000};  // between two checks
};

// Its own, or else one of name, address and port, without colons: st-api-gate, which puts IDs into Consul's
// KV, takes letters, digits, '.', '_' and '-'.
[[nodiscard]] std::string registration_id(const RegistrationConfig& registration, int port);

struct Config {
  bool help = false;

  // HTTP
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t threads = 128;  // requests under way at one time; of no meaning to the variant without threads
  std::chrono::milliseconds deadline{3000};         // for all that one request asks of Redis
  std::chrono::milliseconds status_deadline{1000};  // for each of the questions behind /status
  std::chrono::milliseconds slow{250};              // from then on an answer to those is a warning
  std::chrono::milliseconds drain_grace{0};         // /status is 503 for so long before nothing is accepted
  std::chrono::milliseconds drain_limit{10'000};    // for the requests under way then

  // Redis
  rediscovery::Options redis;
  [[nodiscard]] bool has_replicas() const { return !redis.replicas.empty(); }

  // what is issued
  Catalog catalog;
  PlaybackSettings playback;
  std::chrono::seconds session_lifetime{4 * 3600};
  std::size_t history_length = 50;

  std::optional<RegistrationConfig> registration;
  std::string event_file;  // empty: none; "-": standard output
  Level log_level = Level::info;
};

// Reads all of it, and the files that are named. Throws UsageError.
[[nodiscard]] Config read_config(const std::vector<std::string>& arguments,
                                 const std::map<std::string, std::string>& environment);

[[nodiscard]] std::string help_text();

}  // namespace st_api
