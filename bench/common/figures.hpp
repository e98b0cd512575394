// How benchmarks sum up what they have measured, and what they say about the machine.
#pragma once

#include <cstddef>
#include <string>
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

// How a result leaves the program.
struct Output {
  std::string save;  // a file that is to have it as JSON, too; empty: none
  bool as_json = false;
};
// Adds the load after it, saves it, and prints it if that is to be as JSON. False: a table is wanted.
// Throws std::runtime_error if it cannot be saved.
bool publish(nlohmann::json& result, const Output& output);

}  // namespace rediscovery::bench
