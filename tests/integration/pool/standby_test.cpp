// Warm connections to the replicas: a promotion is followed before anybody has announced it, and what is no
// promotion is not followed. With real Sentinels: promotion_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "pool/fixture.hpp"
#include "pool/writers.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Standbys : public PairTest {
 protected:
  static constexpr const char* kReplicas = "replicas.test";

  void SetUp() override {
    PairTest::SetUp();
    dns_.set_addresses(kReplicas, {node(1).ip()});
  }
  Options options() {
    Options options = PairTest::options();
    options.replicas = kReplicas;
    options.client_name = "standing-by";
    return options;
  }
  static void wait_connected(std::size_t index, bool connected = true) {
    wait_client(index, "standing-by", connected);
  }
};

TEST_F(Standbys, APromotionIsFollowedWhileTheOldMasterAnswersAndDnsNamesIt) {
  Pool pool(options());
  wait_connected(1);
  Writers sets(pool, Writers::Work::sets, 4, kLong);
  sets.wait_progress();
  promote_as_sentinel(1);
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint());
  sets.wait_progress();
  EXPECT_THAT(sets.stop().errors, IsEmpty()) << log_.text();
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
  EXPECT_EQ(node(0).role(), "master");
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
  // DNS goes on naming the old master, which goes on saying that it is one.
  log_.wait_reason(EventKind::refused, "came back");
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().generation, 2U);
}

TEST_F(Standbys, IncrementsDuringAPromotionAreNeverDoneTwice) {
  Pool pool(options());
  wait_connected(1);
  Writers writers(pool, Writers::Work::increments, 4, kLong);
  writers.wait_progress(500);
  promote_as_sentinel(1);
  wait_second();
  writers.wait_progress(500);
  const auto tally = writers.stop();
  EXPECT_EQ(tally.not_executed, 0U);
  EXPECT_LE(tally.in_doubt, 4U);
  const auto counter =
      static_cast<std::uint64_t>(std::stoll(node(1).command({"GET", Writers::kCounter}).text));
  EXPECT_LE(counter, tally.acknowledged + tally.in_doubt);
}

// FAILOVER and operators hold the old master's writes back (CLIENT PAUSE) until it is a replica.
TEST_F(Standbys, AnIdempotentWriteDoesNotWaitForTheMasterBefore) {
  Pool pool(options());
  wait_connected(1);
  node(0).command({"CLIENT", "PAUSE", "100000", "WRITE"});
  std::jthread caller([&] { EXPECT_SUCCEEDS(pool.execute(Command{"SET", "k", "v"}.idempotent(), kLong)); });
  wait_until([&] { return pool.stats().in_use == 1; }, kLong, "the write to be sent");
  promote_as_sentinel(1);
  caller.join();
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "v");
  node(0).command({"CLIENT", "UNPAUSE"});
}

TEST_F(Standbys, AWriteThatTheMasterBeforeRefusesIsSentToTheNewOne) {
  Pool pool(options());
  wait_connected(1);
  node(0).command({"CLIENT", "PAUSE", "100000", "WRITE"});
  std::jthread caller([&] { EXPECT_SUCCEEDS(pool.execute({"INCR", "n"}, kLong)) << log_.text(); });
  wait_until([&] { return pool.stats().in_use == 1; }, kLong, "the write to be sent");
  // Prepared, because it must follow within the 100 ms of drain.
  RedisConnection old = node(0).connect();
  old.command({"MULTI"});
  old.command({"REPLICAOF", node(1).ip(), "6379"});
  old.command({"CLIENT", "UNPAUSE"});
  promote_as_sentinel(1);
  old.command({"EXEC"});
  caller.join();
  EXPECT_EQ(node(1).command({"GET", "n"}).text, "1");
}

TEST_F(Standbys, AnOperatorsPromotionAloneIsNotBelieved) {
  Options attentive = options();
  attentive.idle_check_interval = 100ms;  // standbys are asked as often
  Pool pool(attentive);
  wait_connected(1);
  node(1).replicate("");
  log_.wait_reason(EventKind::refused, "without a sign that Sentinel did it");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  // With the name it is another matter.
  point_to({node(1).ip()});
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint());
}

TEST_F(Standbys, AnOperatorsPromotionIsBelievedWhenTheMasterIsGone) {
  Pool pool(options());
  wait_connected(1);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  wait_replicated();
  node(0).kill();
  log_.wait(EventKind::suspect);
  node(1).replicate("");  // no name is moved, and nobody is cut
  ASSERT_SUCCEEDS(pool.execute({"APPEND", "k", "w"}, kLong));
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "vw");
}

TEST_F(Standbys, ACutWithoutPromotionIsNothing) {
  Pool pool(options());
  wait_connected(1);
  node(1).command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  wait_connected(1);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

// A new process under the replica's address says that it is a master: it has not been promoted.
TEST_F(Standbys, AReplicaThatRestartsAsAMasterIsNotBelieved) {
  Options attentive = options();
  attentive.idle_check_interval = 100ms;
  Pool pool(attentive);
  wait_connected(1);
  node(1).replicate("");
  node(1).restart();
  wait_connected(1);
  log_.wait(EventKind::refused);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
  EXPECT_TRUE(node(1).command({"GET", "k"}).is_nil());
}

// Sentinel promotes those, too: whoever keeps the names may be away.
TEST_F(Standbys, APromotionOfAReplicaThatIsNotNamedIsFollowedWhileTheOldMasterAnswers) {
  dns_.set(kReplicas, DnsType::a, DnsAction::nxdomain());
  wait_replicated();  // a freshly linked replica is listed only after its first acknowledgement
  Pool pool(options());
  wait_connected(1);
  Writers sets(pool, Writers::Work::sets, 4, kLong);
  sets.wait_progress();
  promote_as_sentinel(1);
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint());
  EXPECT_THAT(sets.stop().errors, IsEmpty()) << log_.text();
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

// Where the master's word for its replicas is not asked for.
TEST_F(Standbys, ANewReplicaGetsOneAndARemovedOneLosesIt) {
  dns_.set(kReplicas, DnsType::a, DnsAction::nxdomain());
  Options announced = options();
  announced.promotion = Promotion::announced;
  Pool pool(announced);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  dns_.set_addresses(kReplicas, {node(1).ip()});
  wait_connected(1);
  // The name of the replicas may list the master, and others that are not there.
  dns_.set_addresses(kReplicas, {node(0).ip(), free_ip()});
  wait_connected(1, false);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
}

TEST_F(Standbys, AnnouncedPromotionWaitsForTheName) {
  Options announced = options();
  announced.promotion = Promotion::announced;
  Pool pool(announced);
  wait_connected(1);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  promote_as_sentinel(1);
  log_.wait_reason(EventKind::refused, "not announced yet");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  point_to({node(1).ip()});
  EXPECT_EQ(wait_second().endpoint, node(1).endpoint());
}

}  // namespace
}  // namespace rediscovery::testing
