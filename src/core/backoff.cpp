#include "core/backoff.hpp"

#include <algorithm>

namespace rediscovery::core {

Duration Backoff::after(Duration lasted, Rng& rng) const {
  return rng.between(floor, std::clamp(lasted / fraction, 2 * floor, std::max(cap, 2 * floor)));
}

}  // namespace rediscovery::core
