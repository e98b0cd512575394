// The one decision: from what is read and what is remembered to the plan.
#pragma once

#include "memory.hpp"
#include "plan.hpp"
#include "world.hpp"

namespace st_gate {

struct Decision {
  Plan plan;
  Memory memory;  // with what was seen
  // So many of the registered and admitted stay, whatever their health; 0: nothing could be decided.
  std::size_t floor = 0;
  std::size_t registered = 0;
};

// An address is in the answer when an instance has it that is passing and allowed. A warning changes nothing:
// who is in stays in, who is out stays out.
//
//   Who waits             because                                   until
//   to enter   rise       it has not been passing for long enough   since + rise
//              pause      it has left a short while ago             left + hold
//   to leave   fall       it has not been critical for long enough  since + fall
//              freeze     too many are gone at once                 the better time is out of the window
//              floor      too few would be left                     others are healthy
//   both       pace       an update went just now, or failed        next_update
//
// Without a leader in Consul, or without anybody admitted, nothing is changed at all.
[[nodiscard]] Decision decide(const World& world, const Memory& memory, const Rules& rules, Time now);

// The memory once the plan's changes are on their way.
[[nodiscard]] Memory carried_out(Memory memory, const Plan& plan, const World& world, const Rules& rules,
                                 Time now);

}  // namespace st_gate
