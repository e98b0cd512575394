// Exclusive use of one connection: transactions, and what becomes of the connection afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include <rediscovery/script.hpp>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;

class Leases : public PairTest {
 protected:
  // One connection, so that the next lease gets the same unless it was thrown away.
  Options options() {
    Options options = PairTest::options();
    options.max_connections = 1;
    return options;
  }
  Lease acquire(Pool& pool) {
    auto lease = pool.acquire(kLong);
    if (!lease) throw std::runtime_error(lease.error().message() + "\n" + log_.text());
    return std::move(*lease);
  }
  // As the server counts them.
  static std::int64_t connections_received() {
    return std::stoll(node(0).info("stats")["total_connections_received"]);
  }
};

TEST_F(Leases, Transaction) {
  Pool pool(options());
  Lease lease = acquire(pool);
  ASSERT_SUCCEEDS(lease.execute({"WATCH", "k"}));
  ASSERT_SUCCEEDS(lease.execute({"MULTI"}));
  ASSERT_SUCCEEDS(lease.execute({"SET", "k", "v"}));
  ASSERT_SUCCEEDS(lease.execute({"INCR", "k"}));  // fails inside, and EXEC tells
  const auto reply = lease.execute({"EXEC"});
  ASSERT_SUCCEEDS(reply);
  ASSERT_EQ(reply->elements().size(), 2U);
  EXPECT_EQ(reply->elements()[0].text(), "OK");
  EXPECT_TRUE(reply->elements()[1].is_error());
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "v");
}

TEST_F(Leases, AWatchedKeyThatChangesEndsTheTransaction) {
  Pool pool(options());
  Lease lease = acquire(pool);
  ASSERT_SUCCEEDS(lease.execute({"WATCH", "k"}));
  node(0).command({"SET", "k", "other"});
  ASSERT_SUCCEEDS(lease.execute({"MULTI"}));
  ASSERT_SUCCEEDS(lease.execute({"SET", "k", "mine"}));
  const auto reply = lease.execute({"EXEC"});
  ASSERT_SUCCEEDS(reply);
  EXPECT_TRUE(reply->is_nil());
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "other");
}

TEST_F(Leases, CommandsOfALeaseAreRefusedWithoutOne) {
  Pool pool(options());
  for (const char* word : {"MULTI", "watch", "Select", "SUBSCRIBE"}) {
    const auto reply = pool.execute({word, "1"}, kLong);
    ASSERT_FALSE(reply.has_value()) << word;
    EXPECT_EQ(reply.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(reply.error().executed(), Executed::no);
  }
}

class LeftBehind : public Leases, public ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(LeftBehind, IsNotInherited) {
  Pool pool(options());
  {
    Lease lease = acquire(pool);
    ASSERT_SUCCEEDS(lease.execute({"PING"}));
    ASSERT_SUCCEEDS(lease.execute(Command(GetParam())));
  }
  log_.wait_reason(EventKind::connection_closed, "spent");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "v");  // not QUEUED, and in database 0
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

INSTANTIATE_TEST_SUITE_P(State, LeftBehind,
                         ::testing::Values(std::vector<std::string>{"MULTI"},
                                           std::vector<std::string>{"watch", "k"},
                                           std::vector<std::string>{"SELECT", "1"},
                                           std::vector<std::string>{"CLIENT", "REPLY", "ON"}),
                         [](const auto& test) { return test.param.front(); });

TEST_F(Leases, ACleanConnectionIsUsedAgain) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  const auto before = log_.count(EventKind::connection_opened);
  for (int i = 0; i < 20; ++i) {
    Lease lease = acquire(pool);
    ASSERT_SUCCEEDS(lease.execute({"WATCH", "k"}));
    ASSERT_SUCCEEDS(lease.execute({"MULTI"}));
    ASSERT_SUCCEEDS(lease.execute({"INCR", "k"}));
    ASSERT_SUCCEEDS(lease.execute({"EXEC"}));
  }
  EXPECT_EQ(log_.count(EventKind::connection_opened), before) << log_.text();
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "20");
}

TEST_F(Leases, AWriteThatTooFewReplicasHaveBreaksNothing) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  const auto before = log_.count(EventKind::connection_opened);
  {
    Lease lease = acquire(pool);
    const auto written = lease.execute(Command{"SET", "k", "v"}.acknowledged_by(2, 20ms));
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code(), ErrorCode::unacknowledged);
    const auto read = lease.execute({"GET", "k"});
    ASSERT_SUCCEEDS(read);
    EXPECT_EQ(read->text(), "v");
  }
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(log_.count(EventKind::connection_opened), before) << log_.text();
}

