#include "core/deadline_wheel.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "core/rng.hpp"

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

const TimePoint t0 = TimePoint(std::chrono::hours(7)) + 123'456ns;

std::vector<DeadlineWheel::Timer*> all_due(DeadlineWheel& wheel, TimePoint now) {
  std::vector<DeadlineWheel::Timer*> due;
  while (DeadlineWheel::Timer* timer = wheel.next_due(now)) due.push_back(timer);
  return due;
}

TEST(DeadlineWheel, NothingIsDueWhenNothingIsSet) {
  DeadlineWheel wheel(t0);
  EXPECT_EQ(wheel.next_deadline(), std::nullopt);
  EXPECT_TRUE(all_due(wheel, t0 + 1h).empty());
}

TEST(DeadlineWheel, IsDueAtItsTimeOrUpToAMillisecondLaterAndNeverBefore) {
  DeadlineWheel wheel(t0);
  DeadlineWheel::Timer timer;
  wheel.set(timer, t0 + 10ms);
  EXPECT_TRUE(all_due(wheel, t0 + 10ms - 1ns).empty());
  EXPECT_EQ(all_due(wheel, t0 + 11ms), std::vector{&timer});
  EXPECT_FALSE(timer.is_set());
}

TEST(DeadlineWheel, ADeadlineThatHasPassedAlreadyIsDueInTheNextMillisecond) {
  DeadlineWheel wheel(t0);
  EXPECT_TRUE(all_due(wheel, t0 + 5ms).empty());
  DeadlineWheel::Timer timer;
  wheel.set(timer, t0);
  EXPECT_EQ(all_due(wheel, t0 + 6ms), std::vector{&timer});
}

TEST(DeadlineWheel, ADeadlineBeyondATurnOfTheWheelWaitsForItsOwnTurn) {
  DeadlineWheel wheel(t0);
  DeadlineWheel::Timer timer;
  wheel.set(timer, t0 + 5s);
  for (auto passed = 100ms; passed < 5s; passed += 100ms) ASSERT_TRUE(all_due(wheel, t0 + passed).empty());
  EXPECT_EQ(all_due(wheel, t0 + 5s + 1ms), std::vector{&timer});
}

TEST(DeadlineWheel, EverythingIsFoundAfterALongSleep) {
  DeadlineWheel wheel(t0);
  std::array<DeadlineWheel::Timer, 300> timers;
  for (std::size_t i = 0; i < timers.size(); ++i) wheel.set(timers[i], t0 + 7ms * static_cast<int>(i));
  EXPECT_EQ(all_due(wheel, t0 + 1h).size(), timers.size());
}

TEST(DeadlineWheel, AClearedOrDestroyedTimerIsNotDue) {
  DeadlineWheel wheel(t0);
  DeadlineWheel::Timer cleared;
  wheel.set(cleared, t0 + 1ms);
  {
    DeadlineWheel::Timer destroyed;
    wheel.set(destroyed, t0 + 1ms);
  }
  cleared.clear();
  EXPECT_TRUE(all_due(wheel, t0 + 10ms).empty());
  EXPECT_EQ(wheel.next_deadline(), std::nullopt);
}

TEST(DeadlineWheel, SettingAgainReplaces) {
  DeadlineWheel wheel(t0);
  DeadlineWheel::Timer timer;
  wheel.set(timer, t0 + 1ms);
  wheel.set(timer, t0 + 20ms);
  EXPECT_TRUE(all_due(wheel, t0 + 10ms).empty());
  EXPECT_EQ(all_due(wheel, t0 + 21ms), std::vector{&timer});
}

TEST(DeadlineWheel, TimersOutliveTheirWheel) {
  DeadlineWheel::Timer timer;
  {
    DeadlineWheel wheel(t0);
    wheel.set(timer, t0 + 1ms);
  }
  EXPECT_FALSE(timer.is_set());
}

// Against a map from deadline to timer, with a clock that moves in uneven steps.
TEST(DeadlineWheel, AgreesWithASortedMapOverRandomUse) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    DeadlineWheel wheel(t0);
    std::array<DeadlineWheel::Timer, 100> timers;
    std::map<DeadlineWheel::Timer*, TimePoint> set;
    TimePoint now = t0;
    for (int step = 0; step < 500; ++step) {
      auto& timer = timers.at(rng.next() % timers.size());
      if (rng.next() % 3 == 0) {
        timer.clear();
        set.erase(&timer);
      } else {
        const TimePoint at = now + rng.between(Duration(0), Duration(3s));
        wheel.set(timer, at);
        set[&timer] = at;
      }
      const auto next = wheel.next_deadline();
      ASSERT_EQ(next.has_value(), !set.empty());
      for (const auto& [each, at] : set) ASSERT_LE(*next, at + 1ms);
      now += rng.between(Duration(0), rng.next() % 20 == 0 ? Duration(2s) : Duration(10ms));
      for (DeadlineWheel::Timer* due : all_due(wheel, now)) {
        ASSERT_EQ(set.count(due), 1U);
        ASSERT_LE(set.at(due), now);
        set.erase(due);
      }
      for (const auto& [each, at] : set) ASSERT_GT(at + 1ms, now);
    }
  }
}

}  // namespace
}  // namespace rediscovery::core
