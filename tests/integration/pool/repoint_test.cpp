// Switches in which every node stays up: an operator's REPLICAOF, Redis' own FAILOVER, a name that is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pool/fake_master.hpp"
#include "pool/fixture.hpp"
#include "pool/writers.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Repoint : public PairTest {
 protected:
  static std::uint64_t counter(std::size_t index) {
    return static_cast<std::uint64_t>(std::stoll(node(index).command({"GET", Writers::kCounter}).text));
  }
  Event wait_generation(std::uint64_t generation) {
    return log_.wait(EventKind::adopted, 0,
                     [&](const Event& event) { return event.generation == generation; });
  }
};

TEST_F(Repoint, ReadonlyLeadsToTheNewMasterWhileDnsStillNamesTheOld) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "old"}, kLong));
  wait_replicated();
  cluster().repoint(1);
  // Not idempotent: a READONLY says for certain that nothing happened.
  ASSERT_SUCCEEDS(pool.execute({"APPEND", "k", "+new"}, kLong));

  EXPECT_EQ(pool.stats().master, node(1).endpoint());
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "old+new");
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("read_only"));
  EXPECT_EQ(wait_generation(2).reason, "descends from the master before");
  // Nor does the name lead back: what it stands for is a replica now.
  log_.wait_reason(EventKind::refused, "is a replica of " + node(1).endpoint());
  ASSERT_SUCCEEDS(pool.execute({"APPEND", "k", "+more"}, kLong));
  EXPECT_EQ(pool.stats().generation, 2U);
}

TEST_F(Repoint, NothingFailsForCertainAndNothingIsDoneTwice) {
  Pool pool(options());
  Writers sets(pool, Writers::Work::sets, 2, kLong);
  Writers increments(pool, Writers::Work::increments, 4, kLong);
  increments.wait_progress();
  cluster().repoint(1);
  point_to({node(1).ip()});
  wait_generation(2);
  sets.wait_progress();
  increments.wait_progress();
  EXPECT_THAT(sets.stop().errors, IsEmpty());
  const auto tally = increments.stop();
  EXPECT_THAT(tally.unexplained(), IsEmpty()) << log_.text();
  // Not equal: between the two REPLICAOF the old master acknowledges what it then throws away.
  EXPECT_LE(counter(1), tally.acknowledged + tally.in_doubt);
}

TEST_F(Repoint, BackAndForth) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::increments, 4, kLong);
  writers.wait_progress();
  for (std::uint64_t generation = 2; generation <= 5; ++generation) {
    const std::size_t next = (generation + 1) % 2;
    cluster().repoint(next);
    point_to({node(next).ip()});
    EXPECT_EQ(wait_generation(generation).endpoint, node(next).endpoint());
    writers.wait_progress();
    wait_until([&] { return node(1 - next).linked_to(node(next).ip()); }, kLong, "the old master to follow");
  }
  const auto tally = writers.stop();
  EXPECT_THAT(tally.unexplained(), IsEmpty()) << log_.text();
  EXPECT_LE(counter(0), tally.acknowledged + tally.in_doubt);
}

// FAILOVER lets the old master wait until the replica has everything, so here the sums must be exact.
TEST_F(Repoint, ACoordinatedSwitchLosesNothing) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::increments, 8, kLong);
  writers.wait_progress();
  // The master takes a freshly linked replica for one only after its first acknowledgement.
  wait_until(
      [] {
        return !node(0).command({"FAILOVER", "TO", node(1).ip(), "6379"}).is_error();
      },
      kLong, "FAILOVER to be accepted");
  wait_generation(2);
  writers.wait_progress();
  const auto tally = writers.stop();
  EXPECT_EQ(tally.not_executed, 0U);
  EXPECT_GE(counter(1), tally.acknowledged);
  EXPECT_LE(counter(1), tally.acknowledged + tally.in_doubt);
}

TEST_F(Repoint, AMovedNameMovesThePoolWhileTheOldMasterIsHealthy) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  // No client is told, and the old master goes on as such: only the name says it.
  node(1).replicate("");
  point_to({node(1).ip()});
  EXPECT_EQ(wait_generation(2).endpoint, node(1).endpoint());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "new"}, kLong));
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "new");
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "v");
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
  log_.wait(EventKind::drained);
}

