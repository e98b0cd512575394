// One seed from beginning to end, for the runner and for the tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/context.hpp"

namespace rediscovery::sim {

struct Outcome {
  std::optional<std::string> violation;
  std::uint64_t hash = 0;  // of everything that happened
  Totals totals;
};

// `sink`, if any, gets each line of the trace.
[[nodiscard]] Outcome run_seed(std::uint64_t seed, const Trace::Sink& sink = nullptr);

// What went wrong, the end of the trace, and how to see it again.
[[nodiscard]] std::string explain(std::uint64_t seed, const Outcome& outcome);

}  // namespace rediscovery::sim
