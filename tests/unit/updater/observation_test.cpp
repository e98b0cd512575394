// The plans between a promotion that was observed and its announcement.
#include "updater/observation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "situation.hpp"
#include "updater/plan_text.hpp"

namespace rediscovery::updater {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::redis;
using testing::Situation;
using ::testing::UnorderedElementsAre;

void expect_nothing(const Plan& plan, Verdict verdict, Cause cause) {
  EXPECT_EQ(plan.verdict, verdict) << plan;
  EXPECT_EQ(plan.cause, cause) << plan;
}

// As it is at the promotion: the leader is heard early, Consul has the old master.
Situation at_the_promotion() {
  auto situation = Situation::settled();
  situation.consensus.replicas.clear();
  situation.with_replica(7, sentinel::ReplicaState::unknown).sentinels_say(6, 8, 1);
  situation.consensus.asked = 1;
  situation.observed_leader = Situation::leader();
  return situation;
}

TEST(ObservedPlan, MovesTheNameAndDropsTheOldMaster) {
  const auto situation = at_the_promotion();
  const auto plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change);
  EXPECT_THAT(situation.changes(),
              UnorderedElementsAre("+ master 6", "- master 5", "- slave 6", "~ slave 7"));
  EXPECT_EQ(plan.after.epoch, 8U);
  EXPECT_EQ(plan.after.observed, (Observed{Situation::leader(), 7}));
  EXPECT_THAT(plan.explanation, HasSubstr("promoted by Sentinel 10.0.1.1:26379"));
}

TEST(ObservedPlan, IsNeverTheFirstWrite) {
  auto situation = at_the_promotion();
  situation.consul = {};
  expect_nothing(situation.plan(), Verdict::refused, Cause::below_quorum);
}

TEST(ObservedPlan, ALowerEpochNeverWins) {
  auto situation = at_the_promotion();
  situation.consul.fence->epoch = 9;
  expect_nothing(situation.plan(), Verdict::superseded, Cause::stale_epoch);
}

// Two Sentinels on two sides of a partition, each told to fail over by hand.
TEST(ObservedPlan, TheSameEpochForAnotherMasterIsAConflict) {
  auto situation = Situation::observed();
  situation.consensus.replicas.clear();
  situation.sentinels_say(7, 8, 1);
  situation.observed_leader = redis(99);
  expect_nothing(situation.plan(), Verdict::conflict, Cause::epoch_conflict);
}

TEST(ObservedPlan, ASecondObserverFindsNothingToDo) {
  auto situation = Situation::observed();
  situation.consensus.replicas.clear();
  situation.with_replica(7, sentinel::ReplicaState::unknown).sentinels_say(6, 8, 1);
  situation.observed_leader = Situation::leader();
  expect_nothing(situation.plan(), Verdict::up_to_date, Cause::none);
}

TEST(ObservedPlan, AnObserverThatComesAfterTheEndHasToLeaveAgain) {
  auto situation = at_the_promotion();
  situation.consul.fence->given_up_epoch = 8;
  expect_nothing(situation.plan(), Verdict::superseded, Cause::stale_epoch);
  // What Sentinel itself announces is another matter.
  situation.observed_leader.reset();
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  EXPECT_EQ(situation.plan().after.given_up_epoch, 0U);
}

// ---- until the announcement ------------------------------------------------------------------------------

TEST(Unannounced, TheOldMasterDoesNotComeBackWhileTheLeaderFailsOver) {
  const auto plan = Situation::observed().plan();
  expect_nothing(plan, Verdict::superseded, Cause::unannounced);
  EXPECT_TRUE(plan.unsettled) << "it is looked at again soon";
  EXPECT_THAT(plan.explanation, HasSubstr("led by Sentinel 10.0.1.1:26379"));
}

TEST(Unannounced, TheAnnouncementCostsNoWrite) {
  auto situation = Situation::observed();
  situation.consensus.replicas.clear();
  situation.with_replica(7, sentinel::ReplicaState::unknown).sentinels_say(6, 8, 1);
  expect_nothing(situation.plan(), Verdict::up_to_date, Cause::none);
  EXPECT_THAT(situation.changes(), IsEmpty());
}

TEST(Unannounced, TheNextWriteAfterTheAnnouncementForgetsTheObservation) {
  auto situation = Situation::observed();
  situation.consensus.replicas.clear();
  situation.with_replica(5).with_replica(7).sentinels_say(6, 8);
  const auto plan = situation.plan();
  EXPECT_THAT(situation.changes(), UnorderedElementsAre("+ slave 5"));
  EXPECT_EQ(plan.after.observed, std::nullopt);
}