TEST_F(Leases, ADiscardThatIsRefusedEndsNoTransaction) {
  Pool pool(options());
  {
    Lease lease = acquire(pool);
    ASSERT_SUCCEEDS(lease.execute({"MULTI"}));
    EXPECT_FALSE(lease.execute({"DISCARD", "too", "many"}).has_value());
  }
  const auto set = pool.execute({"SET", "k", "v"}, kLong);
  ASSERT_SUCCEEDS(set);
  EXPECT_EQ(set->text(), "OK");
}

TEST_F(Leases, WhatWouldComeToNothingIsRefused) {
  Pool pool(options());
  const Script script("return 1");
  const auto refused = [](const Result<Reply>& result) {
    return !result && result.error().code() == ErrorCode::invalid_argument &&
           result.error().executed() == Executed::no;
  };
  Lease lease = acquire(pool);
  EXPECT_TRUE(refused(lease.execute(Command{"GET", "k"}.from(ReadFrom::replica))));
  EXPECT_SUCCEEDS(lease.execute(script.call({"k"})));
  ASSERT_SUCCEEDS(lease.execute({"MULTI"}));
  EXPECT_TRUE(refused(lease.execute(Command{"SET", "k", "v"}.acknowledged_by(1, 100ms))));
  EXPECT_TRUE(refused(lease.execute(script.call({"k"}))));
  ASSERT_SUCCEEDS(lease.execute({"INCR", "n"}));
  const auto results = lease.execute({"EXEC"});
  ASSERT_SUCCEEDS(results);
  EXPECT_EQ(results->elements().size(), 1U);
}

TEST_F(Leases, AfterATimeoutTheLeaseIsBroken) {
  Pool pool(options());
  std::optional<Lease> lease = acquire(pool);
  const auto late = lease->execute({"BLPOP", "list", "0"}, kShort);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::timeout);
  EXPECT_EQ(late.error().executed(), Executed::maybe);
  const auto next = lease->execute({"PING"}, kLong);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().executed(), Executed::no);
  EXPECT_THAT(next.error().message(), HasSubstr("broken"));
  lease.reset();
  // Nobody else gets the connection, on which BLPOP's answer may still come.
  ASSERT_SUCCEEDS(pool.execute({"RPUSH", "list", "x"}, kLong));
  const auto ping = pool.execute({"ECHO", "hello"}, kLong);
  ASSERT_SUCCEEDS(ping);
  EXPECT_EQ(ping->text(), "hello");
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << "a blocking command may take long\n" << log_.text();
}

// BLPOP waits for a second, several times what would be suspicious of another command.
TEST_F(Leases, ABlockingCommandIsNoSilence) {
  Options impatient = options();
  impatient.silence_timeout = 50ms;
  Pool pool(impatient);
  {
    Lease lease = acquire(pool);
    const auto reply = lease.execute({"BLPOP", "list", "1"}, kLong);
    ASSERT_SUCCEEDS(reply);
    EXPECT_TRUE(reply->is_nil());
  }
  ASSERT_SUCCEEDS(pool.execute({"BLPOP", "list", "1"}, kLong));
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
  EXPECT_EQ(log_.count(EventKind::connection_opened), 1U) << log_.text();
}

// ---- across a switch ------------------------------------------------------------------------------------

TEST_F(Leases, ATransactionAcrossASwitchIsTold) {
  Pool pool(options());
  std::optional<Lease> lease = acquire(pool);
  EXPECT_EQ(lease->generation(), 1U);
  ASSERT_SUCCEEDS(lease->execute({"WATCH", "k"}));
  ASSERT_SUCCEEDS(lease->execute({"MULTI"}));
  ASSERT_SUCCEEDS(lease->execute({"SET", "k", "v"}));
  node(1).replicate("");
  point_to({node(1).ip()});
  log_.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; });
  // What is not in use is taken back after a moment, so that nothing is written to the old master for ever.
  wait_until([&] { return node(0).info("clients")["connected_clients"] == "1"; }, kLong, "it to be cut");
  const auto exec = lease->execute({"EXEC"}, kLong);
  ASSERT_FALSE(exec.has_value());
  EXPECT_EQ(exec.error().code(), ErrorCode::connection_lost);
  EXPECT_EQ(exec.error().executed(), Executed::no);
  EXPECT_EQ(lease->generation(), 1U);
  EXPECT_TRUE(node(0).command({"GET", "k"}).is_nil());

  lease.reset();
  log_.wait(EventKind::drained);
  Lease next = acquire(pool);
  EXPECT_EQ(next.generation(), 2U);
  ASSERT_SUCCEEDS(next.execute({"SET", "k", "v"}));
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "v");
}

