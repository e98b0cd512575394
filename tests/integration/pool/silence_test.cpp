// A master that stays connected and says nothing, and one that is another process than before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "pool/fake_master.hpp"
#include "pool/fixture.hpp"
#include "pool/writers.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Silence : public PairTest {
 protected:
  Options options() {
    Options options = PairTest::options();
    options.silence_timeout = 100ms;
    options.connect_timeout = 100ms;
    return options;
  }
  // A call on a thread of its own.
  class Call {
   public:
    Call(Pool& pool, Command command, std::chrono::milliseconds timeout = kLong)
        : thread_([this, &pool, command, timeout] { outcome_ = pool.execute(command, timeout); }) {}
    Result<Reply>& wait() {
      if (thread_.joinable()) thread_.join();
      return *outcome_;
    }

   private:
    std::optional<Result<Reply>> outcome_;
    std::jthread thread_;
  };
};

TEST_F(Silence, WhoeverIsBlockedIsWokenWhenAnotherMasterIsAdopted) {
  Options three = options();
  three.min_idle = 3;  // for each call one, so that all are sent
  three.max_connections = 3;
  Pool pool(three);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "before"}, kLong));
  settle(pool);
  EXPECT_GE(pool.stats().idle, 3U);
  wait_replicated();
  node(0).stop();
  Call idempotent(pool, Command{"SET", "k", "after"}.idempotent());
  Call reading(pool, {"GET", "untouched"});
  Call increment(pool, {"INCR", "n"});
  wait_until([&] { return pool.stats().in_use == 3; }, kLong, "calls to be blocked");
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("silent"));

  node(1).replicate("");
  point_to({node(1).ip()});
  // The old master never answers: whoever comes back before node 0 goes on has been woken.
  EXPECT_SUCCEEDS(idempotent.wait());
  EXPECT_SUCCEEDS(reading.wait());
  const auto& incremented = increment.wait();
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "after");
  const auto counted = node(1).command({"GET", "n"});
  ASSERT_FALSE(incremented.has_value());
  EXPECT_EQ(incremented.error().code(), ErrorCode::connection_lost) << incremented.error();
  EXPECT_EQ(incremented.error().executed(), Executed::maybe) << incremented.error();
  EXPECT_TRUE(counted.is_nil()) << "what is in doubt must not be sent again";
  EXPECT_EQ(pool.stats().generation, 2U);
}

TEST_F(Silence, AMasterThatWakesUpIsStillTheMaster) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::increments, 4, kLong);
  writers.wait_progress();
  node(0).stop();
  log_.wait(EventKind::suspect);
  log_.wait(EventKind::refused);  // it has been asked, and did not answer
  const auto mark = log_.mark();
  node(0).cont();
  log_.wait(EventKind::verified, mark);
  writers.wait_progress();
  const auto tally = writers.stop();
  EXPECT_THAT(tally.errors, IsEmpty()) << "it only took longer\n" << log_.text();
  EXPECT_EQ(node(0).command({"GET", Writers::kCounter}).text, std::to_string(tally.acknowledged));
  EXPECT_EQ(pool.stats().generation, 1U);
}

TEST_F(Silence, IsNoticedWithoutTraffic) {
  Options watchful = options();
  watchful.idle_check_interval = 100ms;
  Pool pool(watchful);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  node(0).stop();
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("silent"));
  EXPECT_TRUE(pool.stats().suspect);
  node(0).cont();
  log_.wait(EventKind::verified);
  EXPECT_FALSE(pool.stats().suspect);
}

// Steady traffic must not hide it: every thread's own command is timed.
TEST_F(Silence, IsNoticedUnderLoadAndOnlyOnce) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::sets, 8, kLong);
  writers.wait_progress();
  node(0).stop();
  log_.wait(EventKind::suspect);
  wait_until([&] { return pool.stats().connects_failed >= 3; }, kLong, "the master to be asked again");
  EXPECT_EQ(log_.count(EventKind::suspect), 1U) << log_.text();
  node(0).cont();
  writers.wait_progress();
  EXPECT_THAT(writers.stop().errors, IsEmpty());
}

