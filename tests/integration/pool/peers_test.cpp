// A pool that knows the master's name alone has standbys at the replicas that the master lists. (With a name
// for them: standby_test.cpp.)
#include <gtest/gtest.h>

#include <thread>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

class Peers : public PairTest {
 protected:
  Options options() {
    Options options = PairTest::options();
    options.client_name = "asking";
    return options;
  }
  // A freshly linked replica is listed only after its first acknowledgement.
  void SetUp() override {
    PairTest::SetUp();
    wait_replicated();
  }
};

TEST_F(Peers, APromotionIsFollowedWhileTheOldMasterAnswersAndDnsNamesIt) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  wait_client(1, "asking");
  promote_as_sentinel(1);
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "w");
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

TEST_F(Peers, APromotionAfterTheMastersDeathIsFollowedWhileDnsNamesTheDead) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  wait_replicated();
  wait_client(1, "asking");
  node(0).kill();
  log_.wait(EventKind::suspect);
  promote_as_sentinel(1);
  ASSERT_SUCCEEDS(pool.execute({"APPEND", "k", "w"}, kLong)) << log_.text();
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "vw");
}

TEST_F(Peers, APromotionWhileTheMasterHangsIsFollowedToo) {
  Options hurried = options();
  hurried.silence_timeout = 100ms;
  Pool pool(hurried);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  wait_replicated();
  node(0).stop();
  std::jthread caller([&] { EXPECT_SUCCEEDS(pool.execute(Command{"SET", "k", "w"}.idempotent(), kLong)); });
  log_.wait(EventKind::suspect);
  promote_as_sentinel(1);
  caller.join();
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
}

// Its first replica gives a master without a backlog a new history.
TEST_F(Peers, TheFirstReplicaOfALoneMasterIsFollowedWhenItIsPromoted) {
  node(1).replicate("");
  node(0).restart();  // and so has no backlog
  Options attentive = options();
  attentive.idle_check_interval = 100ms;
  Pool pool(attentive);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  const auto before = node(0).info("replication")["master_replid"];
  node(1).replicate(node(0).ip());
  wait_client(1, "asking");
  ASSERT_NE(node(0).info("replication")["master_replid"], before);
  promote_as_sentinel(1);
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint()) << log_.text();
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

TEST_F(Peers, OneThatWasDetachedAndAttachedAgainIsFollowedWhenItIsPromoted) {
  Options attentive = options();
  attentive.idle_check_interval = 100ms;
  Pool pool(attentive);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  wait_client(1, "asking");
  node(1).replicate("");
  log_.wait_reason(EventKind::refused, "without a sign that Sentinel did it");
  node(1).replicate(node(0).ip());
  const auto asked = [] { return node(1).info("commandstats")["cmdstat_role"]; };
  for (int i = 0; i < 2; ++i) {
    wait_until([&, before = asked()] { return asked() != before; }, kLong, "the next question");
  }
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
  promote_as_sentinel(1);
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint()) << log_.text();
}

TEST_F(Peers, AReplicaThatSomebodyHasDetachedIsNotAsked) {
  Options attentive = options();
  attentive.idle_check_interval = 100ms;  // as often, the master is asked for its replicas
  Pool pool(attentive);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  node(1).replicate("");
  const auto asked = [&] { return node(0).info("commandstats")["cmdstat_role"]; };
  for (int i = 0; i < 3; ++i) {
    wait_until([&, before = asked()] { return asked() != before; }, kLong, "the next check");
  }
  node(0).command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  log_.wait(EventKind::verified);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
}

TEST_F(Peers, AreNotAskedWhereOnlyTheNameCounts) {
  Options announced = options();
  announced.promotion = Promotion::announced;
  Pool pool(announced);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  node(0).kill();
  log_.wait(EventKind::suspect);
  promote_as_sentinel(1);
  const auto connects = pool.stats().connects;
  wait_until([&] { return pool.stats().connects >= connects + 10; }, kLong, "the master to be looked for");
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
  point_to({node(1).ip()});
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint());
}

}  // namespace
}  // namespace rediscovery::testing
