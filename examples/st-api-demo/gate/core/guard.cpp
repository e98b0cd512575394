#include "guard.hpp"

#include <algorithm>

namespace st_gate {

Memory count_healthy(Memory memory, std::size_t healthy, const Rules& rules, Time now) {
  // Until now it was what it was when somebody last looked, however long ago that is.
  if (memory.healthy && *memory.healthy != healthy) {
    // Lower counts that are older say nothing that the higher one does not say.
    std::erase_if(memory.before, [&](const Count& count) { return count.healthy <= *memory.healthy; });
    memory.before.push_back({*memory.healthy, now});
  }
  memory.healthy = healthy;
  std::erase_if(memory.before, [&](const Count& count) {
    return count.until + rules.shrink_window <= now || count.healthy <= healthy;
  });
  return memory;
}

std::optional<Shrink> suspicious_shrink(const Memory& memory, const Rules& rules) {
  const std::size_t healthy = memory.healthy.value_or(0);
  std::optional<Shrink> shrink;
  for (const auto& count : memory.before) {
    const std::size_t lost = count.healthy - std::min(count.healthy, healthy);
    if (lost < 2 || lost * 100 <= static_cast<std::size_t>(rules.shrink_percent) * count.healthy) continue;
    if (!shrink) shrink = Shrink{};
    shrink->best = std::max(shrink->best, count.healthy);
    shrink->believed_at = std::max(shrink->believed_at, count.until + rules.shrink_window);
  }
  return shrink;
}

std::size_t floor_of(const Rules& rules, std::size_t registered) {
  const std::size_t share = (registered * static_cast<std::size_t>(rules.floor_percent) + 99) / 100;
  return std::max(rules.floor_count, share);
}

}  // namespace st_gate
