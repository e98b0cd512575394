// The ways to call AsyncClient, on a thread of its own and on the caller's loop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include <rediscovery/async_client.hpp>

#include "async/own_loop.hpp"
#include "async/task.hpp"
#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

class Calls : public PairTest {};

TEST_F(Calls, AFutureIsFulfilled) {
  AsyncClient client(options());
  auto set = client.execute({"SET", "k", "v"}, kLong, use_future);
  auto get = client.execute({"GET", "k"}, kLong, use_future);
  ASSERT_SUCCEEDS(set.get());
  EXPECT_EQ(get.get().value().text(), "v");
}

Task write_and_read(AsyncClient& client, std::promise<std::string>& read) {
  const auto set = co_await client.execute({"SET", "k", "by a coroutine"}, kLong);
  EXPECT_SUCCEEDS(set);
  const auto get = co_await client.execute({"GET", "k"}, kLong);
  read.set_value(std::string(get.value().text()));
}

TEST_F(Calls, ACoroutineGoesOnWithTheReply) {
  AsyncClient client(options());
  std::promise<std::string> read;
  write_and_read(client, read);
  EXPECT_EQ(read.get_future().get(), "by a coroutine");
}

Task count_at_once(AsyncClient& client, std::promise<std::vector<Result<Reply>>>& counted) {
  const std::vector<Command> twice(2, Command{"INCR", "n"});
  const auto pair = co_await client.execute(Transaction(twice), kLong);
  EXPECT_SUCCEEDS(pair);
  counted.set_value(co_await client.batch(twice, kLong));
}

TEST_F(Calls, ACoroutineGoesOnWithATransactionsAndABatchsReplies) {
  AsyncClient client(options());
  std::promise<std::vector<Result<Reply>>> counted;
  count_at_once(client, counted);
  const auto results = counted.get_future().get();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[1].value().to_integer(), 4);
}

TEST_F(Calls, EverythingHappensOnTheCallersLoopAndThread) {
  OwnLoop loop;
  AsyncClient client(options(), loop.get());
  std::optional<Result<Reply>> result;
  std::thread::id thread;
  client.execute({"INCR", "n"}, kLong, [&](Result<Reply> reply) {
    thread = std::this_thread::get_id();
    result = std::move(reply);
  });
  EXPECT_FALSE(result) << "called from inside the call";
  loop.run_until([&] { return result.has_value(); });
  ASSERT_SUCCEEDS(*result);
  EXPECT_EQ(thread, std::this_thread::get_id());
  client.close();
}

TEST_F(Calls, ABatchCompletesOnceWithItsResultsInOrder) {
  AsyncClient client(options());
  std::promise<std::vector<Result<Reply>>> promise;
  client.batch({{"SET", "n", "1"}, {"INCR", "n"}, {"LPUSH", "n", "x"}, {"GET", "n"}}, kLong,
               [&](std::vector<Result<Reply>> results) { promise.set_value(std::move(results)); });
  const auto results = promise.get_future().get();
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[1].value().to_integer(), 2);
  EXPECT_EQ(results[2].error().code(), ErrorCode::server_error);
  EXPECT_EQ(results[3].value().text(), "2");
}

TEST_F(Calls, AnEmptyBatchCompletes) {
  AsyncClient client(options());
  std::promise<std::size_t> promise;
  client.batch({}, kLong, [&](std::vector<Result<Reply>> results) { promise.set_value(results.size()); });
  EXPECT_EQ(promise.get_future().get(), 0U);
}

