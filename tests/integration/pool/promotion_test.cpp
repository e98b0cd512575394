// Standbys with real Sentinels: a promotion is followed when it happens. What is none: standby_test.cpp.
#include "pool/fixture.hpp"
#include "pool/writers.hpp"

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
  log_.wait(EventKind::adopted);  // told when callers may have the connection already
  const std::size_t mark = log_.mark();
  const std::size_t promoted = cluster_.failover();
  log_.wait_reason(EventKind::refused, "promoted, but not announced yet", mark);
  EXPECT_EQ(log_.count(EventKind::adopted, mark), 0U) << log_.text(mark);
  cluster_.register_roles(promoted);
  const Event adopted = log_.wait(EventKind::adopted, mark);
  EXPECT_EQ(adopted.endpoint, cluster_.redis(promoted).endpoint());
}

TEST_F(SentinelPromotion, IsNotWhatADyingReplicaLooksLike) {
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

}  // namespace
}  // namespace rediscovery::testing