TEST_F(Leases, ReadonlyOnALeaseIsToldAndNotRepeated) {
  Pool pool(options());
  {
    Lease lease = acquire(pool);
    ASSERT_SUCCEEDS(lease.execute({"PING"}));
    cluster().repoint(1);
    const auto write = lease.execute({"SET", "k", "v"}, kLong);
    ASSERT_FALSE(write.has_value());
    EXPECT_EQ(write.error().executed(), Executed::no) << write.error();
    EXPECT_FALSE(lease.execute({"PING"}, kLong).has_value());
  }
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
}

TEST_F(Leases, ABlockedLeaseIsFreedByASwitch) {
  Pool pool(options());
  std::optional<Result<Reply>> blocked;
  std::jthread caller([&] {
    Lease lease = acquire(pool);
    blocked = lease.execute({"BLPOP", "list", "0"}, kLong);
  });
  wait_until([] { return node(0).info("clients")["blocked_clients"] == "1"; }, kLong, "BLPOP to be there");
  node(1).replicate("");
  point_to({node(1).ip()});
  caller.join();
  ASSERT_FALSE(blocked->has_value());
  EXPECT_EQ(blocked->error().code(), ErrorCode::connection_lost) << blocked->error();
  EXPECT_EQ(blocked->error().executed(), Executed::maybe);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
}

// ---- the end --------------------------------------------------------------------------------------------

TEST_F(Leases, OutlivesThePool) {
  auto pool = std::make_unique<Pool>(options());
  std::optional<Lease> lease = acquire(*pool);
  ASSERT_SUCCEEDS(lease->execute({"PING"}));
  pool.reset();
  const auto reply = lease->execute({"PING"}, kLong);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::closed);
  EXPECT_EQ(reply.error().executed(), Executed::no);
  EXPECT_EQ(lease->generation(), 1U);
  lease.reset();
  wait_until([] { return node(0).info("clients")["connected_clients"] == "1"; }, kLong,
             "the connection to be closed");
}

TEST_F(Leases, CanBeMoved) {
  Pool pool(options());
  Lease first = acquire(pool);
  Lease second = std::move(first);
  ASSERT_SUCCEEDS(second.execute({"PING"}));
  std::optional<Lease> third;
  third = std::move(second);
  ASSERT_SUCCEEDS(third->execute({"PING"}));
  EXPECT_EQ(pool.stats().in_use, 1U);
  third.reset();
  EXPECT_EQ(pool.stats().in_use, 0U);
}

// Elements beyond what is reserved for an announced count, and nested ones.
TEST_F(Leases, LargeRepliesComeWhole) {
  Pool pool(options());
  Lease lease = acquire(pool);
  ASSERT_SUCCEEDS(lease.execute({"MULTI"}));
  for (int i = 0; i < 3000; ++i) ASSERT_SUCCEEDS(lease.execute({"RPUSH", "list", std::to_string(i)}));
  ASSERT_SUCCEEDS(lease.execute({"LRANGE", "list", "0", "-1"}));
  ASSERT_SUCCEEDS(lease.execute({"SET", "big", std::string(20'000'000, 'x')}, kLong));
  ASSERT_SUCCEEDS(lease.execute({"GET", "big"}));
  const auto reply = lease.execute({"EXEC"}, kLong);
  ASSERT_SUCCEEDS(reply);
  ASSERT_EQ(reply->elements().size(), 3003U);
  const auto& list = reply->elements()[3000].elements();
  ASSERT_EQ(list.size(), 3000U);
  for (std::size_t i = 0; i < list.size(); ++i) ASSERT_EQ(list[i].text(), std::to_string(i));
  EXPECT_EQ(reply->elements()[3002].text().size(), 20'000'000U);
}

}  // namespace
}  // namespace rediscovery::testing
