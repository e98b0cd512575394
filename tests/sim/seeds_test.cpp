#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sim/run.hpp"

// Runs drawn from seeds, in slices that ctest can run side by side. REDISCOVERY_SIM_SEEDS says how many there
// are in a slice; sanitizers take fewer, which the build decides.
namespace rediscovery::sim {
namespace {

#ifndef REDISCOVERY_SIM_SEEDS_PER_SLICE
#define REDISCOVERY_SIM_SEEDS_PER_SLICE 300
#endif

std::uint64_t seeds_per_slice() {
  const char* given = std::getenv("REDISCOVERY_SIM_SEEDS");
  return given == nullptr ? REDISCOVERY_SIM_SEEDS_PER_SLICE : std::strtoull(given, nullptr, 10);
}

class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, KeepEveryInvariant) {
  const std::uint64_t count = seeds_per_slice();
  Totals totals;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::uint64_t seed = GetParam() * count + i;
    const Outcome outcome = run_seed(seed);
    ASSERT_FALSE(outcome.violation) << explain(seed, outcome);
    totals += outcome.totals;
  }
  // A simulation in which nothing happens would be content with anything. Of a few seeds, as under valgrind,
  // each may draw a quiet run.
  if (count < 10) return;
  EXPECT_GT(totals.adoptions, count);
  EXPECT_GT(totals.suspicions, count);
  EXPECT_GT(totals.succeeded, 100 * count);
  EXPECT_GT(totals.in_doubt, 0U);
}

INSTANTIATE_TEST_SUITE_P(Slice, Seeds, ::testing::Range<std::uint64_t>(0, 8));

TEST(Determinism, TheSameSeedGivesTheSameRun) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Outcome first = run_seed(seed);
    const Outcome second = run_seed(seed);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.totals.steps, second.totals.steps);
  }
}

TEST(Determinism, LookingOnChangesNothing) {
  std::size_t lines = 0;
  const Outcome watched = run_seed(3, [&](const std::string&) { ++lines; });
  EXPECT_EQ(watched.hash, run_seed(3).hash);
  EXPECT_GT(lines, 100U);
}

TEST(Determinism, OtherSeedsGiveOtherRuns) { EXPECT_NE(run_seed(1).hash, run_seed(2).hash); }

}  // namespace
}  // namespace rediscovery::sim
