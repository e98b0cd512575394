#include "chaos/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

namespace rediscovery::chaos {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Schedule, IsThatOfItsSeed) {
  const auto all = parse_kinds("all");
  EXPECT_EQ(make_schedule(7, 600s, all), make_schedule(7, 600s, all));
  EXPECT_NE(make_schedule(7, 600s, all), make_schedule(8, 600s, all));
}

TEST(Schedule, FaultsOfOneLaneNeverOverlapAndAllEndInTime) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::map<Lane, std::chrono::milliseconds> free;
    for (const auto& fault : make_schedule(seed, 300s, parse_kinds("all"))) {
      EXPECT_GT(fault.at, free[lane_of(fault.kind)]) << "seed " << seed << " " << to_string(fault.kind);
      free[lane_of(fault.kind)] = fault.at + fault.lasts;
      EXPECT_LT(fault.at + fault.lasts, 300s);
    }
  }
}

TEST(Schedule, OfDifferentLanesOverlap) {
  std::size_t overlaps = 0;
  const auto schedule = make_schedule(1, 300s, parse_kinds("all"));
  for (std::size_t i = 1; i < schedule.size(); ++i)
    overlaps += schedule[i].at < schedule[i - 1].at + schedule[i - 1].lasts ? 1U : 0U;
  EXPECT_GT(overlaps, 10U);
}

TEST(Schedule, AnHourHasEveryKind) {
  std::set<FaultKind> seen;
  for (const auto& fault : make_schedule(3, 3600s, parse_kinds("all"))) seen.insert(fault.kind);
  EXPECT_EQ(seen.size(), kFaultKinds);
}

TEST(Schedule, NoKindsAreNoFaults) { EXPECT_THAT(make_schedule(1, 3600s, parse_kinds("none")), IsEmpty()); }

TEST(Schedule, WhatAFaultIsDoneToDoesNotDependOnOtherLanes) {
  const auto alone = make_schedule(5, 600s, parse_kinds("redis"));
  auto among_others = make_schedule(5, 600s, parse_kinds("redis,dns,updater"));
  std::erase_if(among_others, [](const Fault& fault) { return lane_of(fault.kind) != Lane::redis; });
  EXPECT_EQ(alone, among_others);
}

TEST(Kinds, AreNamedAloneByTheirLaneOrAsPartitions) {
  EXPECT_THAT(parse_kinds("planned"), ElementsAre(FaultKind::planned));
  EXPECT_THAT(parse_kinds("sentinel"),
              ElementsAre(FaultKind::kill_sentinel, FaultKind::hang_sentinel, FaultKind::isolate_sentinel));
  for (const auto kind : parse_kinds("partitions")) EXPECT_TRUE(needs_namespace(kind)) << to_string(kind);
  EXPECT_EQ(parse_kinds("all").size(), kFaultKinds);
}

TEST(Kinds, AnUnknownNameIsRefusedWithAllThatThereAre) {
  try {
    (void)parse_kinds("planned,bomb");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("'bomb'"));
    EXPECT_THAT(error.what(), HasSubstr("kill-master"));
  }
}

}  // namespace
}  // namespace rediscovery::chaos
