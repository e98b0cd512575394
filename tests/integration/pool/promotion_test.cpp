// Standbys: a promotion is followed when it happens, and only when it is one.
#include "pool/fixture.hpp"
#include "pool/writers.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {
namespace {

// Three Redis and three Sentinels; nobody moves the names, so whatever the pool follows, it has seen itself.
class SentinelPromotion : public ::testing::Test {
 protected:
  Options options() {
    Options options;
    options.master = cluster_.master_service_name();
    options.replicas = cluster_.slave_service_name();
    options.dns_servers = {cluster_.consul().dns_address()};
    options.on_event = log_.handler();
    return options;
  }

  Cluster cluster_;
  EventLog log_;
};

TEST_F(SentinelPromotion, IsFollowedBeforeAnybodyMovesTheNameWhenTheMasterIsKilled) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::sets, 4, kLong);
  writers.wait_progress();
  const std::size_t old_master = cluster_.master_index();
  const std::size_t mark = log_.mark();
  cluster_.redis(old_master).kill();
  const Event adopted = log_.wait(EventKind::adopted, mark);
  EXPECT_EQ(adopted.reason, "descends from the master before");
  EXPECT_EQ(adopted.endpoint, cluster_.redis(cluster_.wait_new_master(old_master)).endpoint());
  writers.wait_progress();
  EXPECT_TRUE(writers.stop().errors.empty());
}

TEST_F(SentinelPromotion, IsFollowedBeforeAnybodyMovesTheNameWhenTheMasterHangs) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::sets, 4, kLong);
  writers.wait_progress();
  const std::size_t old_master = cluster_.master_index();
  const std::size_t mark = log_.mark();
  cluster_.redis(old_master).stop();
  const Event adopted = log_.wait(EventKind::adopted, mark);
  EXPECT_EQ(adopted.reason, "descends from the master before");
  writers.wait_progress();
  cluster_.redis(old_master).cont();
  // It comes back as a master that accepts writes, and DNS still names it.
  log_.wait_reason(EventKind::refused, "its history was left behind", mark);
  writers.wait_progress();
  EXPECT_TRUE(writers.stop().errors.empty());
  EXPECT_EQ(log_.count(EventKind::adopted, mark), 1U) << log_.text(mark);
}

TEST_F(SentinelPromotion, IsFollowedWhileTheOldMasterIsHealthyWhenItIsPlanned) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::sets, 4, kLong);
  writers.wait_progress();
  const std::size_t mark = log_.mark();
  cluster_.start_failover();
  const Event adopted = log_.wait(EventKind::adopted, mark);
  EXPECT_EQ(adopted.reason, "descends from the master before");
  writers.wait_progress();
  EXPECT_TRUE(writers.stop().errors.empty());
}

TEST_F(SentinelPromotion, IsNotFollowedBeforeItIsAnnouncedWhenThatIsTheChoice) {
  Options options = this->options();
  options.promotion = Promotion::announced;
  Pool pool(options);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  const std::size_t mark = log_.mark();
  const std::size_t promoted = cluster_.failover();
  log_.wait_reason(EventKind::refused, "promoted, but not announced yet", mark);
  EXPECT_EQ(log_.count(EventKind::adopted, mark), 0U) << log_.text(mark);
  cluster_.register_roles(promoted);
  const Event adopted = log_.wait(EventKind::adopted, mark);
  EXPECT_EQ(adopted.endpoint, cluster_.redis(promoted).endpoint());
}

// A master and two replicas, and no Sentinel: whatever is promoted, it is not Sentinel's doing.
class OperatorsHand : public ::testing::Test {
 protected:
  static ClusterOptions without_sentinels() {
    ClusterOptions options;
    options.sentinels = 0;
    return options;
  }

