#include "updater/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "situation.hpp"
#include "updater/plan_text.hpp"

namespace rediscovery::updater {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::redis;
using testing::Situation;
using ::testing::UnorderedElementsAre;

void expect_nothing(const Plan& plan, Verdict verdict, Cause cause) {
  EXPECT_EQ(plan.verdict, verdict) << plan;
  EXPECT_EQ(plan.cause, cause) << plan;
  for (const auto& step : plan.steps) EXPECT_EQ(step.kind, Step::Kind::keep) << plan;
  EXPECT_NE(plan.explanation, "");
}

// ---- the ordinary life -----------------------------------------------------------------------------------

TEST(Plan, UnchangedStateCostsNoWrite) {
  expect_nothing(Situation::settled().plan(), Verdict::up_to_date, Cause::none);
}

TEST(Plan, TheFirstRegistration) {
  auto situation = Situation().with_replica(6).with_replica(7);
  const auto plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change);
  EXPECT_EQ(plan.fence_index, 0U);
  EXPECT_EQ(plan.after, (Fence{7, redis(5), 1, {}, "me:2", "now"}));
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 5", "+ slave 6", "+ slave 7"));
}

TEST(Plan, ASwitchMovesBothRolesAtOnce) {
  auto situation = Situation::settled();
  situation.consensus.replicas.clear();
  situation.sentinels_say(6, 8, 1).with_replica(5, sentinel::ReplicaState::unknown).with_replica(7);
  const auto plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change);
  EXPECT_EQ(plan.after.epoch, 8U);
  EXPECT_EQ(plan.after.revision, 4U);
  EXPECT_EQ(plan.fence_index, 1234U);
  EXPECT_THAT(situation.changes(),
              UnorderedElementsAre("+ master 6", "- master 5", "- slave 6", "~ slave 7"));
}

TEST(Plan, ANewEpochAtTheSameAddressIsRecorded) {
  auto situation = Situation::settled();
  situation.sentinels_say(5, 9);
  const auto plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change);
  EXPECT_EQ(plan.after.epoch, 9U);
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5", "~ slave 6", "~ slave 7"));
}

TEST(Plan, RightEntriesWithoutAFenceGetOne) {
  auto situation = Situation::settled();
  situation.consul.fence.reset();
  situation.consul.fence_index = 0;
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  EXPECT_THAT(situation.changes(), IsEmpty());
}

TEST(Plan, SpoiledEntriesAreWrittenAnew) {
  auto situation = Situation::settled();
  situation.consul.entries[0].checks.begin()->second = "critical";
  situation.consul.entries[1].port = 1;
  situation.consul.entries[2].tags = {"other"};
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5", "~ slave 6", "~ slave 7"));
}

TEST(Plan, AMissingEntryIsAddedOnItsExistingNode) {
  auto situation = Situation::settled();
  situation.consul.entries.erase(situation.consul.entries.begin());
  const auto plan = situation.plan();
  ASSERT_EQ(plan.verdict, Verdict::change);
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 5"));
  EXPECT_FALSE(plan.steps[0].write_node);
}

// ---- the fence -------------------------------------------------------------------------------------------

TEST(PlanFence, ALowerEpochNeverWins) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 6);
  expect_nothing(situation.plan(), Verdict::superseded, Cause::stale_epoch);
}

TEST(PlanFence, ALowerEpochOfTheSameAddressIsSupersededToo) {
  auto situation = Situation::settled();
  situation.sentinels_say(5, 6);
  expect_nothing(situation.plan(), Verdict::superseded, Cause::stale_epoch);
}

TEST(PlanFence, TwoMastersAtOneEpochAreAConflictAndNothingFlaps) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 7);
  const auto plan = situation.plan();
  expect_nothing(plan, Verdict::conflict, Cause::epoch_conflict);
  EXPECT_THAT(plan.explanation, HasSubstr("SENTINEL FAILOVER mymaster"));
}

