// Randomness as the state machines see it: an argument with a seed, so that a run can be repeated exactly.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace rediscovery::core {

// SplitMix64 (Steele, Lea, Flood 2014): tiny, fast, and good enough to spread retries. Not for secrets.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  // Uniform in [low, high]; low if the interval is empty. The modulo's bias is far below what jitter needs.
  Duration between(Duration low, Duration high) {
    if (high <= low) return low;
    const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + Duration(static_cast<Duration::rep>(next() % span));
  }

 private:
  std::uint64_t state_;
};

}  // namespace rediscovery::core
