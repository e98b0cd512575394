#include "figures.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace rediscovery::bench {

Distribution distribution_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  // The smallest value that this share of them does not exceed.
  const auto at = [&](double share) {
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return values[std::min(values.size() - 1, rank)];
  };
  return {values.size(), at(0.5), at(0.9), at(0.99), values.back()};
}

nlohmann::json to_json(const Distribution& of) {
  return {{"count", of.count}, {"p50", of.p50}, {"p90", of.p90}, {"p99", of.p99}, {"max", of.max}};
}

double load() {
  double minute = 0;
  return getloadavg(&minute, 1) == 1 ? minute : 0;
}

nlohmann::json machine() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char date[sizeof "2000-01-01T00:00:00Z"];
  std::strftime(date, sizeof date, "%FT%TZ", gmtime_r(&now, &parts));
#ifdef NDEBUG
  const bool is_release = true;
#else
  const bool is_release = false;
#endif
  return {{"date", date},
          {"processors", std::thread::hardware_concurrency()},
          {"load", load()},
          {"release_build", is_release}};
}

void warn_of_debug_build() {
#ifndef NDEBUG
  std::cerr << "This is a debug build: its figures mean little. Run scripts/bench.\n";
#endif
}

bool publish(nlohmann::json& result, const Output& output) {
  result["load_after"] = load();
  if (!output.save.empty() && !(std::ofstream(output.save) << result.dump() << "\n"))
    throw std::runtime_error("cannot write " + output.save);
  if (output.as_json) std::cout << result.dump() << "\n";
  return output.as_json;
}

}  // namespace rediscovery::bench
