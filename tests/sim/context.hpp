// What every part of one simulated world shares: time, chance, and the record of what happened.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/rng.hpp"
#include "sim/scheduler.hpp"
#include "sim/trace.hpp"

namespace rediscovery::sim {

using namespace std::chrono_literals;

// What a run amounted to. Figures add up over runs.
struct Totals {
  std::uint64_t runs = 0, steps = 0;
  Duration simulated{};
  std::uint64_t adoptions = 0;  // of a second or later generation
  std::uint64_t suspicions = 0, lookups = 0, dials = 0;
  std::uint64_t commands = 0, succeeded = 0, failed = 0, in_doubt = 0, retries = 0;
  std::uint64_t messages = 0;       // heard by subscribers
  std::uint64_t replica_reads = 0;  // sent to a replica
  std::uint64_t lost_writes =
      0;  // acknowledged and not in the last master's history: asynchronous replication
  std::uint64_t stranded =
      0;  // pools left with a stranger by a wrong DNS answer and rule 7: see simulation.cpp
  std::map<std::string, std::uint64_t> faults;  // by kind

  Totals& operator+=(const Totals& other);
};

struct Context {
  explicit Context(std::uint64_t seed) : rng(seed) {}

  Scheduler scheduler;
  core::Rng rng;
  Trace trace;
  Totals totals;
  std::optional<std::string> violation;  // the first invariant that did not hold

  [[nodiscard]] TimePoint now() const { return scheduler.now(); }
  [[nodiscard]] bool chance(unsigned percent) { return rng.next() % 100 < percent; }
  // 0 … count - 1
  [[nodiscard]] std::size_t pick(std::size_t count) { return rng.next() % count; }
  [[nodiscard]] Duration between(Duration low, Duration high) { return rng.between(low, high); }

  template <typename Describe>
  void note(std::string_view what, std::uint64_t number, Describe describe) {
    trace.add(now(), what, number, describe);
  }
  void violated(const std::string& what) {
    if (violation) return;
    violation = what;
    note("VIOLATION", 0, [&] { return what; });
  }
};

}  // namespace rediscovery::sim
