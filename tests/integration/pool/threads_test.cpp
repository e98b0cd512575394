// Many callers at once: through a switch, at the bounds of the pool, and when it is closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <sstream>
#include <thread>

#include "pool/fixture.hpp"
#include "pool/writers.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Outcome = std::optional<Result<Reply>>;

class Threads : public PairTest {
 protected:
  // Calls with one thread each; all have returned once the object is gone.
  class Calls {
   public:
    Calls(Pool& pool, std::size_t count, const Command& command, std::chrono::milliseconds timeout)
        : outcomes_(count) {
      for (auto& outcome : outcomes_) {
        threads_.emplace_back([&pool, &outcome, command, timeout] {  // pool may be destroyed meanwhile
          outcome = pool.execute(command, timeout);
        });
      }
    }
    std::vector<Outcome>& wait() {
      threads_.clear();
      return outcomes_;
    }

   private:
    std::vector<Outcome> outcomes_;
    std::vector<std::jthread> threads_;
  };

  static void wait_waiting(const Pool& pool, std::size_t count) {
    wait_until([&] { return pool.stats().waiting == count; }, kLong,
               std::to_string(count) + " callers to wait");
  }
  static void wait_in_use(const Pool& pool, std::size_t count) {
    wait_until([&] { return pool.stats().in_use == count; }, kLong, std::to_string(count) + " lent");
  }
  // Leads to nobody: callers wait.
  Options nowhere() {
    Options options = PairTest::options();
    options.master = "unknown.test";
    return options;
  }
};

TEST_F(Threads, ThirtyTwoThroughASwitch) {
  Options few = options();
  few.max_connections = 8;
  Pool pool(few);
  Writers sets(pool, Writers::Work::sets, 16, kLong);
  Writers increments(pool, Writers::Work::increments, 16, kLong);
  sets.wait_progress();
  increments.wait_progress();
  cluster().repoint(1);
  point_to({node(1).ip()});
  log_.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; });
  sets.wait_progress();
  increments.wait_progress();
  const auto set = sets.stop();
  const auto incremented = increments.stop();
  EXPECT_THAT(set.errors, IsEmpty());
  EXPECT_THAT(incremented.unexplained(), IsEmpty());
  for (std::size_t i = 0; i < set.last_set.size(); ++i) {
    EXPECT_EQ(node(1).command({"GET", Writers::key(static_cast<int>(i))}).text,
              std::to_string(set.last_set[i]));
  }
  const Stats stats = pool.stats();
  EXPECT_EQ(stats.commands, set.acknowledged + incremented.acknowledged);
  EXPECT_EQ(stats.failed, incremented.in_doubt);
  EXPECT_EQ(stats.waiting, 0U);
  EXPECT_EQ(stats.in_use, 0U);
}

// However many threads see that the master is gone, it is looked into once.
TEST_F(Threads, OneSwitchIsOneSuspicion) {
  Options all = options();
  all.max_connections = 32;
  all.min_idle = 32;
  all.refresh_floor = 10s;
  all.connect_timeout = 5s;  // a connection that takes its time would be a suspicion, too
  Pool pool(all);
  wait_until([&] { return pool.stats().idle == 32; }, kLong, "32 connections");
  Writers writers(pool, Writers::Work::increments, 32, kLong);
  writers.wait_progress(500);
  const Stats before = pool.stats();
  cluster().repoint(1);
  log_.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; });
  writers.wait_progress(500);
  EXPECT_THAT(writers.stop().unexplained(), IsEmpty());
  EXPECT_EQ(log_.count(EventKind::suspect), 1U) << log_.text();
  EXPECT_EQ(pool.stats().adoptions, 2U);
  // 32 new connections, and a few questions to the two nodes; not some by each thread.
  EXPECT_LE(pool.stats().connects - before.connects, 32U + 64U);
}

TEST_F(Threads, MaxConnectionsIsKept) {
  Options four = options();
  four.max_connections = 4;
  four.client_name = "counted";
  Pool pool(four);
  Writers writers(pool, Writers::Work::sets, 32, kLong);
  std::size_t most = 0;
  for (int sample = 0; sample < 100; ++sample) {
    std::size_t now = 0;
    std::istringstream lines(node(0).command({"CLIENT", "LIST"}).text);
    for (std::string line; std::getline(lines, line);)
      now += line.find(" name=counted ") != std::string::npos;
    most = std::max(most, now);
    writers.wait_progress(20);
  }
  EXPECT_THAT(writers.stop().errors, IsEmpty());
  EXPECT_EQ(most, 4U);
  EXPECT_EQ(log_.count(EventKind::connection_opened), 4U) << log_.text();
}

