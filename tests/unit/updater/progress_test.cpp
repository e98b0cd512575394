#include "updater/progress.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

const core::Endpoint kFirst{"10.0.1.1", 26379, {}};
const core::Endpoint kSecond{"10.0.1.2", 26379, {}};

class ProgressTest : public ::testing::Test {
 protected:
  int changes_ = 0;
  Progress progress_{{kFirst, kSecond}, {"a", "b"}, [this] { ++changes_; }};
};

TEST_F(ProgressTest, ReadyIsWhoHasTriedEverySentinelAndSeenEveryMaster) {
  progress_.subscription_tried(kFirst);
  progress_.reconciled("a");
  progress_.reconciled("b");
  progress_.subscription_tried(kFirst);
  EXPECT_FALSE(progress_.is_ready());
  progress_.subscription_tried(kSecond);
  EXPECT_TRUE(progress_.is_ready());
  EXPECT_GT(changes_, 0);
}

TEST_F(ProgressTest, TheChangeThatMakesItReadyIsToldWhicheverComesLast) {
  progress_.subscription_tried(kFirst);
  progress_.subscription_tried(kSecond);
  progress_.reconciled("a");
  const int before = changes_;
  progress_.reconciled("b");
  EXPECT_TRUE(progress_.is_ready());
  EXPECT_EQ(changes_, before + 1);
}

TEST_F(ProgressTest, AFailoverIsUnderWayUntilNoSentinelLeadsOne) {
  progress_.failing_over(kFirst, true);
  progress_.failing_over(kSecond, true);
  progress_.failing_over(kFirst, false);
  EXPECT_TRUE(progress_.in_failover());
  EXPECT_EQ(changes_, 1);
  progress_.failing_over(kSecond, false);
  EXPECT_FALSE(progress_.in_failover());
  EXPECT_EQ(changes_, 2);
}

TEST_F(ProgressTest, ASentinelThatIsDiscoveredAtTheStartIsWaitedFor) {
  const core::Endpoint third{"10.0.1.3", 26379, {}};
  progress_.subscription_tried(kFirst);
  progress_.subscription_tried(kSecond);
  progress_.joined(third);
  progress_.joined(kFirst);
  progress_.reconciled("a");
  progress_.reconciled("b");
  EXPECT_FALSE(progress_.is_ready());
  progress_.subscription_tried(third);
  EXPECT_TRUE(progress_.is_ready());
}

TEST_F(ProgressTest, ReadyOnceItIsReadyWhoeverJoinsLater) {
  for (const auto& sentinel : {kFirst, kSecond}) progress_.subscription_tried(sentinel);
  for (const auto* master : {"a", "b"}) progress_.reconciled(master);
  progress_.joined({"10.0.1.3", 26379, {}});
  EXPECT_TRUE(progress_.is_ready());
}

TEST_F(ProgressTest, WhoHasLeftIsNeitherWaitedForNorInAFailover) {
  progress_.subscription_tried(kFirst);
  progress_.failing_over(kSecond, true);
  progress_.left(kSecond);
  for (const auto* master : {"a", "b"}) progress_.reconciled(master);
  EXPECT_TRUE(progress_.is_ready());
  EXPECT_FALSE(progress_.in_failover());
}

}  // namespace
}  // namespace rediscovery::updater
