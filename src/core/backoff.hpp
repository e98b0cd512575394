// How long to wait before the next try.
#pragma once

#include "core/rng.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

// Waits in proportion to how long the trouble has lasted: with `fraction` 32, a master that has been gone for
// 320 ms is asked for again within 10 ms, one gone for a minute within the cap. So a try is never later than
// a small share of what was lost already, and long outages cost little. Full jitter: uniform up to that
// bound, never below the floor.
struct Backoff {
  Duration floor;
  Duration cap;
  int fraction;

  [[nodiscard]] Duration after(Duration lasted, Rng& rng) const;
};

}  // namespace rediscovery::core
