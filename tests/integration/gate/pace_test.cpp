// When the next update may go.
#include <gtest/gtest.h>

#include "core/pace.hpp"

namespace st_gate {
namespace {

using namespace std::chrono_literals;

const Time kNow{std::chrono::hours(490'000)};

TEST(GatePace, TheFirstUpdateGoesAtOnceAndTheNextAfterTheBatch) {
  const Rules rules;
  EXPECT_LE(next_update({}, rules, kNow), kNow);
  const PaceState pace = after_update({}, rules, kNow);
  EXPECT_EQ(next_update(pace, rules, kNow), kNow + rules.batch);
}

TEST(GatePace, AMinuteHasSoManyUpdatesAndNoMore) {
  Rules rules;
  rules.batch = 0ms;
  rules.updates_per_minute = 6;
  PaceState pace;
  Time now = kNow;
  int updates = 0;
  for (; now < kNow + 10min; now += 100ms) {
    if (next_update(pace, rules, now) > now) continue;
    pace = after_update(pace, rules, now);
    ++updates;
  }
  EXPECT_GE(updates, 60);
  EXPECT_LE(updates, 60 + 6);
  EXPECT_GT(next_update(pace, rules, now), now - 10s);
}

TEST(GatePace, EachFailureDoublesThePauseUpToTheLongest) {
  const Rules rules;
  PaceState pace;
  Millis before{0};
  for (int i = 0; i < 40; ++i) {
    pace = after_failure(pace, rules, kNow, 1.0);
    const Millis pause = pace.not_before - kNow;
    EXPECT_GE(pause, before);
    EXPECT_LE(pause, rules.backoff_longest);
    before = pause;
  }
  EXPECT_EQ(before, rules.backoff_longest);
  EXPECT_EQ(after_failure(pace, rules, kNow, 0.0).not_before, kNow + rules.backoff_longest / 2) << "jitter";
  EXPECT_EQ(after_success(pace).not_before, Time{});
  EXPECT_EQ(after_success(pace).failures, 0);
}

TEST(GatePace, AServerThatAsksForALongerPauseGetsIt) {
  EXPECT_EQ(after_failure({}, Rules{}, kNow, 1.0, 10s).not_before, kNow + 10s);
  EXPECT_EQ(after_failure({}, Rules{}, kNow, 1.0, 2min).not_before, kNow + 2min);
}

TEST(GatePace, AServerThatAsksForHoursGetsTheMostThatItMayAskFor) {
  const Rules rules;
  EXPECT_EQ(after_failure({}, rules, kNow, 1.0, 3h).not_before, kNow + rules.asked_longest);
}

}  // namespace
}  // namespace st_gate
