#include "core/time.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

TEST(SaturatingAdd, AddsWhatCallersUsuallyWait) {
  EXPECT_EQ(saturating_add(kStart, 500ms), kStart + 500ms);
  EXPECT_EQ(saturating_add(kStart, 0ms), kStart);
}

TEST(SaturatingAdd, TakesTheLongestWaitForAYearInsteadOfOverflowing) {
  EXPECT_EQ(saturating_add(kStart, std::chrono::milliseconds::max()), kStart + std::chrono::hours(24 * 365));
}

TEST(SaturatingAdd, DoesNotOverflowBackwardsEither) {
  EXPECT_EQ(saturating_add(kStart, -1ms), kStart - 1ms);
  EXPECT_EQ(saturating_add(kStart, std::chrono::milliseconds::min()), kStart - std::chrono::hours(24 * 365));
}

}  // namespace
}  // namespace rediscovery::core
