// Writers through a failover by a real Sentinel: the master dies, hangs, or is replaced on purpose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pool/fixture.hpp"
#include "pool/writers.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::IsEmpty;

enum class How : std::uint8_t { kill, hang, planned };

std::string name_of(const ::testing::TestParamInfo<How>& info) {
  switch (info.param) {
    case How::kill:
      return "Kill";
    case How::hang:
      return "Hang";
    case How::planned:
      break;
  }
  return "Planned";
}

// A cluster for each test: Sentinel wants 11 s before the same nodes can do it again.
class Failover : public ::testing::TestWithParam<How> {
 protected:
  static ClusterOptions cluster_options() {
    ClusterOptions options;
    options.sentinels = 1;  // several may have to vote twice, seconds apart; the pool sees none of them
    options.down_after = 500ms;
    return options;
  }

  Options options() {
    Options options;
    options.master = cluster_.master_service_name();
    options.dns_servers = {cluster_.consul().dns_address()};
    options.on_event = log_.handler();
    return options;
  }

  // Replaces the master, and moves the name once Sentinel has promoted another.
  void switch_master() {
    const std::size_t old_master = cluster_.master_index();
    switch (GetParam()) {
      case How::kill:
        cluster_.redis(old_master).kill();
        break;
      case How::hang:
        cluster_.redis(old_master).stop();
        break;
      case How::planned:
        cluster_.start_failover();
        break;
    }
    new_master_ = cluster_.wait_new_master(old_master);
    cluster_.register_roles(new_master_);
  }

  void expect_moved(const Pool& pool) {
    const Event adopted =
        log_.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; });
    EXPECT_EQ(adopted.endpoint, cluster_.redis(new_master_).endpoint());
    EXPECT_EQ(adopted.reason, "descends from the master before");
    EXPECT_EQ(pool.stats().master, cluster_.redis(new_master_).endpoint());
    EXPECT_EQ(pool.stats().generation, 2U);
  }

  [[nodiscard]] std::uint64_t counter() {
    return static_cast<std::uint64_t>(
        std::stoll(cluster_.redis(new_master_).command({"GET", Writers::kCounter}).text));
  }

  Cluster cluster_{cluster_options()};
  EventLog log_;
  std::size_t new_master_ = 0;
};

TEST_P(Failover, IdempotentWritersSeeNoError) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::sets, 4, 3s);
  writers.wait_progress();
  switch_master();
  expect_moved(pool);
  writers.wait_progress();
  const auto tally = writers.stop();

  EXPECT_THAT(tally.errors, IsEmpty()) << log_.text();
  // What was acknowledged last was acknowledged by the new master, and is there.
  for (std::size_t i = 0; i < tally.last_set.size(); ++i) {
    EXPECT_EQ(cluster_.redis(new_master_).command({"GET", Writers::key(static_cast<int>(i))}).text,
              std::to_string(tally.last_set[i]));
  }
}

TEST_P(Failover, IncrementsAreNeverDoneTwice) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::increments, 4, 3s);
  Writers replicated(pool, Writers::Work::replicated_increments, 1, 3s);
  writers.wait_progress();
  replicated.wait_progress();
  switch_master();
  expect_moved(pool);
  writers.wait_progress();
  const auto one = writers.stop();
  const auto two = replicated.stop();

  EXPECT_EQ(one.not_executed, 0U) << "what was not executed has three seconds to be sent again";
  EXPECT_LE(one.in_doubt, 4U) << "each of the four writers can have one command under way when it happens";
  // Replication is asynchronous, so writes that only the old master acknowledged may be lost; those which its
  // replicas acknowledged are not. Nothing else counts than what was sent once.
  EXPECT_GE(counter(), two.replicated);
  EXPECT_LE(counter(), one.acknowledged + one.in_doubt + two.acknowledged + two.in_doubt);
}

INSTANTIATE_TEST_SUITE_P(All, Failover, ::testing::Values(How::kill, How::hang, How::planned), name_of);

}  // namespace
}  // namespace rediscovery::testing
