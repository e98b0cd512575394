#include <rediscovery/histogram.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, HasNoQuantilesWhereNothingWasCounted) {
  EXPECT_EQ(Histogram{}.count(), 0U);
  EXPECT_EQ(Histogram{}.quantile(0.5), 0us);
}

TEST(Histogram, RangesAscend) {
  EXPECT_TRUE(std::is_sorted(Histogram::bounds.begin(), Histogram::bounds.end()));
  EXPECT_EQ(Histogram::bounds.front(), 10us);
  EXPECT_EQ(Histogram::bounds.back(), 10s);
}

TEST(Histogram, AQuantileIsTheEndOfItsRange) {
  Histogram histogram;
  histogram.counts[3] = 98;  // up to 100 µs
  histogram.counts[6] = 2;   // up to 1 ms
  histogram.longest = 1ms;
  EXPECT_EQ(histogram.count(), 100U);
  EXPECT_EQ(histogram.quantile(0), 100us);
  EXPECT_EQ(histogram.quantile(0.5), 100us);
  EXPECT_EQ(histogram.quantile(0.98), 100us);
  EXPECT_EQ(histogram.quantile(0.99), 1ms);
  EXPECT_EQ(histogram.quantile(1), 1ms);
  EXPECT_EQ(histogram.quantile(7), 1ms) << "more than all is all";
}

TEST(Histogram, NoQuantileIsLongerThanTheLongest) {
  Histogram histogram;
  histogram.counts[6] = 1;
  histogram.longest = 600us;
  EXPECT_EQ(histogram.quantile(0.5), 600us);
}

TEST(Histogram, BeyondItsRangesTheLongestIsAllThatIsKnown) {
  Histogram histogram;
  histogram.counts.back() = 5;
  histogram.longest = 42s;
  EXPECT_EQ(histogram.quantile(0.5), 42s);
}

}  // namespace
}  // namespace rediscovery
