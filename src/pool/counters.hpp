// What a pool or a client counts, from many threads.
#pragma once

#include <atomic>
#include <cstdint>

#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>
#include <rediscovery/stats.hpp>

#include "pool/latency_recorder.hpp"

namespace rediscovery {

// Each is only ever added to; Stats says what they mean.
struct Counters {
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> in_doubt{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> lookups{0};
  std::atomic<std::uint64_t> lookups_failed{0};
  std::atomic<std::uint64_t> connects{0};
  std::atomic<std::uint64_t> connects_failed{0};
  std::atomic<std::uint64_t> suspicions{0};
  std::atomic<std::uint64_t> adoptions{0};
  std::atomic<std::uint64_t> refusals{0};

  LatencyRecorder execute;
  LatencyRecorder wait;
  LatencyRecorder lookup;
  LatencyRecorder connect;
  LatencyRecorder adoption;
  LatencyRecorder confirmation;

  // How a command ended.
  void count(const Result<Reply>& result);
  void read_into(Stats& stats) const;

  static void add(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace rediscovery
