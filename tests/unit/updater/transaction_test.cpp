#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "situation.hpp"
#include "updater/plan.hpp"

namespace rediscovery::updater {
namespace {

using testing::Situation;

std::vector<std::string> kinds(const std::vector<consul::Operation>& operations) {
  std::vector<std::string> names;
  for (const auto& operation : operations) {
    constexpr const char* kNames[] = {"fence", "node", "set", "delete", "check"};
    names.emplace_back(kNames[operation.index()]);
  }
  return names;
}

TEST(Transaction, TheFenceIsFirstThenNodesRemovalsServicesChecks) {
  auto situation = Situation();
  situation.consul_has_fence(5, 7).consul_has(Role::master, 5).consul_has(Role::replica, 6);
  situation.sentinels_say(6, 8).with_replica(7).with_replica(8);
  const auto operations = transaction(situation.plan(), "redis-roles/mymaster");
  EXPECT_THAT(kinds(operations), ::testing::ElementsAre("fence", "node", "node", "delete", "delete", "set",
                                                        "set", "set", "check", "check", "check"));
  const auto& fence = std::get<consul::KvCas>(operations[0]);
  EXPECT_EQ(fence.key, "redis-roles/mymaster");
  EXPECT_EQ(fence.index, 1234U);
  EXPECT_EQ(parse_fence(fence.value), situation.plan().after);
}

TEST(Transaction, RemovalsCarryTheRightServiceName) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 8);
  std::vector<std::string> removals;
  for (const auto& operation : transaction(situation.plan(), "k")) {
    if (const auto* removal = std::get_if<consul::DeleteService>(&operation)) {
      removals.push_back(removal->id + " of " + removal->service + " on " + removal->node);
    }
  }
  EXPECT_THAT(removals,
              ::testing::UnorderedElementsAre("master:mymaster:10.0.0.5:6379 of master on redis-10-0-0-5",
                                              "slave:mymaster:10.0.0.6:6379 of slave on redis-10-0-0-6"));
}

TEST(Transaction, TwoRedisOnOneHostShareANode) {
  auto situation = Situation();
  situation.consensus.replicas = {{{"10.0.0.5", 6380, {}}, sentinel::ReplicaState::healthy}};
  EXPECT_THAT(kinds(transaction(situation.plan(), "k")),
              ::testing::ElementsAre("fence", "node", "set", "set", "check", "check"));
}

TEST(Transaction, TheNodeIsOnlyWrittenWhenItIsNew) {
  auto situation = Situation();
  situation.consul.nodes["redis-10-0-0-5"] = {"10.0.0.5", false};
  EXPECT_THAT(kinds(transaction(situation.plan(), "k")), ::testing::ElementsAre("fence", "set", "check"));
}

}  // namespace
}  // namespace rediscovery::updater