TEST_F(Threads, WaitersAreServedInTheOrderTheyCame) {
  Options one = options();
  one.max_connections = 1;
  Pool pool(one);
  std::optional<Result<Lease>> held = pool.acquire(kLong);
  ASSERT_SUCCEEDS(*held);
  std::vector<std::jthread> callers;
  for (std::size_t i = 0; i < 20; ++i) {
    callers.emplace_back([&pool, i] {
      EXPECT_SUCCEEDS(pool.execute({"RPUSH", "order", std::to_string(i)}, kLong));
    });
    wait_waiting(pool, i + 1);
  }
  held.reset();
  callers.clear();
  const auto order = node(0).command({"LRANGE", "order", "0", "-1"});
  ASSERT_EQ(order.elements.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(order.elements[i].text, std::to_string(i));
}

TEST_F(Threads, NobodyStarves) {
  Options two = options();
  two.max_connections = 2;
  Pool pool(two);
  Writers writers(pool, Writers::Work::sets, 16, kLong);
  writers.wait_progress(2000);
  const auto tally = writers.stop();
  EXPECT_THAT(tally.errors, IsEmpty());
  const auto [least, most] = std::minmax_element(tally.last_set.begin(), tally.last_set.end());
  EXPECT_GE(*least * 4, *most);  // they do the same; the start and the end are not at the same moment
}

TEST_F(Threads, MoreWaitersThanAllowedAreTurnedAwayAtOnce) {
  Options small = options();
  small.max_connections = 1;
  small.max_waiters = 2;
  Pool pool(small);
  std::optional<Result<Lease>> held = pool.acquire(kLong);
  ASSERT_SUCCEEDS(*held);
  Calls waiting(pool, 2, {"INCR", "k"}, kLong);
  wait_waiting(pool, 2);
  const auto third = pool.execute({"INCR", "k"}, kLong);
  ASSERT_FALSE(third.has_value());
  EXPECT_EQ(third.error().code(), ErrorCode::overloaded);
  EXPECT_EQ(third.error().executed(), Executed::no);
  EXPECT_THAT(third.error().message(), HasSubstr("max_waiters (2)"));
  held.reset();
  for (const Outcome& outcome : waiting.wait()) EXPECT_SUCCEEDS(*outcome);
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "2");
}

TEST_F(Threads, TooFewConnectionsAreATimeoutAndNotAnOutage) {
  Options one = options();
  one.max_connections = 1;
  Pool pool(one);
  const auto held = pool.acquire(kLong);
  ASSERT_SUCCEEDS(held);
  const auto other = pool.execute({"INCR", "k"}, kShort);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code(), ErrorCode::timeout);
  EXPECT_EQ(other.error().executed(), Executed::no);
  EXPECT_EQ(log_.count(EventKind::suspect), 0U);
}

// ---- waiting for a master -------------------------------------------------------------------------------

TEST_F(Threads, CallersWithTimeLeftWaitForTheNewMaster) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "0"}, kLong));
  wait_replicated();
  node(0).kill();
  log_.wait(EventKind::suspect);
  Calls calls(pool, 8, {"INCR", "k"}, kLong);
  wait_waiting(pool, 8);
  node(1).replicate("");
  point_to({node(1).ip()});
  for (const Outcome& outcome : calls.wait()) EXPECT_SUCCEEDS(*outcome);
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "8");
}

TEST_F(Threads, WithoutAMasterTheDeadlineIsKeptAndTheReasonNamed) {
  Pool pool(nowhere());
  Calls calls(pool, 8, {"INCR", "k"}, kShort);
  for (const Outcome& outcome : calls.wait()) {
    ASSERT_FALSE(outcome->has_value());
    EXPECT_EQ(outcome->error().code(), ErrorCode::no_master);
    EXPECT_EQ(outcome->error().executed(), Executed::no);
    EXPECT_THAT(outcome->error().message(), HasSubstr("NXDOMAIN for unknown.test at " + dns_.endpoint()));
  }
  EXPECT_EQ(pool.stats().failed, 8U);
  EXPECT_EQ(pool.stats().in_doubt, 0U);
  EXPECT_EQ(pool.stats().waiting, 0U);
}

TEST_F(Threads, TheReasonOfADeadMasterIsNamed) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  node(0).kill();
  log_.wait_reason(EventKind::refused, "refused");
  const auto call = pool.execute({"INCR", "k"}, kShort);
  ASSERT_FALSE(call.has_value());
  EXPECT_EQ(call.error().code(), ErrorCode::no_master);
  EXPECT_EQ(call.error().executed(), Executed::no);
  EXPECT_THAT(call.error().message(), HasSubstr(node(0).endpoint() + ": Connection refused"));
}

// ---- closing --------------------------------------------------------------------------------------------