TEST_F(Repoint, AMasterOfAnotherHistoryIsFollowedWhereTheNameLeadsAndReported) {
  FakeMaster other(free_ip(), std::string(40, 'a'));
  Options with_port = options();
  Pool pool(with_port);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  dns_.set(kName, DnsType::srv,
           DnsAction::answer({srv_record(kName, "other.test", other.server().port())},
                             {a_record("other.test", other.server().ip())}));
  EXPECT_THAT(wait_generation(2).reason, HasSubstr("not that of the master before"));
  EXPECT_EQ(pool.stats().master, other.endpoint());
}

TEST_F(Repoint, WhileDnsNamesTwoMastersTheHealthyOneIsKept) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  FakeMaster other(free_ip(), std::string(40, 'b'));
  const auto address_of = [](const std::string& name, const std::string& ip, std::uint16_t port) {
    return std::pair(srv_record(kName, name, port), a_record(name, ip));
  };
  const auto [srv_one, a_one] = address_of("one.test", node(0).ip(), 6379);
  const auto [srv_two, a_two] = address_of("two.test", other.server().ip(), other.server().port());
  dns_.set(kName, DnsType::srv, DnsAction::answer({srv_one, srv_two}, {a_one, a_two}));
  log_.wait_reason(EventKind::resolved, other.endpoint());
  // Several more look-ups, and the master is followed by the next command still.
  const auto lookups = pool.stats().lookups;
  wait_until([&] { return pool.stats().lookups > lookups + 3; }, kLong, "look-ups");
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U) << log_.text();
}

// A master that was away while another was promoted comes back and still takes itself for one; the name, for
// a moment, stands for it again.
TEST_F(Repoint, AReturningOldMasterIsRefused) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  node(0).stop();
  node(1).replicate("");
  point_to({node(1).ip()});
  ASSERT_SUCCEEDS(pool.execute(Command{"SET", "k", "new"}.idempotent(), kLong));
  EXPECT_EQ(wait_generation(2).endpoint, node(1).endpoint());

  node(0).cont();
  const auto mark = log_.mark();
  point_to({node(0).ip()});
  const Event refused = log_.wait(EventKind::refused, mark);
  EXPECT_EQ(refused.endpoint, node(0).endpoint());
  EXPECT_THAT(refused.reason, HasSubstr("old master that came back"));
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "newer"}, kLong));
  EXPECT_EQ(pool.stats().generation, 2U);
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "newer");
  // What had been sent to it before it was suspected, it has done when it woke up; but nothing since.
  EXPECT_NE(node(0).command({"GET", "k"}).text, "newer");
  EXPECT_EQ(log_.count(EventKind::suspect, mark), 0U) << log_.text();

  // Both names at once, the zombie's too, change nothing either.
  point_to({node(0).ip(), node(1).ip()});
  log_.wait_reason(EventKind::resolved, node(1).endpoint(), mark);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "newest"}, kLong));
  EXPECT_EQ(pool.stats().generation, 2U);
}

// The same with the new master out of reach: no master is better than one whose writes will be thrown away.
TEST_F(Repoint, AReturningOldMasterIsRefusedAlsoWhileThereIsNoOther) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  node(0).stop();
  node(1).replicate("");
  point_to({node(1).ip()});
  ASSERT_SUCCEEDS(pool.execute(Command{"SET", "k", "new"}.idempotent(), kLong));
  node(1).stop();
  node(0).cont();
  point_to({node(0).ip()});
  const auto write = pool.execute(Command{"SET", "k", "lost"}.idempotent(), 2s);
  ASSERT_FALSE(write.has_value());
  EXPECT_EQ(write.error().code(), ErrorCode::timeout) << write.error();
  log_.wait_reason(EventKind::refused, "old master that came back");
  const auto next = pool.execute({"SET", "k", "lost"}, kShort);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code(), ErrorCode::no_master);
  EXPECT_EQ(next.error().executed(), Executed::no);
  EXPECT_NE(node(0).command({"GET", "k"}).text, "lost");

  const auto mark = log_.mark();
  node(1).cont();
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "kept"}, kLong));
  log_.wait(EventKind::verified, mark);
  EXPECT_EQ(pool.stats().generation, 2U);
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "kept");
}

}  // namespace
}  // namespace rediscovery::testing
