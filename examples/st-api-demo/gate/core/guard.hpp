// Never worse than doing nothing: when removals are not believed, and how many are never made.
#pragma once

#include "memory.hpp"

namespace st_gate {

// The memory with today's number of healthy addresses; what is older than the window is dropped.
[[nodiscard]] Memory count_healthy(Memory memory, std::size_t healthy, const Rules& rules, Time now);

struct Shrink {
  std::size_t best = 0;  // within the window
  Time believed_at{};    // if it stays like this
};
// nullopt: it is not suspicious.
[[nodiscard]] std::optional<Shrink> suspicious_shrink(const Memory& memory, const Rules& rules);

// So many addresses must stay.
[[nodiscard]] std::size_t floor_of(const Rules& rules, std::size_t registered);

}  // namespace st_gate
