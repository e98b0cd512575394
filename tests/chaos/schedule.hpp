// What goes wrong when: a pure function of the seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::chaos {

enum class FaultKind : std::uint8_t {
  // Redis
  kill_master,
  kill_replica,
  hang_master,
  hang_replica,
  planned,         // SENTINEL FAILOVER
  isolate_master,  // from all other servers; clients reach it
  cut_off_master,  // from everybody
  hide_master,     // from clients; servers reach it
  // Sentinel
  kill_sentinel,
  hang_sentinel,
  isolate_sentinel,
  // Consul
  kill_leader,
  hang_leader,
  isolate_leader,
  // DNS, between clients and Consul
  dns_garbage,
  dns_silence,
  dns_servfail,
  dns_nxdomain,
  dns_empty,
  dns_truncated,
  dns_half,
  dns_wrong_id,
  dns_slow,
  dns_stale,  // the answers of the fault's first moment
  // rediscovery-updater
  kill_updater,
  hang_updater,
  kill_updaters,
};
inline constexpr std::size_t kFaultKinds = 27;

// Faults of one lane never overlap, so that a majority of each kind of server is always there: a Redis that
// nobody else has a copy of, or Sentinels without a majority, nobody can heal but by waiting. Faults of
// different lanes overlap as the seed has it.
enum class Lane : std::uint8_t { redis, sentinel, consul, dns, updater };
inline constexpr std::size_t kLanes = 5;

[[nodiscard]] std::string_view to_string(FaultKind kind) noexcept;
[[nodiscard]] std::string_view to_string(Lane lane) noexcept;
[[nodiscard]] Lane lane_of(FaultKind kind) noexcept;
// Packets that vanish: only in a network namespace of our own.
[[nodiscard]] bool needs_namespace(FaultKind kind) noexcept;

struct Fault {
  FaultKind kind{};
  std::chrono::milliseconds at{0};  // since the start
  std::chrono::milliseconds lasts{0};
  std::uint32_t pick = 0;  // which one, where there are several

  friend bool operator==(const Fault&, const Fault&) = default;
};

// "all", "none", or names of kinds, lanes and "partitions", with commas between them.
// Throws std::invalid_argument for any other.
[[nodiscard]] std::set<FaultKind> parse_kinds(const std::string& text);

// In the order of their beginnings; all end before `length` has passed.
[[nodiscard]] std::vector<Fault> make_schedule(std::uint64_t seed, std::chrono::seconds length,
                                               const std::set<FaultKind>& kinds);

}  // namespace rediscovery::chaos
