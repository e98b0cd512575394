#include "core/rng.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

TEST(Rng, SameSeedGivesTheSameRun) {
  Rng a(42);
  Rng b(42);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.next(), b.next());
}

// The published test vector of SplitMix64 with seed 1234567: a run recorded on one machine is repeated on
// any.
TEST(Rng, IsSplitMix64) {
  Rng rng(1234567);
  EXPECT_EQ(rng.next(), 6457827717110365317ULL);
  EXPECT_EQ(rng.next(), 3203168211198807973ULL);
}

TEST(Rng, OtherSeedsGiveOtherRuns) {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) firsts.insert(Rng(seed).next());
  EXPECT_EQ(firsts.size(), 1000U);
}

TEST(Rng, StaysWithinTheIntervalAndReachesBothEnds) {
  Rng rng(1);
  std::set<Duration> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.between(5ns, 8ns));
  EXPECT_EQ(seen, (std::set<Duration>{5ns, 6ns, 7ns, 8ns}));
}

TEST(Rng, SpreadsOverTheWholeInterval) {
  Rng rng(1);
  int below_the_middle = 0;
  for (int i = 0; i < 10'000; ++i) below_the_middle += rng.between(0ms, 100ms) < 50ms ? 1 : 0;
  EXPECT_NEAR(below_the_middle, 5'000, 300);
}

TEST(Rng, GivesTheLowerEndOfAnEmptyInterval) {
  Rng rng(1);
  EXPECT_EQ(rng.between(7ms, 7ms), 7ms);
  EXPECT_EQ(rng.between(7ms, 3ms), 7ms);
}

}  // namespace
}  // namespace rediscovery::core
