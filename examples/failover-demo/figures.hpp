// What the demo measures, from what was seen. usage.txt defines each figure.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "load.hpp"
#include "moment.hpp"
#include "options.hpp"

namespace rediscovery::demo {

// What was seen.
struct Record {
  Scenario scenario = Scenario::kill;
  Clock::time_point fault;
  Clock::time_point ended;  // no more requests were sent
  std::vector<Moment> moments;
  std::vector<Answer> answers;
  std::set<std::string> lost;  // acknowledged sessions that the final master does not have
};

struct Figures {
  Scenario scenario = Scenario::kill;
  std::size_t requests = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  std::size_t lost = 0;
  std::optional<Milliseconds> outage;
  std::optional<Milliseconds> outage_kept;
  std::optional<Milliseconds> promotion;
  std::optional<Milliseconds> recovered_after_promotion;
  std::optional<Milliseconds> switch_master;
  std::optional<Milliseconds> suspect;
  std::optional<Milliseconds> name_moved;
  std::optional<Milliseconds> adopted;
  std::optional<Milliseconds> longest_answer;
};

// The first of its kind after the fault.
std::optional<Moment> find_after_fault(const Record& record, What what);

Figures compute(const Record& record);

}  // namespace rediscovery::demo
