// What became of one write, whoever made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rediscovery::bench {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as in the peers' programs

enum class Outcome { acknowledged, failed, in_doubt };

struct Write {
  std::uint64_t number = 0;
  Clock::time_point sent;
  Clock::time_point ended;
  Outcome outcome = Outcome::failed;
};

// The key of a client's write.
inline std::string key_of(const std::string& client, std::uint64_t number) {
  return client + ":" + std::to_string(number);
}

}  // namespace rediscovery::bench
