// What one Sentinel says about one master, at one moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.hpp"
#include "sentinel/listing.hpp"

namespace rediscovery::sentinel {

enum class ReplicaState : std::uint8_t {
  healthy,  // follows this master and its link is up
  lagging,  // a live replica, but its link is down or it still follows another master
  unknown,  // this Sentinel has no fresh knowledge: whatever was true before still counts
  down,     // subjectively or objectively down, not announced, or no replica at all
};

[[nodiscard]] std::string_view to_string(ReplicaState state);
std::ostream& operator<<(std::ostream& out, ReplicaState state);

struct ReplicaView {
  core::Endpoint endpoint;
  ReplicaState state = ReplicaState::unknown;
  std::string run_id = {};  // of the process there; empty: not known
  friend bool operator==(const ReplicaView&, const ReplicaView&) = default;
  friend std::ostream& operator<<(std::ostream& out, const ReplicaView& view);
};

// The address and the epoch belong together: they were read without a change in between.
struct MasterView {
  core::Endpoint address;
  std::uint64_t epoch = 0;   // config-epoch
  std::uint32_t quorum = 1;  // as configured in this Sentinel
  std::uint32_t other_sentinels = 0;
  std::vector<ReplicaView> replicas;  // ordered by endpoint, without duplicates
  bool failing_over = false;          // this Sentinel leads, or tries to lead, a failover of it
  std::chrono::milliseconds failover_timeout{180'000};  // as configured in this Sentinel
  std::string run_id = {};                              // of the process at `address`; empty: not known
  std::vector<std::string> unresolved = {};  // host names of replicas that are missing in `replicas`
  friend bool operator==(const MasterView&, const MasterView&) = default;
  friend std::ostream& operator<<(std::ostream& out, const MasterView& view);
};

enum class Reading : std::uint8_t {
  ok,
  unreachable,     // no connection, no answer, or not in time
  refused,         // AUTH is needed, wrong, or not enough
  unknown_master,  // this Sentinel does not monitor a master of that name
  unusable,        // it answers, but with what cannot be registered: malformed, a host name, a moving epoch
};

[[nodiscard]] std::string_view to_string(Reading reading);
std::ostream& operator<<(std::ostream& out, Reading reading);

// The result of asking one Sentinel.
struct Observation {
  core::Endpoint sentinel;
  Reading reading = Reading::unreachable;
  std::string problem;  // for people; empty if `ok`
  std::optional<MasterView> view;
  Listing listing = {};  // of its own run id and of the others, as far as it could be asked
  [[nodiscard]] Identity identity() const { return {sentinel, listing.run_id}; }
  friend bool operator==(const Observation&, const Observation&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Observation& observation);
};

}  // namespace rediscovery::sentinel