  Options options() {
    Options options;
    options.master = cluster_.master_service_name();
    options.replicas = cluster_.slave_service_name();
    options.dns_servers = {cluster_.consul().dns_address()};
    options.idle_check_interval = 100ms;  // standbys are asked who they are this often, too
    options.on_event = log_.handler();
    return options;
  }

  Cluster cluster_{without_sentinels()};
  EventLog log_;
};

TEST_F(OperatorsHand, ReplicaofNoOneIsNotFollowedWhileTheMasterIsHealthy) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  const std::size_t mark = log_.mark();
  cluster_.redis(1).replicate("");
  log_.wait_reason(EventKind::refused, "without a sign that Sentinel did it", mark);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
  EXPECT_EQ(cluster_.redis(0).command({"GET", "k"}).text, "w");
}

TEST_F(OperatorsHand, ReplicaofNoOneIsFollowedOnceTheMasterIsGone) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  cluster_.redis(0).kill();
  cluster_.redis(1).replicate("");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(cluster_.redis(1).command({"GET", "k"}).text, "w");
}

TEST_F(OperatorsHand, AReplicaThatRestartsAsAMasterIsNotFollowed) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  const std::size_t mark = log_.mark();
  cluster_.redis(1).restart();
  cluster_.redis(1).replicate("");  // its configuration makes it a replica again
  log_.wait(EventKind::refused, mark,
            [&](const Event& event) { return event.endpoint == cluster_.redis(1).endpoint(); });
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
}

TEST_F(OperatorsHand, AReplicaThatDiesDisturbsNobody) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  Writers writers(pool, Writers::Work::sets, 4, kLong);
  writers.wait_progress();
  const std::size_t mark = log_.mark();
  cluster_.redis(2).kill();
  writers.wait_progress(500);
  EXPECT_TRUE(writers.stop().errors.empty());
  EXPECT_EQ(log_.count(EventKind::suspect, mark), 0U) << log_.text(mark);
  EXPECT_EQ(pool.stats().generation, 1U);
}

// Nothing but the push can tell: no command runs, DNS is not asked again, nobody is checked, no standby is
// kept.
class Push : public OperatorsHand {
 protected:
  Options options() {
    Options options;
    options.master = cluster_.master_service_name();
    options.dns_servers = {cluster_.consul().dns_address()};
    options.consul_http = {cluster_.consul().http_address()};
    options.refresh_floor = options.refresh_ceiling = 1h;
    options.idle_check_interval = 1h;
    options.on_event = log_.handler();
    return options;
  }

  void expect_followed(std::size_t next) {
    const std::size_t mark = log_.mark();
    cluster_.repoint(next);
    EXPECT_EQ(log_.wait(EventKind::adopted, mark).endpoint, cluster_.redis(next).endpoint());
  }
};

TEST_F(Push, MovesAnIdlePoolWithoutDns) {
  Pool pool(options());
  log_.wait(EventKind::adopted);
  for (const std::size_t next : {1U, 2U, 0U}) {
    expect_followed(next);
    ASSERT_SUCCEEDS(pool.execute({"SET", "k", std::to_string(next)}, kLong));
  }
}

TEST_F(Push, ComesFromTheNextAddressWhenOneIsDead) {
  const std::string nobody = cluster_.addresses().next_free_ip();
  const ClosedPort port(nobody, 8500);
  Options options = this->options();
  options.consul_http.insert(options.consul_http.begin(), nobody + ":8500");
  Pool pool(options);
  log_.wait(EventKind::adopted);
  expect_followed(1);
}

TEST_F(Push, IsMissedByNobodyWhileConsulsHttpIsAway) {
  Pool pool(options());
  log_.wait(EventKind::adopted);
  expect_followed(1);  // so the push works
  const std::size_t mark = log_.mark();
  cluster_.consul().kill();
  log_.wait_reason(EventKind::lookup_failed, "Consul at", mark);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(log_.count(EventKind::suspect, mark), 0U) << log_.text(mark);
}

}  // namespace
}  // namespace rediscovery::testing
