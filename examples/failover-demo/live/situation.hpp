// How everything stands, as seen from outside: values, and what follows from them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace rediscovery::demo::live {

enum class Process { running, stopped, dead };
const char* to_string(Process process);

struct NodeView {
  std::string id;  // "A"
  std::string address;
  Process process = Process::running;
  std::string role = "unknown";  // "master", "replica"; by its own word
  std::string master;            // of a replica
  std::string link;              // of a replica: "up", "down"
  std::string run_id;            // its first eight characters
  bool standby = false;          // st-api's pool keeps a connection to it

  [[nodiscard]] bool is_master() const { return process == Process::running && role == "master"; }
  friend bool operator==(const NodeView&, const NodeView&) = default;
};

struct SentinelView {
  std::string id;  // "S1"
  std::string address;
  Process process = Process::running;
  std::string master;  // empty: it does not answer, or knows none
  std::uint64_t epoch = 0;
  bool odown = false;

  friend bool operator==(const SentinelView&, const SentinelView&) = default;
};

// What the clients' name server answers.
struct NamesView {
  bool answering = false;
  std::vector<std::string> masters;
  std::vector<std::string> replicas;

  friend bool operator==(const NamesView&, const NamesView&) = default;
};

// What st-api's pool says of itself.
struct PoolView {
  std::string state = "unknown";  // "connecting", "ready", "suspect"
  std::string master;
  std::uint64_t generation = 0;
  std::string believes;  // its last word on the matter
  std::optional<std::uint64_t> connections;
  std::optional<std::uint64_t> waiting;

  friend bool operator==(const PoolView&, const PoolView&) = default;
};

struct Situation {
  std::vector<NodeView> nodes;
  std::vector<SentinelView> sentinels;
  NamesView names;
  Process dns_process = Process::running;
  bool consul_answering = false;
  Process consul_process = Process::running;
  PoolView pool;
  bool updater_running = false;

  friend bool operator==(const Situation&, const Situation&) = default;
};

// The running node that is master, is the only one, and that everybody who can be asked takes for it: linked
// replicas, Sentinels, the name if DNS and Consul answer, the pool. Otherwise why not.
struct Agreement {
  std::optional<std::size_t> master;
  std::string problem;
};
Agreement find_agreement(const Situation& situation);

// As the page reads it.
nlohmann::ordered_json to_json(const Situation& situation);

}  // namespace rediscovery::demo::live
