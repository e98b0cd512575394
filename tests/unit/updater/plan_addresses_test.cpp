#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "situation.hpp"
#include "updater/plan_text.hpp"

namespace rediscovery::updater {
namespace {

using sentinel::ReplicaState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::redis;
using testing::Situation;

// 10.0.0.5 and 10.0.0.6 are reached at 203.0.113.5 and .6, the latter with another port; 10.0.0.7 at itself.
Situation behind_nat() {
  auto situation = Situation();
  EXPECT_EQ(situation.master.address_map.add("10.0.0.5", "203.0.113.5"), std::nullopt);
  EXPECT_EQ(situation.master.address_map.add("10.0.0.6:6379", "203.0.113.6:16379"), std::nullopt);
  return situation.with_replica(6).with_replica(7);
}

// Consul applies the plan's transaction.
void carry_out(Situation& situation) {
  const auto plan = situation.plan();
  situation.consul.fence = plan.after;
  situation.consul.fence_index = 1235;
  situation.consul.entries.clear();
  for (const auto& step : plan.steps) {
    if (step.kind == Step::Kind::remove) continue;
    const auto service = service_of(step.registration);
    const auto check = check_of(step.registration);
    const auto node = node_of(step.registration);
    situation.consul.nodes[node.node] = {node.address, false, is_own_node(node.meta)};
    situation.consul.entries.push_back({service.node,
                                        node.address,
                                        service.id,
                                        service.service,
                                        service.address,
                                        service.port,
                                        service.tags,
                                        service.meta,
                                        {{check.check_id, check.status}},
                                        service.weights,
                                        node.meta});
  }
}

TEST(PlanAddresses, OnlyWhatClientsReachIsMapped) {
  const auto plan = behind_nat().plan();
  const auto& master = plan.steps[0].registration;
  EXPECT_EQ(plan.after.address, redis(5)) << "the fence knows a Redis as Sentinel does";
  EXPECT_EQ(master.endpoint, redis(5));
  EXPECT_EQ(master.id, "master:mymaster:10.0.0.5:6379");
  EXPECT_EQ(master.node, "redis-10-0-0-5");
  EXPECT_EQ(service_of(master).address, "203.0.113.5");
  EXPECT_EQ(node_of(master).address, "203.0.113.5");
  const auto replica = service_of(plan.steps[1].registration);
  EXPECT_EQ(replica.address, "203.0.113.6");
  EXPECT_EQ(replica.port, 16379);
  EXPECT_EQ(service_of(plan.steps[2].registration).address, "10.0.0.7");
}

TEST(PlanAddresses, WhatWasWrittenIsNothingToDo) {
  auto situation = behind_nat();
  carry_out(situation);
  EXPECT_EQ(situation.plan().verdict, Verdict::up_to_date);
}

TEST(PlanAddresses, ASwitchRemovesTheOldRolesWhereverTheyWereReached) {
  auto situation = behind_nat();
  carry_out(situation);
  situation.consensus.replicas.clear();
  situation.sentinels_say(6, 8).with_replica(7);
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 6", "- master 5", "- slave 6", "~ slave 7"));
  const auto removed = situation.plan().steps[1].registration;
  EXPECT_EQ(removed.endpoint, redis(5)) << "known by its ID";
  EXPECT_EQ(removed.published, (core::Endpoint{"203.0.113.5", 6379, {}}));
}

TEST(PlanAddresses, ANewMapMovesServicesAndTheUpdatersOwnNodes) {
  auto situation = behind_nat();
  carry_out(situation);
  situation.master.address_map = {};
  EXPECT_EQ(situation.master.address_map.add("10.0.0.5", "198.51.100.5"), std::nullopt);
  EXPECT_THAT(situation.changes(), ElementsAre("~ master 5", "~ slave 6"));
  const auto plan = situation.plan();
  EXPECT_TRUE(plan.steps[0].write_node);
  EXPECT_EQ(node_of(plan.steps[0].registration).address, "198.51.100.5");
  carry_out(situation);
  EXPECT_EQ(situation.plan().verdict, Verdict::up_to_date);
}

TEST(PlanAddresses, SomebodyElsesNodeKeepsItsAddress) {
  auto situation = behind_nat();
  situation.consul.nodes["redis-10-0-0-5"] = {"10.0.0.5", false, false};
  EXPECT_EQ(situation.plan().cause, Cause::node_address);
  situation.consul.nodes["redis-10-0-0-5"].is_own = true;
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
}

TEST(PlanAddresses, AForeignEntryOfTheSameMasterIsTheOneThatClientsReach) {
  auto situation = behind_nat();
  situation.consul_has_foreign("master", 5);
  EXPECT_EQ(situation.plan().cause, Cause::foreign_master);
  situation.consul.entries.back().address = "203.0.113.5";
  EXPECT_EQ(situation.plan().verdict, Verdict::change);
}

// What the configuration cannot know: which addresses Sentinel is going to name.
TEST(PlanAddresses, TwoRedisAtOneEndpointAreRefusedButNotTheSwitch) {
  auto situation = Situation();
  EXPECT_EQ(situation.master.address_map.add("10.0.0.6", "203.0.113.1"), std::nullopt);
  EXPECT_EQ(situation.master.address_map.add("10.0.0.7", "203.0.113.1"), std::nullopt);
  EXPECT_EQ(situation.master.address_map.add("10.0.0.8", "10.0.0.5"), std::nullopt);
  situation.with_replica(6).with_replica(7).with_replica(8);
  const auto plan = situation.plan();
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 5", "+ slave 6"));
  EXPECT_THAT(plan.left_out,
              ElementsAre(HasSubstr("10.0.0.7:6379 at 203.0.113.1:6379, where 10.0.0.6:6379 is"),
                          HasSubstr("10.0.0.8:6379 at 10.0.0.5:6379, where 10.0.0.5:6379 is")));
  EXPECT_THAT(plan.left_out[0], HasSubstr("address_map"));
}

TEST(PlanAddresses, BothEndpointsAreShownWhereTheyDiffer) {
  const auto plan = behind_nat().plan();
  std::ostringstream out;
  out << plan;
  EXPECT_THAT(out.str(),
              HasSubstr("+ master 10.0.0.5:6379 as master on redis-10-0-0-5, reached at 203.0.113.5:6379\n"));
  EXPECT_THAT(out.str(), HasSubstr("+ slave 10.0.0.7:6379 as slave on redis-10-0-0-7\n"));
  const auto steps = to_json(plan)["steps"];
  EXPECT_EQ(steps[1]["address"], "10.0.0.6:6379");
  EXPECT_EQ(steps[1]["published"], "203.0.113.6:16379");
  EXPECT_FALSE(steps[2].contains("published"));
}

// Failure mode 13: the last replica is gone.
class PlanStandIn : public ::testing::Test {
 protected:
  PlanStandIn() { situation_.master.slave_fallback = true; }
  Situation situation_ = Situation::settled();
};

TEST_F(PlanStandIn, IsTheMasterOnceNoReplicaIsLeft) {
  EXPECT_THAT(situation_.changes(), IsEmpty());
  for (auto& replica : situation_.consensus.replicas) replica.state = ReplicaState::down;
  EXPECT_THAT(situation_.changes(), ElementsAre("+ slave 5", "- slave 6", "- slave 7"));
  std::ostringstream out;
  out << situation_.plan();
  EXPECT_THAT(out.str(),
              HasSubstr("+ slave 10.0.0.5:6379 as slave on redis-10-0-0-5, because no replica is left"));
  situation_.master.slave_fallback = false;
  EXPECT_THAT(situation_.changes(), ElementsAre("- slave 6", "- slave 7")) << "not by default";
}

TEST_F(PlanStandIn, LeavesWithTheFirstReplicaThatReturns) {
  for (auto& replica : situation_.consensus.replicas) replica.state = ReplicaState::down;
  carry_out(situation_);
  EXPECT_EQ(situation_.plan().verdict, Verdict::up_to_date);
  situation_.consensus.replicas[0].state = ReplicaState::healthy;
  EXPECT_THAT(situation_.changes(), ElementsAre("- slave 5", "+ slave 6"));
}

TEST_F(PlanStandIn, OutdatedReplicasAreReplicas) {
  for (auto& replica : situation_.consensus.replicas) replica.state = ReplicaState::lagging;
  EXPECT_THAT(situation_.changes(), IsEmpty());
}

TEST_F(PlanStandIn, AReplicaWithoutAPlaceIsNone) {
  situation_.consensus.replicas.pop_back();
  situation_.consul.entries.clear();
  situation_.consul.nodes["redis-10-0-0-6"] = {"10.0.0.6", true, false};
  EXPECT_THAT(situation_.changes(), ElementsAre("+ master 5", "+ slave 5"));
}

// The promoted one was the last replica: its registration under that name simply stays.
TEST_F(PlanStandIn, TheLastReplicaThatIsPromotedKeepsItsName) {
  auto situation = Situation();
  situation.master.slave_fallback = true;
  situation.consul_has_fence(5, 7).consul_has(Role::master, 5).consul_has(Role::replica, 6);
  situation.sentinels_say(6, 8).with_replica(5, ReplicaState::unknown);
  EXPECT_THAT(situation.changes(), ElementsAre("+ master 6", "~ slave 6", "- master 5"));
}

}  // namespace
}  // namespace rediscovery::updater
