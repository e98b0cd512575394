// The world of one run: how big, how fast, how patient. Drawn from a seed, or written down by a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/pool_fsm.hpp"
#include "core/time.hpp"
#include "engine/dispatcher.hpp"
#include "engine/pool_driver.hpp"

namespace rediscovery::sim {

using namespace std::chrono_literals;
using core::Duration;

struct ClusterSettings {
  std::size_t nodes = 3;  // the first is the master when the run starts
  Duration replication_low = 100us, replication_high = 1ms;
  Duration resync_low = 50ms, resync_high = 300ms;
  Duration loading = 20ms;               // after a start with data
  bool needs_replicas = false;           // min-replicas-to-write 1
  bool serves_stale_data = true;         // replica-serve-stale-data
  bool keeps_lineage_over_start = true;  // Redis 7 remembers its history as the previous one in the RDB file
};

struct SentinelSettings {
  Duration down_after = 500ms;
  Duration election_low = 20ms, election_high = 300ms;
  // Sentinel sees the promotion in its once-a-second INFO: measured 790…960 ms.
  Duration reconfigure_low = 790ms, reconfigure_high = 960ms;
  Duration convert_after = 4s;  // until a master that should not be one is made a replica; 8 s in reality
};

struct NamesSettings {
  Duration lag_low = 100ms, lag_high = 1s;  // from the catalog's change until DNS shows it
  Duration ttl = 0ms;
  Duration timeout = 250ms;
  bool updater_observes = false;  // the updater writes the catalog at the promotion, not at the announcement
  bool lists_dead_replicas = true;
  unsigned leaves_out_percent = 0;  // of the replicas: nobody has registered them
};

struct AsyncSettings {
  engine::DispatchPolicy dispatch;
  bool subscribes = false;    // to what every node publishes
  std::size_t window = 1000;  // commands that the kernels at both ends take before the node reads them
};

struct PoolSettings {
  engine::DriverPlan plan;
  core::PoolPolicy policy;
  std::optional<AsyncSettings> async;  // its callers do not wait: AsyncClient, and not Pool
  bool has_push = false;
  Duration push_low = 1ms, push_high = 5ms;
  // Literal addresses instead of names.
  bool is_fixed = false;
};

struct LoadSettings {
  Duration pause_low = 2ms, pause_high = 20ms;  // between two arrivals at one pool
  Duration patience_low = 100ms, patience_high = 3s;
  std::size_t most = 500;  // commands per pool
};

struct Settings {
  ClusterSettings cluster;
  SentinelSettings sentinel;
  NamesSettings names;
  std::vector<PoolSettings> pools;
  LoadSettings load;
  Duration latency_low = 20us, latency_high = 200us;
  Duration execution_low = 5us, execution_high = 50us;
  Duration troubles = 8s;  // faults begin within this time, and are over soon after
  std::size_t faults = 4;

  // Everything by chance.
  static Settings draw(std::uint64_t seed);
};

}  // namespace rediscovery::sim
