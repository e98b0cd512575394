#include "core/work.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart = TimePoint{} + 1h;

TEST(BusyTime, NothingIsCountedWhileNothingIsUnderWay) { EXPECT_EQ(BusyTime().until(kStart), 0ms); }

TEST(BusyTime, WhatIsUnderWayCountsUpToNow) {
  BusyTime busy;
  busy.begin(kStart);
  EXPECT_EQ(busy.until(kStart + 5ms), 5ms);
  busy.end(kStart + 7ms);
  EXPECT_EQ(busy.until(kStart + 100ms), 7ms);
}

TEST(BusyTime, WhatOverlapsCountsOnce) {
  BusyTime busy;
  busy.begin(kStart);
  busy.begin(kStart + 2ms);
  busy.end(kStart + 4ms);
  busy.end(kStart + 6ms);
  busy.begin(kStart + 10ms);
  busy.end(kStart + 11ms);
  EXPECT_EQ(busy.until(kStart + 20ms), 7ms);
}

TEST(AddWait, CountsTheWaitAndWhatWasDoneMeanwhile) {
  Work before;
  before.resolving.begin(kStart - 5ms);  // was under way already
  before.connecting.begin(kStart - 9ms);
  before.connecting.end(kStart - 4ms);  // was over already
  Work after = before;
  after.resolving.end(kStart + 2ms);
  after.connecting.begin(kStart + 3ms);
  after.connecting.end(kStart + 6ms);
  after.verifying.begin(kStart + 6ms);  // is still under way
  TimeSpent spent;
  add_wait(spent, before, kStart, after, kStart + 10ms);
  EXPECT_EQ(spent.waiting, 10ms);
  EXPECT_EQ(spent.resolving, 2ms);
  EXPECT_EQ(spent.connecting, 3ms);
  EXPECT_EQ(spent.verifying, 4ms);
  EXPECT_EQ(spent.answering, 0ms);
}

TEST(AddWait, AddsToWhatWasSpentBefore) {
  Work work;
  work.resolving.begin(kStart);
  TimeSpent spent;
  add_wait(spent, work, kStart, work, kStart + 1ms);
  add_wait(spent, work, kStart + 5ms, work, kStart + 8ms);
  EXPECT_EQ(spent.waiting, 4ms);
  EXPECT_EQ(spent.resolving, 4ms);
}

}  // namespace
}  // namespace rediscovery::core
