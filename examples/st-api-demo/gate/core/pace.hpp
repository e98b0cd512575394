// When the next update may go: gathered, limited in rate, and later after each failure.
#pragma once

#include <nlohmann/json.hpp>

#include "rules.hpp"

namespace st_gate {

// What is remembered of earlier updates.
struct PaceState {
  Time last{};        // update
  double spent = 0;   // of the minute's updates, at `last`
  int failures = 0;   // in a row
  Time not_before{};  // because of them
  bool operator==(const PaceState&) const = default;
};

// The earliest time for an update; `now` or before: at once.
[[nodiscard]] Time next_update(const PaceState& pace, const Rules& rules, Time now);
// An update goes now. Counted before it is sent: one whose answer is lost was one all the same.
[[nodiscard]] PaceState after_update(const PaceState& pace, const Rules& rules, Time now);
[[nodiscard]] PaceState after_success(PaceState pace);
// `chance`: 0 to 1, so that several gates do not come back at one time. `asked`: what the server wants;
// it gets asked_longest at most.
[[nodiscard]] PaceState after_failure(PaceState pace, const Rules& rules, Time now, double chance,
                                      Millis asked = {});

}  // namespace st_gate
