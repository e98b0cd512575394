// What one fault came to, from the moments that were seen. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "live/lane_meter.hpp"
#include "moment.hpp"

namespace rediscovery::demo::live {

struct Phase {
  std::string name;  // "fault → evidence"
  Milliseconds took{0};
};

// The steps that were seen after the fault, in the order of time: evidence, promotion, adoption, first write.
std::vector<Phase> find_phases(Clock::time_point fault, const std::vector<Moment>& moments);

// For the page: to a hundredth of a millisecond.
double rounded(Milliseconds span);
nlohmann::ordered_json to_json(const std::vector<Phase>& phases);

struct FaultSummary {
  std::string fault;
  Clock::time_point ended;
  std::vector<Phase> phases;
  LaneMeter::Course library;
  LaneMeter::Course plain;
};

}  // namespace rediscovery::demo::live
