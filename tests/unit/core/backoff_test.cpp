#include "core/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

constexpr Backoff kBackoff{2ms, 1s, 32};

struct Range {
  Duration least = Duration::max();
  Duration most = Duration::min();
};

Range pauses_after(const Backoff& backoff, Duration lasted) {
  Range range;
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const Duration pause = backoff.after(lasted, rng);
    range.least = std::min(range.least, pause);
    range.most = std::max(range.most, pause);
  }
  return range;
}

TEST(Backoff, StartsBetweenTheFloorAndTwiceTheFloor) {
  const Range range = pauses_after(kBackoff, 0ms);
  EXPECT_GE(range.least, 2ms);
  EXPECT_LE(range.most, 4ms);
  EXPECT_GT(range.most - range.least, 1ms) << "jitter keeps clients apart from the first retry on";
}

TEST(Backoff, WaitsAFractionOfWhatTheTroubleHasLasted) {
  const Range range = pauses_after(kBackoff, 3200ms);
  EXPECT_GE(range.least, 2ms) << "full jitter: down to the floor";
  EXPECT_LT(range.least, 10ms);
  EXPECT_LE(range.most, 100ms);
  EXPECT_GT(range.most, 90ms);
}

TEST(Backoff, NeverWaitsLongerThanTheCap) {
  EXPECT_LE(pauses_after(kBackoff, 24h).most, 1s);
  EXPECT_LE(pauses_after(kBackoff, Duration::max()).most, 1s);
}

TEST(Backoff, NeverWaitsShorterThanTheFloorEvenWhenTimeSeemsToRunBackwards) {
  EXPECT_GE(pauses_after(kBackoff, -1s).least, 2ms);
}

TEST(Backoff, ACapBelowTwiceTheFloorStillLeavesRoomForJitter) {
  const Range range = pauses_after(Backoff{10ms, 5ms, 8}, 1h);
  EXPECT_GE(range.least, 10ms);
  EXPECT_LE(range.most, 20ms);
}

TEST(Backoff, SameSeedSamePauses) {
  Rng a(7);
  Rng b(7);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(kBackoff.after(10s, a), kBackoff.after(10s, b));
}

}  // namespace
}  // namespace rediscovery::core
