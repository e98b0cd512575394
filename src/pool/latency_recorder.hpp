// A histogram that many threads fill.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include <rediscovery/histogram.hpp>

#include "core/time.hpp"

namespace rediscovery {

// Three relaxed atomics a record, no lock. A snapshot taken meanwhile may miss the sum of what it counts:
// nothing is decided by it.
class LatencyRecorder {
 public:
  void record(core::Duration duration) {
    const auto took =
        std::max(std::chrono::duration_cast<Histogram::Microseconds>(duration), Histogram::Microseconds(0));
    const auto range = std::lower_bound(Histogram::bounds.begin(), Histogram::bounds.end(), took);
    counts_[static_cast<std::size_t>(range - Histogram::bounds.begin())].fetch_add(1, kRelaxed);
    const auto count = static_cast<std::uint64_t>(took.count());
    sum_.fetch_add(count, kRelaxed);
    std::uint64_t longest = longest_.load(kRelaxed);
    while (count > longest && !longest_.compare_exchange_weak(longest, count, kRelaxed)) {
    }
  }

  [[nodiscard]] Histogram snapshot() const {
    Histogram histogram;
    for (std::size_t i = 0; i < counts_.size(); ++i) histogram.counts[i] = counts_[i].load(kRelaxed);
    histogram.sum = Histogram::Microseconds(sum_.load(kRelaxed));
    histogram.longest = Histogram::Microseconds(longest_.load(kRelaxed));
    return histogram;
  }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;

  std::array<std::atomic<std::uint64_t>, Histogram::bounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_{0};  // µs
  std::atomic<std::uint64_t> longest_{0};
};

}  // namespace rediscovery
