// All that was seen in one run, and what several figures ask of it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "load.hpp"
#include "moment.hpp"
#include "options.hpp"
#include "writer.hpp"

namespace rediscovery::demo {

struct Record {
  Scenario scenario = Scenario::kill;
  Clock::time_point fault;
  Clock::time_point ended;  // no more was sent
  std::vector<Moment> moments;
  std::vector<Answer> answers;
  std::set<std::string> lost;  // acknowledged sessions that the final master does not have
  std::vector<Write> writes;
  std::set<std::string> lost_writes;  // the same of the writer's keys
};

// The first of its kind after the fault.
std::optional<Moment> find_after_fault(const Record& record, What what);

std::optional<Milliseconds> from_fault(const Record& record, What what);

// When the replica was promoted: what was seen first of it, and how late at most.
std::optional<Moment> promotion(const Record& record);

// The longest time without an acknowledgement, of those that ended after the fault.
Milliseconds longest_gap(std::vector<Clock::time_point> acknowledged, Clock::time_point began,
                         const Record& record);

}  // namespace rediscovery::demo
