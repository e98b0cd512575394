// A node's replication history, and how two of them are related.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace rediscovery::core {

// From INFO replication. A promoted replica takes a new id and keeps its master's as the previous one, so the
// pair tells a successor from a master that merely came back.
struct Lineage {
  std::string id;                  // master_replid
  std::string previous_id;         // master_replid2; empty if there is none (Redis writes forty zeros)
  std::int64_t previous_end = -1;  // second_repl_offset: where the previous history ended

  friend bool operator==(const Lineage&, const Lineage&) = default;
};

enum class Kinship : std::uint8_t {
  same,        // one history: the same master, or a replica of it
  descendant,  // the candidate was promoted out of the adopted master's history
  ancestor,    // the candidate is what the adopted master was promoted out of: a zombie
  unrelated,   // nothing in common, or not known
};

[[nodiscard]] Kinship kinship(const Lineage& candidate, const Lineage& adopted);

std::ostream& operator<<(std::ostream& out, Kinship kinship);

}  // namespace rediscovery::core
