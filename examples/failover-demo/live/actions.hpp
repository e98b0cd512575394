// Makes faults happen to the servers of a stage.
#pragma once

#include <string>

#include "live/fault.hpp"
#include "live/situation.hpp"
#include "stage.hpp"

namespace rediscovery::demo::live {

// What is about to happen, for people.
std::string describe(Fault fault, const Situation& situation);

// Returns when it is done. Throws std::runtime_error when it cannot be.
void carry_out(Fault fault, const Situation& situation, Stage& stage);

}  // namespace rediscovery::demo::live