TEST(Unannounced, ALaterFailoverWinsAsEver) {
  auto situation = Situation::observed();
  situation.sentinels_say(7, 9, 1);
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  EXPECT_EQ(situation.plan().after.address, redis(7));
}

TEST(Unannounced, SentinelsThatAreBehindEvenThatAreJustLate) {
  auto situation = Situation::observed();
  situation.consensus.failing_over.clear();
  situation.consensus.at_rest = {Situation::leader()};
  situation.sentinels_say(5, 6);
  expect_nothing(situation.plan(), Verdict::superseded, Cause::stale_epoch);
}

// ---- given up --------------------------------------------------------------------------------------------

Situation given_up() {
  auto situation = Situation::observed();
  situation.consensus.failing_over.clear();
  situation.consensus.at_rest = {redis(98), Situation::leader()};
  return situation;
}

TEST(GivenUp, WithTheLeaderAtRestWhatTheSentinelsSayCountsAgain) {
  const auto situation = given_up();
  const auto plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change) << plan;
  EXPECT_THAT(situation.changes(),
              UnorderedElementsAre("+ master 5", "- master 6", "+ slave 6", "~ slave 7"));
  EXPECT_EQ(plan.after, (Fence{7, redis(5), 4, {}, "me:2", "now", std::nullopt, 8}));
}

// The promoted one became the master after all, in another failover at an epoch in between.
TEST(GivenUp, TheSameMasterAtALowerEpochCountsAgainAsWell) {
  auto situation = given_up();
  situation.consul.fence->epoch = 9;
  situation.consensus.replicas.clear();
  situation.with_replica(7).sentinels_say(6, 8);
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  EXPECT_EQ(situation.plan().after.epoch, 8U);
}

TEST(GivenUp, AReadingThatBeganBeforeThePromotionWasRegisteredIsNoProof) {
  auto situation = given_up();
  situation.index_before_asking = 0;
  expect_nothing(situation.plan(), Verdict::superseded, Cause::given_up);
  situation.index_before_asking = situation.consul.fence_index - 1;
  expect_nothing(situation.plan(), Verdict::superseded, Cause::given_up);
}

TEST(GivenUp, AMajorityAndTheQuorumAreNeeded) {
  auto situation = given_up();
  situation.consensus.supporters = 1;
  expect_nothing(situation.plan(), Verdict::superseded, Cause::unannounced);
  situation.consensus.supporters = 2;
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  situation.consensus.quorum = 3;
  expect_nothing(situation.plan(), Verdict::superseded, Cause::unannounced);
}

TEST(GivenUp, OtherSentinelsAtRestProveNothing) {
  auto situation = given_up();
  situation.consensus.at_rest = {redis(97), redis(98)};
  expect_nothing(situation.plan(), Verdict::superseded, Cause::unannounced);
}

TEST(GivenUp, WithTheLeaderAwayThePromotedNodesOwnWordCounts) {
  auto situation = given_up();
  situation.consensus.at_rest = {redis(97), redis(98)};
  situation.observed_is_replica = true;
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  situation.consensus.failing_over = {Situation::leader()};
  expect_nothing(situation.plan(), Verdict::superseded, Cause::unannounced);
}

TEST(GivenUp, TheEpochStaysRememberedUntilItIsPassed) {
  auto situation = Situation::settled();
  situation.consul.fence->given_up_epoch = 8;
  situation.consensus.replicas.pop_back();
  EXPECT_EQ(situation.plan().after.given_up_epoch, 8U);
  situation.sentinels_say(5, 8);
  EXPECT_EQ(situation.plan().after.given_up_epoch, 0U);
}

TEST(GivenUp, APromotionObservedOnTopOfOneGivenUpLeadsBackToTheSameEpoch) {
  auto situation = Situation::observed();
  situation.sentinels_say(7, 9, 1);
  situation.observed_leader = Situation::leader();
  EXPECT_EQ(situation.plan().after.observed, (Observed{Situation::leader(), 7}));
}

// Otherwise no promotion would be observed until the new epochs are as high as the old ones were.
TEST(GivenUp, IsForgottenWhenTheSentinelsAreSetUpAnew) {
  auto situation = Situation::settled();
  situation.consul.fence->given_up_epoch = 8;
  situation.sentinels_say(5, 0);
  situation.accept_epoch_reset = true;
  EXPECT_EQ(situation.plan().after.given_up_epoch, 0U);
  situation = Situation::observed();
  situation.sentinels_say(5, 0);
  situation.accept_epoch_reset = true;
  EXPECT_EQ(situation.plan().after.given_up_epoch, 0U);
}

}  // namespace
}  // namespace rediscovery::updater
