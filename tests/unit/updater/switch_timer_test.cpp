#include "updater/switch_timer.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace rediscovery::updater {
namespace {

using std::chrono::milliseconds;

constexpr core::TimePoint kStart = core::TimePoint(std::chrono::hours(1));
const core::Endpoint kOld{"10.0.0.5", 6379, {}};
const core::Endpoint kNew{"10.0.0.6", 6379, {}};

std::uint64_t count(const SwitchTimes& times) {
  return std::accumulate(times.counts.begin(), times.counts.end(), std::uint64_t{0});
}

TEST(SwitchTimer, ASwitchIsTimedFromEachOfItsMarks) {
  SwitchTimer timer;
  timer.odown(kOld, kStart);
  timer.odown(kOld, kStart + milliseconds(10));  // another Sentinel's: the first counts
  timer.promoted(kNew, kStart + milliseconds(300));
  timer.visible(kOld, kNew, kStart + milliseconds(302));
  EXPECT_DOUBLE_EQ(timer.since_odown().last.value(), 0.302);
  EXPECT_DOUBLE_EQ(timer.since_promotion().last.value(), 0.002);
  EXPECT_EQ(count(timer.since_odown()), 1U);
  EXPECT_EQ(timer.since_announcement().last, std::nullopt);
}

TEST(SwitchTimer, AnAnnouncementAfterwardsCountsAsNothingAndShowsTheLead) {
  SwitchTimer timer;
  timer.visible(kOld, kNew, kStart);
  timer.announced(kOld, kStart + milliseconds(900));
  timer.announced(kOld, kStart + milliseconds(1900));
  EXPECT_DOUBLE_EQ(timer.since_announcement().last.value(), -0.9);
  EXPECT_EQ(timer.since_announcement().counts[0], 1U);
  EXPECT_EQ(timer.since_announcement().sum, 0);
  EXPECT_EQ(count(timer.since_announcement()), 1U);
}

TEST(SwitchTimer, AnAnnouncementBeforehandIsTimed) {
  SwitchTimer timer;
  timer.announced(kOld, kStart);
  timer.visible(kOld, kNew, kStart + milliseconds(4));
  EXPECT_DOUBLE_EQ(timer.since_announcement().last.value(), 0.004);
}

TEST(SwitchTimer, ALateMarkOfTheSwitchBeforeDoesNotCountForTheNext) {
  SwitchTimer timer;
  timer.visible(kOld, kNew, kStart);
  timer.odown(kOld, kStart + milliseconds(1));
  timer.promoted(kNew, kStart + milliseconds(1));
  timer.visible(kNew, kOld, kStart + std::chrono::hours(1));
  EXPECT_EQ(count(timer.since_odown()), 0U);
  EXPECT_EQ(count(timer.since_promotion()), 0U);
}

TEST(SwitchTimer, AMasterThatIsBackOrWasReplacedIsDownAnewTheNextTime) {
  const auto later = kStart + std::chrono::hours(24);
  SwitchTimer timer;
  timer.odown(kOld, kStart);
  timer.back(kNew);
  timer.back(kOld);
  timer.odown(kOld, later);
  timer.visible(kOld, kNew, later + milliseconds(900));
  EXPECT_DOUBLE_EQ(timer.since_odown().last.value(), 0.9);

  timer.odown(kNew, kStart);
  timer.announced(kNew, kStart);  // and another updater made the switch, and the one back
  timer.odown(kNew, later);
  timer.visible(kNew, kOld, later + milliseconds(700));
  EXPECT_DOUBLE_EQ(timer.since_odown().last.value(), 0.7);
}

TEST(SwitchTimer, TheSwitchBackEndsWhatBeganWithADownMaster) {
  SwitchTimer timer;
  timer.odown(kOld, kStart);
  timer.announced(kOld, kStart);  // another updater made it, and the planned one back
  timer.announced(kNew, kStart + std::chrono::hours(1));
  timer.visible(kOld, kNew, kStart + std::chrono::hours(48));
  EXPECT_EQ(timer.since_odown().last, std::nullopt);
}

TEST(SwitchTimer, EachPromotionOfAReplicaIsTimedFromItsOwnMoment) {
  SwitchTimer timer;
  timer.promoted(kNew, kStart);  // and given up
  timer.promoted(kNew, kStart + std::chrono::hours(1));
  timer.visible(kOld, kNew, kStart + std::chrono::hours(1) + milliseconds(2));
  EXPECT_DOUBLE_EQ(timer.since_promotion().last.value(), 0.002);
}

TEST(SwitchTimer, AMasterThatStaysIsNoSwitch) {
  SwitchTimer timer;
  timer.odown(kOld, kStart);
  timer.visible(kOld, kOld, kStart + milliseconds(1));
  EXPECT_EQ(count(timer.since_odown()), 0U);
}

TEST(SwitchTimer, WhatTakesLongerThanTheLastRangeIsCountedBeyondIt) {
  SwitchTimes times;
  times.add(301);
  EXPECT_EQ(times.counts.back(), 1U);
}

}  // namespace
}  // namespace rediscovery::updater
