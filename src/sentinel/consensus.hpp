// What several Sentinels say together about one master. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

struct Consensus {
  enum class Kind : std::uint8_t {
    agreed,          // one address at the highest epoch anybody knows
    conflict,        // several addresses at that epoch
    unknown_master,  // every Sentinel that answered does not know the master
    unreadable,      // no Sentinel could be read
  };

  Kind kind = Kind::unreadable;
  core::Endpoint address;      // agreed only
  std::uint64_t epoch = 0;     // agreed and conflict
  std::size_t supporters = 0;  // Sentinels that say this address at this epoch
  std::size_t readable = 0;    // Sentinels with any usable view
  std::size_t asked = 0;
  std::uint32_t quorum = 1;                       // the largest that any of them is configured with
  std::vector<ReplicaView> replicas;              // agreed only; as the supporters say
  std::string problem;                            // why it is not agreed, for people; empty if agreed
  std::vector<std::string> absent;                // one line for each Sentinel without a usable view
  std::vector<Identity> failing_over = {};        // Sentinels that lead a failover of it, or try to
  std::vector<Identity> at_rest = {};             // the others that could be read
  std::chrono::milliseconds failover_timeout{0};  // the longest that any of them is configured with
  std::string run_id = {};                   // agreed only; of the process at `address`; empty: not known
  std::vector<std::string> unresolved = {};  // agreed only; host names of replicas that nobody knows here
  std::vector<Identity> members = {};        // who was asked

  friend bool operator==(const Consensus&, const Consensus&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Consensus& consensus);
};

[[nodiscard]] std::string_view to_string(Consensus::Kind kind);
std::ostream& operator<<(std::ostream& out, Consensus::Kind kind);

// The highest epoch wins even if a single Sentinel knows it: after a promotion that one is the leader, a
// second ahead of the others. Two addresses at the same epoch are a conflict, whatever the numbers: they come
// from switches on both sides of a partition, and only another failover can settle them.
//
// A replica is what most of the supporters who know say; on a tie it is unknown. With fewer supporters than
// the quorum nobody is believed that a replica is down or lags: a Sentinel in a corner of the network sees
// everybody down. Run ids that differ for one endpoint are not known: one of them is of a process that is
// gone, and nobody can tell which.
[[nodiscard]] Consensus agree(const std::vector<Observation>& observations);

}  // namespace rediscovery::sentinel
