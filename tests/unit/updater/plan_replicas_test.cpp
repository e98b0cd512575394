#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "situation.hpp"
#include "updater/plan.hpp"

namespace rediscovery::updater {
namespace {

using sentinel::ReplicaState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::redis;
using testing::Situation;
using ::testing::UnorderedElementsAre;

// One more replica than the settled ones, with a state, known to Consul or not.
std::vector<std::string> eight(ReplicaState state, bool registered) {
  auto situation = Situation::settled();
  situation.with_replica(8, state);
  if (registered) situation.consul_has(Role::replica, 8);
  return situation.changes();
}

TEST(PlanReplicas, EachStateWithAndWithoutARegistration) {
  EXPECT_THAT(eight(ReplicaState::healthy, false), ElementsAre("+ slave 8"));
  EXPECT_THAT(eight(ReplicaState::healthy, true), IsEmpty());
  EXPECT_THAT(eight(ReplicaState::unknown, false), IsEmpty());
  EXPECT_THAT(eight(ReplicaState::unknown, true), IsEmpty());
  EXPECT_THAT(eight(ReplicaState::lagging, false), IsEmpty());
  EXPECT_THAT(eight(ReplicaState::lagging, true), ElementsAre("- slave 8"));
  EXPECT_THAT(eight(ReplicaState::down, false), IsEmpty());
  EXPECT_THAT(eight(ReplicaState::down, true), ElementsAre("- slave 8"));
}

TEST(PlanReplicas, OneThatSentinelNoLongerListsIsRemoved) {
  auto situation = Situation::settled();
  situation.consensus.replicas.pop_back();
  EXPECT_THAT(situation.changes(), ElementsAre("- slave 7"));
}

// Right after a switch: the table is new, nobody's state is known, and the dead old master is in it.
TEST(PlanReplicas, RightAfterASwitchRegisteredReplicasStayAndTheOldMasterIsNoReplica) {
  auto situation = Situation::settled();
  situation.consensus.replicas.clear();
  situation.sentinels_say(6, 8);
  situation.with_replica(5, ReplicaState::unknown).with_replica(7, ReplicaState::unknown);
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 6", "- master 5", "- slave 6", "~ slave 7"));
  EXPECT_TRUE(situation.plan().unsettled);
}

TEST(PlanReplicas, TheOldMasterComesBackAsAReplicaOnceItIsHealthy) {
  auto situation = Situation();
  situation.sentinels_say(6, 8).with_replica(5).with_replica(7);
  situation.consul_has_fence(6, 8).consul_has(Role::master, 6, 8).consul_has(Role::replica, 7, 8);
  EXPECT_THAT(situation.changes(), ElementsAre("+ slave 5"));
}

TEST(PlanReplicas, TheLastReplicasMayLag) {
  auto situation = Situation();
  situation.with_replica(6, ReplicaState::lagging).with_replica(7, ReplicaState::lagging);
  situation.consul_has_fence(5, 7).consul_has(Role::master, 5);
  situation.consul_has(Role::replica, 6).consul_has(Role::replica, 7);
  EXPECT_THAT(situation.changes(), IsEmpty());
  EXPECT_TRUE(situation.plan().unsettled);
}

TEST(PlanReplicas, TheLastReplicaGoesWhenItIsDown) {
  auto situation = Situation();
  situation.with_replica(6, ReplicaState::down).with_replica(7, ReplicaState::lagging);
  situation.consul_has_fence(5, 7).consul_has(Role::master, 5).consul_has(Role::replica, 6);
  EXPECT_THAT(situation.changes(), ElementsAre("- slave 6"));
}

TEST(PlanReplicas, TheMasterIsNeverRegisteredAsItsOwnReplica) {
  auto situation = Situation::settled();
  situation.with_replica(5);
  EXPECT_THAT(situation.changes(), IsEmpty());
}

TEST(PlanReplicas, ASettledClusterIsNotLookedAtAgainSoon) {
  EXPECT_FALSE(Situation::settled().plan().unsettled);
  auto situation = Situation::settled();
  situation.with_replica(8, ReplicaState::down);
  EXPECT_FALSE(situation.plan().unsettled);
}

// Consul takes 64 operations at most: the switch itself must always fit.
TEST(PlanReplicas, WhatDoesNotFitIntoOneTransactionIsDeferredButNotTheMasters) {
  auto situation = Situation();
  for (int i = 10; i < 60; ++i) situation.with_replica(i);
  const auto plan = situation.plan();
  EXPECT_GT(plan.deferred, 0U);
  EXPECT_LE(transaction(plan, "k").size(), consul::kMostOperations);
  EXPECT_EQ(plan.steps[0].registration.role, Role::master);
  EXPECT_EQ(plan.steps.size() + plan.deferred, 51U);
}

TEST(PlanReplicas, WithManyReplicasASwitchStillRemovesTheOldMasterFirst) {
  auto situation = Situation();
  situation.consul_has_fence(5, 7).consul_has(Role::master, 5);
  for (int i = 10; i < 60; ++i) situation.with_replica(i).consul_has(Role::replica, i);
  situation.sentinels_say(59, 8);
  const auto changes = situation.changes();
  ASSERT_GE(changes.size(), 3U);
  EXPECT_EQ(changes[0], "+ master 59");
  EXPECT_EQ(changes[1], "- master 5");
  EXPECT_EQ(changes[2], "- slave 59");
}

// Sentinels that announce host names list 6, and one whose name cannot be resolved at the moment: 7.
class PlanUnresolved : public ::testing::Test {
 protected:
  PlanUnresolved() {
    std::erase_if(situation_.consensus.replicas, [](const auto& view) { return view.endpoint == redis(7); });
    situation_.consensus.unresolved = {"redis-7.internal"};
  }
  Situation situation_ = Situation::settled();
};

TEST_F(PlanUnresolved, AReplicaThatMayBeTheOneIsKept) {
  const auto plan = situation_.plan();
  EXPECT_EQ(plan.verdict, Verdict::up_to_date);
  EXPECT_TRUE(plan.unsettled) << "it is looked for again soon";
  EXPECT_THAT(plan.left_out, ElementsAre(HasSubstr("redis-7.internal cannot be resolved here")));
  situation_.consensus.unresolved.clear();
  EXPECT_THAT(situation_.changes(), ElementsAre("- slave 7")) << "the reason to keep it was the name";
}

TEST_F(PlanUnresolved, ASwitchIsMadeAllTheSame) {
  situation_.sentinels_say(6, 8);
  situation_.consensus.replicas = {{redis(5), sentinel::ReplicaState::down}};
  EXPECT_THAT(situation_.changes(), UnorderedElementsAre("+ master 6", "- master 5", "- slave 6"));
}

TEST_F(PlanUnresolved, OneThatIsListedIsWhatItIsSaidToBe) {
  situation_.consensus.replicas = {{redis(6), sentinel::ReplicaState::down}};
  EXPECT_THAT(situation_.changes(), ElementsAre("- slave 6"));
}

}  // namespace
}  // namespace rediscovery::updater
