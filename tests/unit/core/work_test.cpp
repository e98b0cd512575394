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

}  // namespace
}  // namespace rediscovery::core