TEST(PlanFence, TheFirstWriteNeedsAQuorum) {
  expect_nothing(Situation().sentinels_say(5, 7, 1).plan(), Verdict::refused, Cause::below_quorum);
  EXPECT_EQ(Situation().sentinels_say(5, 7, 2).plan().verdict, Verdict::change);
}

TEST(PlanFence, AfterThatOneSentinelWithAHigherEpochIsEnough) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 8, 1);
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
}

TEST(PlanFence, ARecordThatIsNotOursIsNotOverwritten) {
  auto situation = Situation();
  situation.consul.fence_unreadable = true;
  situation.consul.fence_index = 5;
  expect_nothing(situation.plan(), Verdict::refused, Cause::foreign_fence);
}

TEST(PlanFence, AnEpochResetIsOfferedAndNeedsTheOption) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 1, 3);
  auto plan = situation.plan();
  expect_nothing(plan, Verdict::superseded, Cause::stale_epoch);
  EXPECT_THAT(plan.warnings, Contains(HasSubstr("--accept-epoch-reset")));

  situation.accept_epoch_reset = true;
  plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change);
  EXPECT_EQ(plan.after.epoch, 1U);
  EXPECT_EQ(plan.after.address, redis(6));
  EXPECT_EQ(plan.after.revision, 4U);
}

TEST(PlanFence, AnEpochResetNeedsAMajorityAndTheQuorum) {
  auto situation = Situation::settled();
  situation.accept_epoch_reset = true;
  situation.sentinels_say(6, 1, 1);
  expect_nothing(situation.plan(), Verdict::refused, Cause::below_quorum);
  situation.sentinels_say(6, 1, 2);
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
  situation.consensus.asked = 5;
  expect_nothing(situation.plan(), Verdict::refused, Cause::below_quorum);
  situation.consensus.asked = 3;
  situation.consensus.quorum = 3;
  expect_nothing(situation.plan(), Verdict::refused, Cause::below_quorum);
}

TEST(PlanFence, TheOptionDoesNotOverruleAConflict) {
  auto situation = Situation::settled();
  situation.accept_epoch_reset = true;
  situation.sentinels_say(6, 7);
  expect_nothing(situation.plan(), Verdict::conflict, Cause::epoch_conflict);
}

// ---- Sentinels that do not agree -------------------------------------------------------------------------

TEST(PlanSentinels, WithoutAgreementNothingIsChanged) {
  using Kind = sentinel::Consensus::Kind;
  auto situation = Situation::settled();
  situation.consensus.problem = "why";
  situation.consensus.kind = Kind::unreadable;
  expect_nothing(situation.plan(), Verdict::refused, Cause::unreadable);
  situation.consensus.kind = Kind::unknown_master;
  expect_nothing(situation.plan(), Verdict::refused, Cause::unknown_master);
  situation.consensus.kind = Kind::conflict;
  expect_nothing(situation.plan(), Verdict::conflict, Cause::sentinel_conflict);
}

TEST(PlanSentinels, AbsentOnesAreMentioned) {
  auto situation = Situation::settled();
  situation.consensus.absent = {"Sentinel 10.0.1.3:26379: unreachable"};
  EXPECT_THAT(situation.plan().warnings, ElementsAre("Sentinel 10.0.1.3:26379: unreachable"));
}

// ---- other people's things -------------------------------------------------------------------------------

TEST(PlanOwnership, OnlyOwnedEntriesAreRemoved) {
  auto situation = Situation::settled();
  situation.consul_has_foreign("master", 9).consul_has_foreign("slave", 9);
  const auto plan = situation.plan();
  expect_nothing(plan, Verdict::up_to_date, Cause::none);
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("theirs on node web-1")));
}

