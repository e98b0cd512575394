// How benchmarks sum up what they have measured, and what they say about the machine.
#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

namespace rediscovery::bench {

// Of values that are all of one unit. Empty: all zero.
struct Distribution {
  std::size_t count = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};
Distribution distribution_of(std::vector<double> values);
nlohmann::json to_json(const Distribution& of);

// The load average of the last minute.
double load();
// When and on what this was measured: date, processors, load; and whether the build was meant for measuring.
nlohmann::json machine();
// To standard error, if it was not.
void warn_of_debug_build();

}  // namespace rediscovery::bench
