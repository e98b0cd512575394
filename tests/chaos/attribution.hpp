// Whose fault it is that an acknowledged write is missing; and what else must not be. Pure.
//
// A missing write was acknowledged by a master of some replication history. The final master has that
// history up to an offset: the least second_repl_offset of the promotions on the way. So
//   - the write ended after that offset: Redis had acknowledged what no other Redis had yet (asynchronous
//     replication). Redis' own;
//   - it ended at or before it: it was replicated, or so the acknowledgement claims, and is not there. Ours;
//   - it was acknowledged by an older history after the client had been handed the next one. Ours;
//   - it was sent seconds after the next one's promotion by a client that knows the replicas, and so had been
//     told of it. Ours.
// If the final master has nothing of that history: either another was promoted out of a common one, and
// Sentinel decided for that. Redis' own. Or it has a beginning of its own, as a master that came back empty
// has: no client may follow one. Ours.
//
// Where a write ended. A transaction contains INFO, and knows. For others the marks of all writers' trans-
// actions are bounds: what was complete when the write was sent lies before it, what was sent when it was
// complete lies behind; and the lengths of the writes that certainly lie between the mark and it are added.
// If the cut lies between the bounds, the writes that are there may leave no room for it: then it ended after
// them. Which history: that of its client's generation. What all this does not decide is counted as such.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chaos/histories.hpp"
#include "chaos/journal.hpp"

namespace rediscovery::chaos {

// What the final master has.
struct Remains {
  std::string history;                                // its replication id
  using Key = std::pair<std::size_t, std::uint32_t>;  // journal, thread
  std::map<Key, std::vector<std::uint64_t>> pushes;
  std::map<Key, std::string> bits;  // GET of the bitmap
};

enum class Whose : std::uint8_t { redis, ours, undecided };

struct Loss {
  std::size_t journal = 0;
  std::size_t write = 0;  // index
  Whose whose{};
  std::string why;
  std::string history;     // that it was added to; empty: not known
  std::uint64_t end = 0;   // the least offset that it may have ended at
  std::uint64_t kept = 0;  // up to where the final master has that history; 0: not at all
};

struct Counts {
  std::uint64_t acknowledged = 0;
  std::uint64_t not_executed = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t in_doubt_there = 0;  // of these, the final master has
  std::uint64_t errors = 0;
  std::uint64_t lost_by_redis = 0;
  std::uint64_t lost_by_us = 0;
  std::uint64_t undecided = 0;
};

struct Judgement {
  std::vector<Counts> counts;  // of each journal
  std::vector<Loss> losses;
  // Each of these is ours.
  std::vector<std::string> doubled;      // a push that is there twice
  std::vector<std::string> resurrected;  // reported as not executed, and there
  std::vector<std::string> unknown;      // there, and nobody wrote it
  std::vector<std::string> went_back;    // a generation of an older history than the one before
  std::vector<std::string> misordered;   // behind one that was asked for later, both acknowledged
  std::vector<std::string> wrong;        // executed, and answered with an error
  // Why it cannot be said that nothing is ours.
  std::vector<std::string> unproven;
  [[nodiscard]] bool ours() const;
};

[[nodiscard]] Judgement judge(const std::vector<Journal>& journals, Histories histories,
                              const Remains& remains);

}  // namespace rediscovery::chaos
