// How long things took, as counts of durations in ranges.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include <rediscovery/export.hpp>

namespace rediscovery {

// A value. Covers 10 µs to 10 s in steps of 1, 2 and 5: fine enough to tell a round trip from a retry, and
// few enough series for Prometheus.
struct REDISCOVERY_EXPORT Histogram {
  using Microseconds = std::chrono::microseconds;

  // The highest duration that counts in each range but the last, which has no end.
  static constexpr std::array<Microseconds, 19> bounds{
      Microseconds(10),        Microseconds(20),        Microseconds(50),         Microseconds(100),
      Microseconds(200),       Microseconds(500),       Microseconds(1'000),      Microseconds(2'000),
      Microseconds(5'000),     Microseconds(10'000),    Microseconds(20'000),     Microseconds(50'000),
      Microseconds(100'000),   Microseconds(200'000),   Microseconds(500'000),    Microseconds(1'000'000),
      Microseconds(2'000'000), Microseconds(5'000'000), Microseconds(10'000'000),
  };

  std::array<std::uint64_t, bounds.size() + 1> counts{};
  Microseconds sum{0};
  Microseconds longest{0};

  [[nodiscard]] std::uint64_t count() const noexcept;
  // A duration that the given share (0…1) of all did not exceed: the end of the range it falls into, and
  // never more than `longest`. Zero if nothing was counted.
  [[nodiscard]] Microseconds quantile(double share) const noexcept;

  friend bool operator==(const Histogram&, const Histogram&) = default;
};

}  // namespace rediscovery
