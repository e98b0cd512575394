#include "updater/vitals.hpp"

#include <gtest/gtest.h>

#include "updater/watchdog.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::seconds;

constexpr core::TimePoint kStart = core::TimePoint(std::chrono::hours(1));
constexpr core::TimePoint kLate = kStart + Vitals::kStalled + seconds(1);

TEST(Vitals, WhoBeatsIsNotStalled) {
  Vitals vitals;
  const auto pulse = vitals.enlist("the reconciler", kStart);
  EXPECT_EQ(vitals.stalled(kStart + Vitals::kRest), std::nullopt);
  pulse->beat(kLate);
  EXPECT_EQ(vitals.stalled(kLate + Vitals::kRest), std::nullopt);
}

TEST(Vitals, WhoDoesNotComeAroundIsNamedThoughOthersDo) {
  Vitals vitals;
  const auto stuck = vitals.enlist("the reconciler", kStart);
  const auto other = vitals.enlist("the observer of mymaster", kStart);
  other->beat(kLate);
  EXPECT_EQ(vitals.stalled(kLate), "the reconciler");
  stuck->beat(kLate);
  EXPECT_EQ(vitals.stalled(kLate), std::nullopt);
}

TEST(Vitals, WhoHasEndedDoesNotCount) {
  Vitals vitals;
  { const auto ended = vitals.enlist("the reconciler", kStart); }
  EXPECT_EQ(vitals.stalled(kLate), std::nullopt);
}

TEST(Vitals, TellsWhoHasBeenSilentForHowLong) {
  Vitals vitals;
  const auto reconciler = vitals.enlist("the reconciler", kStart);
  const auto check = vitals.enlist("the role check", kStart);
  const auto old_check = vitals.enlist("the role check", kStart);
  reconciler->beat(kStart + seconds(2));
  check->beat(kStart + seconds(3));
  const auto silences = vitals.silences(kStart + seconds(3));
  EXPECT_EQ(silences, (std::map<std::string, core::Duration>{{"the reconciler", seconds(1)},
                                                             {"the role check", seconds(3)}}));
}

TEST(Watchdog, ASignOfLifeComesAtHalfThePatience) {
  Watchdog watchdog(seconds(30));
  EXPECT_TRUE(watchdog.on(kStart, false));
  EXPECT_EQ(watchdog.next_deadline(), kStart + seconds(15));
  EXPECT_FALSE(watchdog.on(kStart + seconds(14), false));
  EXPECT_TRUE(watchdog.on(kStart + seconds(15), false));
}

TEST(Watchdog, WhileAThreadIsStuckThereIsNoSignOfLife) {
  Watchdog watchdog(seconds(30));
  ASSERT_TRUE(watchdog.on(kStart, false));
  for (int second = 1; second <= 60; ++second) EXPECT_FALSE(watchdog.on(kStart + seconds(second), true));
}

TEST(Watchdog, WhoGoesOnBeforeThePatienceEndsIsHeardInTime) {
  Watchdog watchdog(seconds(30));
  ASSERT_TRUE(watchdog.on(kStart, false));
  ASSERT_FALSE(watchdog.on(kStart + seconds(15), true));
  ASSERT_TRUE(watchdog.next_deadline());
  EXPECT_LT(*watchdog.next_deadline(), kStart + seconds(30));
  EXPECT_TRUE(watchdog.on(*watchdog.next_deadline(), false));
}

TEST(Watchdog, WhereNobodyWaitsNothingIsSaid) {
  Watchdog watchdog(std::nullopt);
  EXPECT_FALSE(watchdog.on(kStart, false));
  EXPECT_EQ(watchdog.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace rediscovery::updater
