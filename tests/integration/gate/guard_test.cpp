// When a smaller number of healthy nodes is not believed, and how many stay whatever happens.
#include <gtest/gtest.h>

#include "core/guard.hpp"

namespace st_gate {
namespace {

using namespace std::chrono_literals;

class Guard : public ::testing::Test {
 protected:
  void healthy(std::size_t count) { memory_ = count_healthy(memory_, count, rules_, now_); }
  [[nodiscard]] bool suspicious() const { return suspicious_shrink(memory_, rules_).has_value(); }

  Rules rules_;
  Memory memory_;
  Time now_{std::chrono::hours(490'000)};
};

TEST_F(Guard, HalfMayFailAtOnceButNotMore) {
  healthy(10);
  healthy(5);
  EXPECT_FALSE(suspicious());
  healthy(4);
  EXPECT_TRUE(suspicious());
  healthy(5);
  EXPECT_FALSE(suspicious());
}

TEST_F(Guard, OneAloneIsNeverSuspicious) {
  healthy(1);
  healthy(0);
  EXPECT_FALSE(suspicious());
}

TEST_F(Guard, AShrinkInManySmallStepsIsOneShrink) {
  for (std::size_t count = 10; count >= 5; --count, now_ += 5s) healthy(count);
  EXPECT_FALSE(suspicious());
  healthy(4);
  EXPECT_TRUE(suspicious());
}

TEST_F(Guard, ASlowShrinkIsBelieved) {
  for (std::size_t count = 10; count >= 1; --count, now_ += 30s) {
    healthy(count);
    if (count >= 4) {
      EXPECT_FALSE(suspicious()) << count;
    }
  }
}

TEST_F(Guard, WhatStaysForTheWindowIsBelieved) {
  healthy(10);
  now_ += 1h;
  healthy(0);
  ASSERT_TRUE(suspicious()) << "until now there were ten";
  EXPECT_EQ(suspicious_shrink(memory_, rules_)->believed_at, now_ + rules_.shrink_window);
  now_ += rules_.shrink_window - 1ms;
  healthy(0);
  EXPECT_TRUE(suspicious());
  now_ += 1ms;
  healthy(0);
  EXPECT_FALSE(suspicious());
}

TEST_F(Guard, TheFirstLookAfterALongTimeComparesWithTheLast) {
  healthy(10);
  now_ += 24h;
  healthy(1);
  EXPECT_TRUE(suspicious());
}

TEST_F(Guard, WhatIsRememberedIsBounded) {
  for (int i = 0; i < 10'000; ++i, now_ += 1ms) healthy(static_cast<std::size_t>(i % 7));
  EXPECT_LE(memory_.before.size(), 7U);
}

TEST_F(Guard, TheFloorIsTheNumberOrTheShareWhicheverIsMore) {
  rules_.floor_count = 2;
  rules_.floor_percent = 50;
  EXPECT_EQ(floor_of(rules_, 0), 2U);
  EXPECT_EQ(floor_of(rules_, 3), 2U);
  EXPECT_EQ(floor_of(rules_, 5), 3U);
  rules_.floor_percent = 0;
  EXPECT_EQ(floor_of(rules_, 100), 2U);
}

}  // namespace
}  // namespace st_gate
