#include "updater/stale_entries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "situation.hpp"

namespace rediscovery::updater {
namespace {

using testing::redis;
using testing::Situation;

core::NodeReport saying(core::Role role) {
  core::NodeReport report;
  report.role = role;
  return report;
}

std::vector<StaleEntry> shown(const Situation& situation) {
  return shown_entries(situation.consul, "mymaster", "redis-");
}

TEST(StaleEntries, AreThisMastersOwnWhoseCheckPasses) {
  auto situation = Situation::settled();
  situation.consul_has_foreign("master", 9);
  ASSERT_EQ(shown(situation).size(), 3U);
  EXPECT_EQ(shown(situation)[0], (StaleEntry{Role::master, redis(5), "redis-10-0-0-5",
                                             "master:mymaster:10.0.0.5:6379", "master"}));
  situation.consul.entries[0].checks["role:master:mymaster:10.0.0.5:6379"] = "critical";
  EXPECT_EQ(shown(situation).size(), 2U) << "it is critical already";
  EXPECT_TRUE(shown_entries(situation.consul, "other", "redis-").empty());
}

TEST(StaleEntries, TheRedisIsAskedWhereSentinelKnowsItWhateverAddressClientsGet) {
  auto situation = Situation::settled();
  situation.consul.entries[0].address = "192.0.2.1";
  EXPECT_EQ(shown(situation)[0].endpoint, redis(5));
}

TEST(StaleEntries, TheMasterComesFirst) {
  Situation situation;
  situation.consul_has(Role::replica, 6).consul_has(Role::master, 5);
  EXPECT_EQ(shown(situation)[0].role, Role::master);
}

TEST(StaleEntries, OnlyTheRegisteredRoleConfirms) {
  const StaleEntry master{Role::master, redis(5), "", "", ""};
  const StaleEntry replica{Role::replica, redis(6), "", "", ""};
  EXPECT_TRUE(confirms(master, saying(core::Role::master)));
  EXPECT_FALSE(confirms(master, saying(core::Role::replica)));
  EXPECT_FALSE(confirms(master, std::nullopt));
  EXPECT_TRUE(confirms(replica, saying(core::Role::replica)));
  EXPECT_FALSE(confirms(replica, saying(core::Role::master)));
}

TEST(StaleEntries, AMasterThatStandsInForReplicasIsConfirmedAsAMaster) {
  auto situation = Situation();
  situation.consul_has(Role::replica, 5).consul_has(Role::master, 5).consul_has(Role::replica, 6);
  const auto entries = shown(situation);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_FALSE(entries[0].stand_in);
  EXPECT_TRUE(entries[1].stand_in);
  EXPECT_FALSE(entries[2].stand_in);
  EXPECT_TRUE(confirms(entries[1], saying(core::Role::master)));
  EXPECT_FALSE(confirms(entries[1], saying(core::Role::replica)));
}

TEST(StaleEntries, TheDenialComparesTheKeysAndSaysWhatToDo) {
  const auto entries = shown(Situation::settled());
  const auto operations = denial({entries[0]}, {{"heartbeat", 3}, {"fence", 4}}, std::chrono::seconds(61));
  ASSERT_EQ(operations.size(), 3U);
  EXPECT_EQ(std::get<consul::KvCheckIndex>(operations[0]), (consul::KvCheckIndex{"heartbeat", 3}));
  EXPECT_EQ(std::get<consul::KvCheckIndex>(operations[1]), (consul::KvCheckIndex{"fence", 4}));
  const auto& check = std::get<consul::SetCheck>(operations[2]);
  EXPECT_EQ(check.check_id, "role:master:mymaster:10.0.0.5:6379");
  EXPECT_EQ(check.service_id, "master:mymaster:10.0.0.5:6379");
  EXPECT_EQ(check.status, "critical");
  EXPECT_THAT(check.output, ::testing::HasSubstr("61 s"));
  EXPECT_THAT(check.output, ::testing::HasSubstr("rediscovery-updater run"));
}

TEST(StaleEntries, NoMoreThanOneTransactionTakes) {
  const std::vector<StaleEntry> many(100, shown(Situation::settled())[0]);
  EXPECT_EQ(denial(many, {{"heartbeat", 3}, {"fence", 4}}, {}).size(), consul::kMostOperations);
}

}  // namespace
}  // namespace rediscovery::updater
