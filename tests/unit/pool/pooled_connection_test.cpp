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

TEST_F(PooledConnectionTest, NothingIsUnansweredWhileNothingIsAsked) {
  EXPECT_EQ(connection_.unanswered_since(), std::nullopt);
}

TEST_F(PooledConnectionTest, ACommandIsUnansweredSinceItWasSent) {
  connection_.asked(kAsked);
  EXPECT_EQ(connection_.unanswered_since(), kAsked);
}

TEST_F(PooledConnectionTest, NothingIsUnansweredOnceTheAnswerIsThere) {
  connection_.asked(kAsked);
  connection_.answered();
  EXPECT_EQ(connection_.unanswered_since(), std::nullopt);
}

TEST_F(PooledConnectionTest, TheSilenceOfABlockingCommandMeansNothing) {
  connection_.asked(kAsked, /*repeatable=*/false, /*silence_counts=*/false);
  EXPECT_EQ(connection_.unanswered_since(), std::nullopt);
}

TEST_F(PooledConnectionTest, WhoWaitsIsLeftToTheAnswerWhenTheHistoryEnds) {
  connection_.asked(kAsked);
  EXPECT_FALSE(connection_.has_ended());
  connection_.end_history();  // waking anybody would reach for the link
  EXPECT_TRUE(connection_.has_ended());
}

}  // namespace
}  // namespace rediscovery