TEST_F(Threads, CloseFailsWhoeverWaits) {
  Pool pool(nowhere());
  Calls calls(pool, 16, {"INCR", "k"}, kLong);
  wait_waiting(pool, 16);
  pool.close(kLong);
  for (const Outcome& outcome : calls.wait()) {
    ASSERT_FALSE(outcome->has_value());
    EXPECT_EQ(outcome->error().code(), ErrorCode::closed);
    EXPECT_EQ(outcome->error().executed(), Executed::no);
  }
  const auto late = pool.execute({"INCR", "k"}, kLong);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::closed);
  const auto lease = pool.acquire(kLong);
  ASSERT_FALSE(lease.has_value());
  EXPECT_EQ(lease.error().code(), ErrorCode::closed);
  pool.close();  // once more does nothing
}

TEST_F(Threads, DestructionFailsWhoeverWaits) {
  auto pool = std::make_unique<Pool>(nowhere());
  Calls calls(*pool, 16, {"INCR", "k"}, kLong);
  wait_waiting(*pool, 16);
  pool.reset();
  for (const Outcome& outcome : calls.wait()) {
    ASSERT_FALSE(outcome->has_value());
    EXPECT_EQ(outcome->error().code(), ErrorCode::closed);
  }
}

TEST_F(Threads, CloseWaitsForCommandsUnderWayWithinItsGrace) {
  Pool pool(options());
  Calls under_way(pool, 2, {"BLPOP", "list", "0"}, kLong);
  wait_until([] { return node(0).info("clients")["blocked_clients"] == "2"; }, kLong, "BLPOP to be there");
  std::jthread closer([&] { pool.close(kLong); });
  wait_until([&] { return pool.execute({"PING"}, kLong).has_value() == false; }, kLong, "the pool to close");
  node(0).command({"RPUSH", "list", "one", "two"});
  for (const Outcome& outcome : under_way.wait()) EXPECT_SUCCEEDS(*outcome);
}

TEST_F(Threads, CloseCutsOffWhatIsUnderWayWhenItsGraceIsOver) {
  Pool pool(options());
  Calls under_way(pool, 2, {"BLPOP", "list", "0"}, kLong);
  wait_until([] { return node(0).info("clients")["blocked_clients"] == "2"; }, kLong, "BLPOP to be there");
  pool.close();
  for (const Outcome& outcome : under_way.wait()) {
    ASSERT_FALSE(outcome->has_value());
    EXPECT_THAT(outcome->error().code(), AnyOf(Eq(ErrorCode::closed), Eq(ErrorCode::connection_lost)));
    EXPECT_EQ(outcome->error().executed(), Executed::maybe) << outcome->error();
  }
}

// The kernel answers a write to a connection that was shut down with SIGPIPE, which would end this program.
TEST_F(Threads, CloseCutsOffWhatIsHalfWritten) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  node(0).stop();
  const std::string more_than_the_sockets_hold(64'000'000, 'x');
  Calls under_way(pool, 1, {"SET", "k", more_than_the_sockets_hold}, kLong);
  wait_in_use(pool, 1);
  log_.wait(EventKind::suspect);  // so it has been stuck for a while
  pool.close();
  const auto& outcome = under_way.wait().front();
  ASSERT_FALSE(outcome->has_value());
  EXPECT_EQ(outcome->error().executed(), Executed::no) << outcome->error();
}

TEST_F(Threads, ClosingWhileEverybodyWorksAndTheMasterMoves) {
  for (int round = 0; round < 5; ++round) {
    auto pool = std::make_unique<Pool>(options());
    Writers writers(*pool, Writers::Work::sets, 16, kLong);
    writers.wait_progress();
    std::jthread mover([&] { cluster().repoint(static_cast<std::size_t>(1 - round % 2)); });
    pool->close();
    const auto tally = writers.stop();
    for (const Error& error : tally.errors) {
      EXPECT_THAT(error.code(), AnyOf(Eq(ErrorCode::closed), Eq(ErrorCode::connection_lost))) << error;
    }
    mover.join();
    point_to({node(static_cast<std::size_t>(1 - round % 2)).ip()});
  }
}

TEST_F(Threads, SeveralPoolsAtOnceComeAndGo) {
  std::vector<std::jthread> users;
  for (int i = 0; i < 8; ++i) {
    users.emplace_back([this] {
      for (int round = 0; round < 10; ++round) {
        Pool pool(options());
        EXPECT_SUCCEEDS(pool.execute({"INCR", "rounds"}, kLong));
      }
    });
  }
  users.clear();
  EXPECT_EQ(node(0).command({"GET", "rounds"}).text, "80");
}

}  // namespace
}  // namespace rediscovery::testing
