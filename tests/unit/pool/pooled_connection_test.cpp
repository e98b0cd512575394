#include "pool/pooled_connection.hpp"

#include <gtest/gtest.h>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

constexpr core::TimePoint kAsked{1h};

// Without a link: what is tested here never gets that far.
class PooledConnectionTest : public ::testing::Test {
 protected:
  PooledConnection connection_{1, nullptr};
};

TEST_F(PooledConnectionTest, IsNotSilentWhileNothingIsAsked) {
  EXPECT_FALSE(connection_.is_silent_since(kAsked + 24h));
}

TEST_F(PooledConnectionTest, IsSilentSinceItWasAsked) {
  connection_.asked(kAsked);
  EXPECT_FALSE(connection_.is_silent_since(kAsked - 1ns));
  EXPECT_TRUE(connection_.is_silent_since(kAsked));
  EXPECT_TRUE(connection_.is_silent_since(kAsked + 1h));
}

TEST_F(PooledConnectionTest, IsNotSilentOnceItHasAnswered) {
  connection_.asked(kAsked);
  connection_.answered();
  EXPECT_FALSE(connection_.is_silent_since(kAsked + 1h));
}

TEST_F(PooledConnectionTest, TheSilenceOfABlockingCommandMeansNothing) {
  connection_.asked(kAsked, /*only_reads=*/false, /*silence_counts=*/false);
  EXPECT_FALSE(connection_.is_silent_since(kAsked + 1h));
}

TEST_F(PooledConnectionTest, AReadIsLeftToItsAnswerWhenWritesAreCut) {
  connection_.asked(kAsked, /*only_reads=*/true);
  EXPECT_FALSE(connection_.has_ended());
  connection_.cut(/*writes_only=*/true);  // would reach for the link
  EXPECT_TRUE(connection_.has_ended());
}

}  // namespace
}  // namespace rediscovery