TEST(PlanOwnership, AnotherMastersEntriesAreNotOurs) {
  auto situation = Situation::settled();
  auto other = situation.consul.entries[1];
  other.id = "slave:other:10.0.0.9:6379";
  other.meta["master_name"] = "other";
  situation.consul.entries.push_back(other);
  EXPECT_EQ(situation.plan().verdict, Verdict::up_to_date);
}

TEST(PlanOwnership, TheFirstWriteRefusesAForeignMasterElsewhere) {
  expect_nothing(Situation().consul_has_foreign("master", 9).plan(), Verdict::refused, Cause::foreign_master);
  EXPECT_EQ(Situation().consul_has_foreign("master", 5).plan().verdict, Verdict::change);
  EXPECT_EQ(Situation().consul_has_foreign("slave", 9).plan().verdict, Verdict::change);
}

TEST(PlanOwnership, ASwitchIsNotHeldUpByAForeignMaster) {
  auto situation = Situation::settled();
  situation.consul_has_foreign("master", 9).sentinels_say(6, 8);
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
}

TEST(PlanChecks, ACriticalCheckIsTurnedBackByAMajorityOnly) {
  auto situation = Situation::settled();
  situation.consul.entries[0].checks.begin()->second = "critical";
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5"));
  situation.consensus.supporters = 1;
  EXPECT_EQ(situation.plan().verdict, Verdict::up_to_date);
  situation.consul.entries[0].meta["config_epoch"] = "6";
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5")) << "there is something else to repair";
}

TEST(PlanNodes, ANodeWithAnAgentIsRefused) {
  auto situation = Situation();
  situation.consul.nodes["redis-10-0-0-5"] = {"10.0.0.5", true};
  expect_nothing(situation.plan(), Verdict::refused, Cause::agent_node);
}

TEST(PlanNodes, ANodeOfAnotherAddressIsRefused) {
  auto situation = Situation();
  situation.consul.nodes["redis-10-0-0-5"] = {"10.0.0.99", false};
  expect_nothing(situation.plan(), Verdict::refused, Cause::node_address);
}

TEST(PlanNodes, AReplicaWithoutAPlaceDoesNotHoldUpTheMaster) {
  auto situation = Situation().with_replica(6).with_replica(7);
  situation.consul.nodes["redis-10-0-0-6"] = {"10.0.0.6", true};
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 5", "+ slave 7"));
  EXPECT_THAT(situation.plan().left_out, ElementsAre(HasSubstr("redis-10-0-0-6")));
}

// ---- names -----------------------------------------------------------------------------------------------

// Newer Consul refuses to move an ID to another name within one transaction.
TEST(PlanNames, AfterARenamingTheOldNamesGoFirstAndTheNewOnesFollow) {
  auto situation = Situation::settled();
  situation.master.services = {"cache-master", "cache-slave"};
  const auto plan = situation.plan();
  EXPECT_EQ(plan.verdict, Verdict::change);
  EXPECT_THAT(situation.changes(), ElementsAre("- master 5", "- slave 6", "- slave 7"));
  EXPECT_EQ(plan.deferred, 3U);
  EXPECT_EQ(plan.after.services, situation.master.services);

  situation.consul.entries.clear();
  situation.consul.fence = plan.after;
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 5", "+ slave 6", "+ slave 7"));
}

// ---- causes ----------------------------------------------------------------------------------------------

TEST(PlanCause, OnlyWhatTimeCanRemoveIsTransient) {
  EXPECT_TRUE(is_transient(Cause::unreadable));
  EXPECT_TRUE(is_transient(Cause::below_quorum));
  for (const auto cause :
       {Cause::none, Cause::unknown_master, Cause::stale_epoch, Cause::unannounced, Cause::given_up,
        Cause::epoch_conflict, Cause::sentinel_conflict, Cause::foreign_fence, Cause::foreign_master,
        Cause::agent_node, Cause::node_address}) {
    EXPECT_FALSE(is_transient(cause)) << cause;
  }
}

}  // namespace
}  // namespace rediscovery::updater