TEST_F(Calls, CommandsAreAnsweredInTheOrderInWhichTheyWereGiven) {
  Options patient = options();
  patient.silence_timeout = kLong;  // a sanitizer makes the end of the line wait
  AsyncClient client(patient);
  constexpr int kCommands = 20'000;
  std::vector<std::int64_t> answers;
  std::promise<void> all;
  for (int i = 0; i < kCommands; ++i) {
    while (client.stats().waiting + client.stats().in_flight > 5'000) std::this_thread::yield();
    client.execute({"INCR", "n"}, kLong, [&](Result<Reply> reply) {
      answers.push_back(reply.value().to_integer().value());
      if (answers.size() == kCommands) all.set_value();
    });
  }
  all.get_future().get();
  for (int i = 0; i < kCommands; ++i) ASSERT_EQ(answers[static_cast<std::size_t>(i)], i + 1);
}

TEST_F(Calls, WhatIsAskedForInOneTurnOfTheLoopLeavesInOneWrite) {
  OwnLoop loop;
  AsyncClient client(options(), loop.get());
  int left = 1;
  client.execute({"PING"}, kLong, [&](const Result<Reply>&) { --left; });
  loop.run_until([&] { return left == 0; });
  const auto reads = [&] { return std::stol(node(0).info("stats").at("total_reads_processed")); };
  const long before = reads();
  left = 100;
  for (int i = 0; i < 100; ++i) {
    client.execute({"SET", "k", std::to_string(i)}, kLong, [&](const Result<Reply>&) { --left; });
  }
  loop.run_until([&] { return left == 0; });
  // The question itself, and what the replica and the pool say in between; not a hundred.
  EXPECT_LT(reads() - before, 20);
  client.close();
}

TEST_F(Calls, ManyThreadsShareOneConnection) {
  AsyncClient client(options());
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          client.execute({"INCR", "n"}, kLong, [&](const Result<Reply>& reply) {
            EXPECT_SUCCEEDS(reply);
            ++answered;
          });
        }
      });
    }
  }
  wait_until([&] { return answered == 4000; }, kLong, "every command to be answered");
  EXPECT_EQ(client.execute({"GET", "n"}, kLong, use_future).get().value().text(), "4000");
  EXPECT_EQ(client.stats().in_use, 1U);
}

TEST_F(Calls, WhatCannotShareAConnectionIsRefused) {
  AsyncClient client(options());
  const auto refused = [&](const Command& command) {
    const auto result = client.execute(command, kLong, use_future).get();
    return !result && result.error().code() == ErrorCode::invalid_argument &&
           result.error().executed() == Executed::no;
  };
  EXPECT_TRUE(refused({"MULTI"}));
  EXPECT_TRUE(refused({"BLPOP", "list", "0"}));
  EXPECT_TRUE(refused({"SUBSCRIBE", "news"}));
  EXPECT_TRUE(refused(Command(std::vector<std::string>{})));
  const auto result = client.execute({"PING"}, 0ms, use_future).get();
  EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
}

TEST_F(Calls, ACancelledCommandIsToldSoAndItsAnswerIsNotTakenForAnothers) {
  AsyncClient client(options());
  ASSERT_SUCCEEDS(client.execute({"SET", "k", "v"}, kLong, use_future).get());
  node(0).stop();
  std::promise<Result<Reply>> cancelled;
  const auto ticket = client.execute({"INCR", "n"}, kLong,
                                     [&](Result<Reply> reply) { cancelled.set_value(std::move(reply)); });
  auto after = client.execute({"GET", "k"}, kLong, use_future);
  wait_until([&] { return client.stats().in_flight == 2; }, kLong, "both to be sent");
  client.cancel(ticket);
  const auto result = cancelled.get_future().get();
  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(result.error().executed(), Executed::maybe);
  node(0).cont();
  EXPECT_EQ(after.get().value().text(), "v");
}

TEST_F(Calls, ACommandThatWaitsIsCancelledAsNotExecuted) {
  point_to({});
  AsyncClient client(options());
  std::promise<Result<Reply>> cancelled;
  const auto ticket = client.execute({"INCR", "n"}, kLong,
                                     [&](Result<Reply> reply) { cancelled.set_value(std::move(reply)); });
  client.cancel(ticket);
  const auto result = cancelled.get_future().get();
  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(result.error().executed(), Executed::no);
}

TEST_F(Calls, WithoutAMasterTheErrorComesInTimeAndSaysWhy) {
  point_to({});
  AsyncClient client(options());
  const auto result = client.execute({"GET", "k"}, kShort, use_future).get();
  EXPECT_EQ(result.error().code(), ErrorCode::no_master);
  EXPECT_EQ(result.error().executed(), Executed::no);
  EXPECT_THAT(result.error().message(), ::testing::HasSubstr(kName));
  EXPECT_GT(result.error().spent().waiting.count(), 0);
}

}  // namespace
}  // namespace rediscovery::testing
