#include "updater/heartbeat_keeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "simulated_world.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::redis;
using testing::SimulatedWorld;
using testing::Situation;

class HeartbeatKeeperTest : public ::testing::Test {
 protected:
  HeartbeatKeeperTest() {
    config_.masters = {{"mymaster", {}}};
    const auto settled = Situation::settled();
    world_.fence = settled.consul.fence;
    world_.entries = settled.consul.entries;
    core::NodeReport report;
    report.role = core::Role::master;
    world_.nodes[redis(5)] = report;
    report.role = core::Role::replica;
    world_.nodes[redis(6)] = report;
    world_.nodes[redis(7)] = report;
  }
  static Report confirmed() {
    Report report;
    report.consensus = Situation().consensus;
    report.plan.verdict = Verdict::up_to_date;
    return report;
  }
  static Report blind() { return {}; }
  void after(const Report& report) { after(keeper_, report); }
  void after(HeartbeatKeeper& keeper, const Report& report) {
    keeper.after(world_, config_.masters[0], report, world_.now() + seconds(5), rng_);
  }
  // Blind for so long, asked every second.
  void stay_blind(int span) {
    for (int i = 0; i < span; ++i) {
      after(blind());
      (void)world_.pause(seconds(1));
    }
    after(blind());
  }
  [[nodiscard]] std::vector<std::string> critical() const {
    std::vector<std::string> ids;
    for (const auto& entry : world_.entries) {
      if (entry.checks.at("role:" + entry.id) == "critical") ids.push_back(entry.id);
    }
    return ids;
  }

  Config config_;
  SimulatedWorld world_;
  std::ostringstream text_;
  Log log_{text_};
  core::Rng rng_{1};
  HeartbeatKeeper keeper_{config_, log_, "me:2"};
};

TEST_F(HeartbeatKeeperTest, AConfirmedStateIsBeatenForOnceAnIntervalWhoeverOfSeveralDoes) {
  HeartbeatKeeper other(config_, log_, "other:3");
  for (int second = 0; second < 600; ++second) {
    after(confirmed());
    after(other, confirmed());
    (void)world_.pause(seconds(1));
  }
  EXPECT_GE(world_.heartbeat, 60U);
  EXPECT_LE(world_.heartbeat, 120U);
  EXPECT_TRUE(critical().empty());
}

TEST_F(HeartbeatKeeperTest, WhatNobodyConfirmsAnyMoreBecomesCriticalUnlessTheRedisDoes) {
  world_.heartbeat = 50;
  world_.nodes.erase(redis(6));
  world_.nodes[redis(5)].role = core::Role::replica;
  stay_blind(58);
  EXPECT_TRUE(critical().empty());
  stay_blind(8);
  EXPECT_THAT(critical(), ::testing::UnorderedElementsAre("master:mymaster:10.0.0.5:6379",
                                                          "slave:mymaster:10.0.0.6:6379"));
  EXPECT_THAT(text_.str(), HasSubstr("audit: master=mymaster who=me:2 trigger=\"no heartbeat for 6"));
  EXPECT_THAT(text_.str(), HasSubstr("critical master 10.0.0.5:6379, critical slave 10.0.0.6:6379]"));
  const int writes = world_.writes;
  stay_blind(100);
  EXPECT_EQ(world_.writes, writes) << "what is critical already is left alone";
}

TEST_F(HeartbeatKeeperTest, NothingIsJudgedWithoutAHeartbeatAtAll) {
  world_.nodes.clear();
  stay_blind(600);
  EXPECT_TRUE(critical().empty());
  EXPECT_EQ(world_.writes, 0);
}

TEST_F(HeartbeatKeeperTest, WhoIsToldToStopWhileItAsksJudgesNobody) {
  world_.heartbeat = 50;
  world_.before_ask_redis = [this] { world_.stopped = true; };
  stay_blind(70);
  EXPECT_FALSE(world_.asked.empty());
  EXPECT_EQ(world_.writes, 0);
  EXPECT_TRUE(critical().empty());
}

TEST_F(HeartbeatKeeperTest, WhoBeatsWhileTheJudgementIsBeingWrittenWins) {
  world_.heartbeat = 50;
  world_.nodes.clear();
  world_.before_write = [this] { ++world_.heartbeat; };
  stay_blind(70);
  EXPECT_EQ(world_.writes, 1);
  EXPECT_TRUE(critical().empty());
}

TEST_F(HeartbeatKeeperTest, ASwitchWhileTheJudgementIsBeingWrittenWins) {
  world_.heartbeat = 50;
  world_.nodes.clear();
  world_.before_write = [this] { ++world_.index; };
  stay_blind(60);
  EXPECT_EQ(world_.writes, 1);
  EXPECT_TRUE(critical().empty());
}

TEST_F(HeartbeatKeeperTest, WhoHasNoTimeToAnswerIsNotJudged) {
  world_.heartbeat = 50;
  world_.nodes.clear();
  stay_blind(59);
  for (int i = 0; i < 10; ++i) {
    (void)world_.pause(seconds(6));
    keeper_.after(world_, config_.masters[0], blind(), world_.now() + std::chrono::milliseconds(500), rng_);
  }
  EXPECT_TRUE(critical().empty());
}

TEST_F(HeartbeatKeeperTest, APatienceWithRedisBeyondTheTimeForALookStillJudges) {
  config_.redis.timeout = seconds(10);
  world_.heartbeat = 50;
  world_.nodes.erase(redis(5));
  stay_blind(70);
  EXPECT_THAT(critical(), ::testing::ElementsAre("master:mymaster:10.0.0.5:6379"));
}

TEST_F(HeartbeatKeeperTest, OffItReadsAndWritesNothing) {
  config_.heartbeat.interval = std::chrono::milliseconds(0);
  world_.heartbeat = 50;
  world_.nodes.clear();
  stay_blind(100);
  after(confirmed());
  EXPECT_EQ(world_.key_reads, 0);
  EXPECT_EQ(world_.writes, 0);
  EXPECT_EQ(keeper_.next_deadline("mymaster"), std::nullopt);
}

TEST_F(HeartbeatKeeperTest, AMissingPermissionIsLoggedOnce) {
  world_.unreadable_keys = consul::Error{consul::ErrorKind::permission_denied, "no key:read"};
  for (int i = 0; i < 3; ++i) after(confirmed());
  EXPECT_EQ(world_.key_reads, 3);
  EXPECT_THAT(text_.str(), HasSubstr("mymaster: heartbeat: permission_denied: no key:read"));
  EXPECT_EQ(text_.str().find("heartbeat"), text_.str().rfind("heartbeat"));
}

}  // namespace
}  // namespace rediscovery::updater
