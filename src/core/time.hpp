// Time as the state machines see it: an argument, never a call.
#pragma once

#include <algorithm>
#include <chrono>

namespace rediscovery::core {

// Monotonic. Only the engine and the blocking calls of a caller's thread read the clock behind it.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// `now + span` without overflow: callers may pass the largest value there is to mean "practically for ever".
[[nodiscard]] constexpr TimePoint saturating_add(TimePoint now, std::chrono::milliseconds span) {
  constexpr auto kLongest =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::hours(24 * 365));
  return now + std::clamp(span, -kLongest, kLongest);
}

}  // namespace rediscovery::core
