#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "situation.hpp"
#include "updater/plan.hpp"

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Situation;

// The settled cluster, with a process known at each place, in Consul and to the Sentinels.
Situation with_run_ids() {
  auto situation = Situation::settled();
  for (auto& entry : situation.consul.entries) entry.meta["run_id"] = "of-" + entry.address;
  situation.consensus.run_id = "of-10.0.0.5";
  for (auto& replica : situation.consensus.replicas) replica.run_id = "of-" + replica.endpoint.address;
  return situation;
}

TEST(PlanLabels, ChangedTagsWeightsAndMetaAreRefreshed) {
  auto situation = Situation::settled();
  situation.master.labels.replica.tags.push_back("more");
  EXPECT_THAT(situation.changes(), ElementsAre("~ slave 6", "~ slave 7"));
  situation = Situation::settled();
  situation.master.labels.master.weights.passing = 10;
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5"));
  situation = Situation::settled();
  situation.master.labels.master.meta["team"] = "web";
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5"));
}

TEST(PlanLabels, AKnownRunIdIsWrittenAndOneThatIsRegisteredIsNothingToDo) {
  EXPECT_THAT(with_run_ids().changes(), IsEmpty());
  auto situation = Situation::settled();
  situation.consensus.run_id = "new";
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5"));
  EXPECT_EQ(situation.plan().steps[0].registration.run_id, "new");
}

TEST(PlanLabels, AnotherProcessAtTheSamePlaceIsARefresh) {
  auto situation = with_run_ids();
  situation.consensus.replicas[0].run_id = "restarted";
  EXPECT_THAT(situation.changes(), ElementsAre("~ slave 6"));
}

TEST(PlanLabels, NotKnowingARunIdIsNoReasonToWrite) {
  auto situation = with_run_ids();
  situation.consensus.run_id.clear();
  for (auto& replica : situation.consensus.replicas) replica.run_id.clear();
  EXPECT_THAT(situation.changes(), IsEmpty());
}

// Sentinel's table is new after a switch, and the process is the same one: without this every switch would be
// written a second time when Sentinel knows it again.
TEST(PlanLabels, APromotedReplicaKeepsTheRunIdThatItHadAsAReplica) {
  auto situation = with_run_ids();
  situation.sentinels_say(6, 8).consensus.run_id.clear();
  const auto plan = situation.plan();
  EXPECT_EQ(plan.steps[0].registration.id, "master:mymaster:10.0.0.6:6379");
  EXPECT_EQ(plan.steps[0].registration.run_id, "of-10.0.0.6");
}

TEST(PlanLabels, AStrangersRunIdIsNotTakenOver) {
  auto situation = Situation::settled();
  situation.sentinels_say(9, 8).consul_has_foreign("slave", 9);
  situation.consul.entries.back().meta["run_id"] = "theirs";
  EXPECT_EQ(situation.plan().steps[0].registration.run_id, "");
}

}  // namespace
}  // namespace rediscovery::updater