TEST_F(Silence, TheCallersDeadlineIsKept) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  node(0).stop();
  const auto reply = pool.execute({"INCR", "k"}, kShort);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::timeout);
  EXPECT_EQ(reply.error().executed(), Executed::maybe);
  const auto next = pool.execute({"INCR", "k"}, kShort);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code(), ErrorCode::no_master);
  EXPECT_EQ(next.error().executed(), Executed::no);
  EXPECT_EQ(pool.stats().in_doubt, 1U);
}

// A command that is slow on a master that is otherwise well: it is looked into, and nothing comes of it.
TEST_F(Silence, OfOneCommandAloneDoesNotEndTheMaster) {
  FakeMaster slow(free_ip(), std::string(40, 'a'));
  slow.answer([](const std::vector<std::string>& words) -> TcpAction {
    return {"+OK\r\n", false, words.front() == "SET" ? 1000ms : 0ms};
  });
  Options to_slow = options();
  to_slow.master = slow.endpoint();
  Pool pool(to_slow);
  Call call(pool, {"SET", "k", "v"});
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("silent"));
  log_.wait(EventKind::verified);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));  // others go on meanwhile
  ASSERT_SUCCEEDS(call.wait());
  EXPECT_EQ(log_.count(EventKind::suspect), 1U) << "one command is evidence once\n" << log_.text();
  EXPECT_EQ(pool.stats().generation, 1U);
}

// ---- another process ------------------------------------------------------------------------------------

class Restart : public Silence, public ::testing::WithParamInterface<bool> {};

TEST_P(Restart, AtTheSameAddressIsANewGeneration) {
  Options maybe_fixed = options();
  if (GetParam()) maybe_fixed.master = node(0).endpoint();
  Pool pool(maybe_fixed);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  node(0).kill();
  log_.wait(EventKind::suspect);
  Call waiting(pool, {"SET", "k", "w"});
  node(0).restart();
  ASSERT_SUCCEEDS(waiting.wait());
  EXPECT_EQ(pool.stats().generation, 2U);
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  EXPECT_THAT(
      log_.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; }).reason,
      HasSubstr("not that of the master before"));
}

INSTANTIATE_TEST_SUITE_P(Of, Restart, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "AFixedMaster" : "ANamedMaster"; });

TEST_F(Silence, ALostConnectionAloneIsNotANewMaster) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  settle(pool);
  node(0).command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  log_.wait(EventKind::verified);
  ASSERT_SUCCEEDS(pool.execute({"INCR", "n"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("lost"));
}

// The connection is cut while it is idle, and used in the same moment: INCR must not be in doubt for that.
TEST_F(Silence, IdleConnectionsThatAreCutFailNobody) {
  Pool pool(options());
  Writers writers(pool, Writers::Work::sets, 2, kLong);
  for (int i = 0; i < 20; ++i) {
    node(0).command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    writers.wait_progress(20);
  }
  EXPECT_THAT(writers.stop().errors, IsEmpty()) << log_.text();
  EXPECT_EQ(pool.stats().generation, 1U);
}

// ---- refusals for a while -------------------------------------------------------------------------------

TEST_F(Silence, ALoadingMasterIsWaitedFor) {
  FakeMaster loading(free_ip(), std::string(40, 'a'));
  loading.answer("-LOADING Redis is loading the dataset in memory\r\n");
  Options to_loading = options();
  to_loading.master = loading.endpoint();
  Pool pool(to_loading);
  Call call(pool, {"INCR", "k"});
  wait_until([&] { return pool.stats().retries >= 3; }, kLong, "it to be tried again");
  loading.answer(":1\r\n");
  ASSERT_SUCCEEDS(call.wait());
}

TEST_F(Silence, TooFewReplicasAreWaitedForWithoutSuspicion) {
  node(0).command({"CONFIG", "SET", "min-replicas-to-write", "5"});
  Pool pool(options());
  Call call(pool, {"INCR", "k"});
  wait_until([&] { return pool.stats().retries >= 3; }, kLong, "it to be tried again");
  node(0).command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  ASSERT_SUCCEEDS(call.wait());
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "1");
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

}  // namespace
}  // namespace rediscovery::testing
