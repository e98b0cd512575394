#include "updater/replica_damper.hpp"

#include <gtest/gtest.h>

#include "situation.hpp"

namespace rediscovery::updater {
namespace {

using namespace std::chrono_literals;
using sentinel::ReplicaState;
using testing::redis;

constexpr auto kHealthy = ReplicaState::healthy;
constexpr auto kLagging = ReplicaState::lagging;
constexpr auto kUnknown = ReplicaState::unknown;
constexpr auto kDown = ReplicaState::down;

class ReplicaDamperTest : public ::testing::Test {
 protected:
  // What becomes of replica 6 of master 5 when it is seen so now.
  ReplicaState seen(ReplicaState state) { return seen(state, 5, 7); }
  ReplicaState seen(ReplicaState state, int master, std::uint64_t epoch) {
    sentinel::Consensus consensus;
    consensus.kind = sentinel::Consensus::Kind::agreed;
    consensus.address = redis(master);
    consensus.epoch = epoch;
    consensus.replicas = {{redis(6), state}};
    damper_.damp(consensus, now_);
    return consensus.replicas.at(0).state;
  }
  void listed_no_more() {
    sentinel::Consensus consensus;
    consensus.kind = sentinel::Consensus::Kind::agreed;
    consensus.address = redis(5);
    consensus.epoch = 7;
    damper_.damp(consensus, now_);
  }

  ReplicaDamper damper_{5s};
  core::TimePoint now_ = core::TimePoint{} + 1h;
};

TEST_F(ReplicaDamperTest, AHealthyOneIsThereAtOnce) { EXPECT_EQ(seen(kHealthy), kHealthy); }

TEST_F(ReplicaDamperTest, ALinkThatIsDownForLessThanTheHoldChangesNothing) {
  (void)seen(kHealthy);
  EXPECT_EQ(seen(kLagging), kUnknown);
  now_ += 4999ms;
  EXPECT_EQ(seen(kLagging), kUnknown);
  EXPECT_EQ(seen(kHealthy), kHealthy);
  now_ += 4999ms;
  EXPECT_EQ(seen(kLagging), kUnknown) << "the time before does not count";
}

TEST_F(ReplicaDamperTest, ALinkThatStaysDownCountsAfterTheHold) {
  (void)seen(kHealthy);
  (void)seen(kLagging);
  now_ += 5s;
  EXPECT_EQ(seen(kLagging), kLagging);
  EXPECT_EQ(seen(kLagging), kLagging);
}

TEST_F(ReplicaDamperTest, OneThatWasRemovedReturnsAfterAsLongInARow) {
  for (const auto why : {kLagging, kDown}) {
    (void)seen(kHealthy);
    (void)seen(why);
    now_ += 5s;
    EXPECT_EQ(seen(why), why);
    EXPECT_EQ(seen(kHealthy), kUnknown);
    now_ += 4s;
    EXPECT_EQ(seen(kHealthy), kUnknown);
    EXPECT_EQ(seen(kLagging), kLagging) << "it has no grace while it returns";
    now_ += 4s;
    EXPECT_EQ(seen(kHealthy), kUnknown) << "it begins anew";
    now_ += 5s;
    EXPECT_EQ(seen(kHealthy), kHealthy);
    EXPECT_EQ(seen(kLagging), kUnknown) << "it is as good as any again";
    now_ += 1h;
    (void)seen(kHealthy);
  }
}

TEST_F(ReplicaDamperTest, DownCountsAtOnce) {
  (void)seen(kHealthy);
  EXPECT_EQ(seen(kDown), kDown);
  EXPECT_EQ(seen(kHealthy), kUnknown);
}

TEST_F(ReplicaDamperTest, NoKnowledgeNeitherStopsTheTimeNorEndsIt) {
  (void)seen(kHealthy);
  (void)seen(kLagging);
  now_ += 5s;
  EXPECT_EQ(seen(kUnknown), kUnknown);
  EXPECT_EQ(seen(kLagging), kLagging);
}

TEST_F(ReplicaDamperTest, AfterASwitchNothingIsHeldAgainstAnybody) {
  (void)seen(kDown);
  EXPECT_EQ(seen(kHealthy, 5, 8), kHealthy) << "another epoch";
  (void)seen(kDown, 5, 8);
  EXPECT_EQ(seen(kHealthy, 7, 8), kHealthy) << "another master";
}

TEST_F(ReplicaDamperTest, OneThatIsListedNoMoreIsForgotten) {
  (void)seen(kDown);
  listed_no_more();
  EXPECT_EQ(seen(kHealthy), kHealthy);
}

TEST_F(ReplicaDamperTest, WithoutAgreementNothingIsLearnt) {
  (void)seen(kDown);
  sentinel::Consensus conflict;
  conflict.kind = sentinel::Consensus::Kind::conflict;
  damper_.damp(conflict, now_);
  EXPECT_EQ(seen(kHealthy), kUnknown);
}

TEST_F(ReplicaDamperTest, WithoutAHoldEverythingCountsAtOnce) {
  damper_ = ReplicaDamper(0s);
  for (const auto state : {kHealthy, kLagging, kHealthy, kDown, kHealthy, kUnknown, kLagging}) {
    EXPECT_EQ(seen(state), state);
  }
}

}  // namespace
}  // namespace rediscovery::updater
