// One simulated Redis: what it is, what it has executed, and what it says of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/node_report.hpp"
#include "sim/scheduler.hpp"

namespace rediscovery::sim {

using CommandId = std::uint64_t;
using NodeIndex = std::size_t;

enum class Power : std::uint8_t {
  up,
  hung,  // SIGSTOP: the kernel accepts connections and bytes, nobody answers
  down,  // no process: connects are refused
  gone,  // no host: nothing comes back at all
};

struct Node {
  core::Endpoint endpoint;
  Power power = Power::up;
  std::uint64_t starts = 0;  // of the process
  std::string run_id;
  core::Role role = core::Role::replica;
  core::Lineage lineage;
  std::vector<CommandId> log;  // the writes in its data set, in order; its size is the offset
  std::optional<NodeIndex> master;
  bool link_up = false;
  std::uint64_t syncs = 0;  // REPLICAOF and starts: whatever an earlier synchronisation brings is void
  bool catching_up = false;
  TimePoint loading_until{};
  TimePoint busy_until{};     // a script keeps it busy
  TimePoint slow_until{};     // every answer takes longer
  bool is_stranger = false;   // no part of the cluster: Sentinel does not know it
  std::vector<Task> backlog;  // what came while it hung, in order; executed when it goes on

  [[nodiscard]] bool answers() const { return power == Power::up; }
};

}  // namespace rediscovery::sim
