#include "pace.hpp"

#include <algorithm>
#include <cmath>

namespace st_gate {
namespace {

double per_millisecond(const Rules& rules) { return rules.updates_per_minute / 60'000.0; }

// A bucket that fills by itself, as APIs have them.
double spent_at(const PaceState& pace, const Rules& rules, Time now) {
  const auto passed = std::max(Millis(0), now - pace.last);
  return std::max(0.0, pace.spent - static_cast<double>(passed.count()) * per_millisecond(rules));
}

}  // namespace

Time next_update(const PaceState& pace, const Rules& rules, Time now) {
  Time next = std::max(pace.not_before, pace.last + rules.batch);
  const double over = spent_at(pace, rules, now) + 1 - rules.updates_per_minute;
  if (over > 0) next = std::max(next, now + Millis(std::lround(std::ceil(over / per_millisecond(rules)))));
  return next;
}

PaceState after_update(const PaceState& pace, const Rules& rules, Time now) {
  PaceState after = pace;
  after.spent = spent_at(pace, rules, now) + 1;
  after.last = now;
  return after;
}

PaceState after_success(PaceState pace) {
  pace.failures = 0;
  pace.not_before = {};
  return pace;
}

PaceState after_failure(PaceState pace, const Rules& rules, Time now, double chance, Millis asked) {
  constexpr int kMostDoublings = 16;
  const auto full =
      std::min(rules.backoff_longest, rules.backoff_first * (1 << std::min(pace.failures, kMostDoublings)));
  ++pace.failures;
  // At least half: a server that is overloaded needs the pause.
  const auto span = Millis(std::lround(static_cast<double>(full.count()) * (0.5 + chance / 2)));
  pace.not_before = now + std::max(std::min(asked, rules.asked_longest), span);
  return pace;
}

}  // namespace st_gate
