// How an AsyncClient ends: closed, destroyed, overloaded, forked.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <rediscovery/async_client.hpp>

#include "async/own_loop.hpp"
#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

class End : public PairTest {
 protected:
  /// Counts how often each callback was called, and what with.
  struct Tally {
    explicit Tally(std::size_t commands) : calls(commands) {}
    std::vector<std::atomic<int>> calls;
    std::atomic<int> closed{0};
    std::atomic<int> in_doubt{0};

    AsyncClient::Callback callback(std::size_t index) {
      return [this, index](const Result<Reply>& result) {
        ++calls[index];
        if (result) return;
        if (result.error().code() == ErrorCode::closed) ++closed;
        if (result.error().executed() == Executed::maybe) ++in_doubt;
      };
    }
    void expect_once() const {
      for (const auto& count : calls) ASSERT_EQ(count, 1);
    }
  };
};

TEST_F(End, ClosingCompletesEveryCallbackExactlyOnce) {
  constexpr std::size_t kCommands = 2'000;
  Tally tally(kCommands);
  AsyncClient client(options());
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  node(0).stop();
  for (std::size_t i = 0; i < kCommands; ++i) client.execute({"INCR", "n"}, kLong, tally.callback(i));
  wait_until([&] { return client.stats().in_flight > 0; }, kLong, "commands to be in flight");
  client.close();
  node(0).cont();
  tally.expect_once();
  EXPECT_GT(tally.in_doubt, 0);
}

TEST_F(End, ClosingFailsWhatWaitsAsNotExecuted) {
  point_to({});
  Tally tally(100);
  AsyncClient client(options());
  for (std::size_t i = 0; i < 100; ++i) client.execute({"INCR", "n"}, kLong, tally.callback(i));
  client.close();
  tally.expect_once();
  EXPECT_EQ(tally.closed, 100);
  EXPECT_EQ(tally.in_doubt, 0);
}

TEST_F(End, ClosingWithAGraceLetsWhatWasSentFinish) {
  AsyncClient client(options());
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  std::atomic<int> succeeded{0};
  for (int i = 0; i < 1'000; ++i) {
    client.execute({"INCR", "n"}, kLong, [&](const Result<Reply>& result) {
      if (result) ++succeeded;
    });
  }
  client.close(kLong);
  EXPECT_EQ(succeeded, 1'000);
}

TEST_F(End, AfterClosingACommandFailsFromInsideTheCall) {
  AsyncClient client(options());
  client.close();
  client.close();
  std::optional<ErrorCode> code;
  client.execute({"PING"}, kLong, [&](const Result<Reply>& result) { code = result.error().code(); });
  EXPECT_EQ(code, ErrorCode::closed);
}

TEST_F(End, ClosingAgainWithAGraceReturnsAtOnceAlsoAfterACallbackHasClosed) {
  AsyncClient client(options());
  std::promise<void> closed;
  client.execute({"PING"}, kLong, [&](const Result<Reply>&) {
    client.close();
    closed.set_value();
  });
  closed.get_future().get();
  const auto began = std::chrono::steady_clock::now();
  client.close(kLong);
  client.close(kLong);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong);
}

TEST_F(End, ACallbackThatTriesAgainAtOnceDoesNotKeepTheLoopFromReading) {
  point_to({});
  Options few = options();
  few.max_waiters = 0;
  AsyncClient client(few);
  std::promise<void> done;
  std::function<void(const Result<Reply>&)> again = [&](const Result<Reply>& result) {
    if (result) return done.set_value();
    client.execute({"PING"}, kLong, again);
  };
  client.execute({"PING"}, kLong, again);
  point_to({node(0).ip()});
  done.get_future().get();
}

TEST_F(End, ALoopThatWasHeldUpReadsItsAnswersBeforeItGivesUp) {
  OwnLoop loop;
  AsyncClient client(options(), loop.get());
  std::optional<Result<Reply>> result;
  client.execute({"PING"}, kLong, [&](Result<Reply> reply) { result = std::move(reply); });
  loop.run_until([&] { return result.has_value(); });
  result.reset();
  client.execute({"INCR", "n"}, kShort, [&](Result<Reply> reply) { result = std::move(reply); });
  uv_run(loop.get(), UV_RUN_NOWAIT);  // it leaves
  wait_until([] { return node(0).command({"GET", "n"}).text == "1"; }, kLong, "the server's answer");
  std::this_thread::sleep_for(2 * kShort);  // the application is busy
  loop.run_until([&] { return result.has_value(); });
  ASSERT_SUCCEEDS(*result);
  EXPECT_EQ(client.stats().suspicions, 0U);
  client.close();
}

TEST_F(End, ACallbackMayCloseTheClient) {
  Tally tally(100);
  AsyncClient client(options());
  client.execute({"PING"}, kLong, [&](const Result<Reply>&) { client.close(); });
  for (std::size_t i = 0; i < 100; ++i) client.execute({"INCR", "n"}, kLong, tally.callback(i));
  wait_until([&] { return tally.calls.back() > 0; }, kLong, "the callbacks");
  client.close();
  tally.expect_once();
}

TEST_F(End, WhatTheCallbackThatClosesAsksForIsRefusedAndNotRun) {
  AsyncClient client(options());
  std::promise<ErrorCode> refused;
  client.execute({"PING"}, kLong, [&](const Result<Reply>&) {
    client.close();
    std::optional<ErrorCode> code;
    client.execute({"SET", "after", "v"}, kLong,
                   [&](const Result<Reply>& result) { code = result.error().code(); });
    refused.set_value(code.value_or(ErrorCode::timeout));
  });
  EXPECT_EQ(refused.get_future().get(), ErrorCode::closed) << "from inside the call";
  client.close();
  EXPECT_EQ(node(0).command({"GET", "after"}).text, "");
}

TEST_F(End, OnTheCallersLoopACallbackMayDestroyTheClient) {
  OwnLoop loop;
  Tally tally(100);
  auto client = std::make_unique<AsyncClient>(options(), loop.get());
  client->execute({"PING"}, kLong, [&](const Result<Reply>&) { client.reset(); });
  for (std::size_t i = 0; i < 100; ++i) client->execute({"INCR", "n"}, kLong, tally.callback(i));
  loop.run_until([&] { return client == nullptr; });
  tally.expect_once();
}

TEST_F(End, ACallersLoopEndsWhenItsClientIsClosed) {
  OwnLoop loop;
  AsyncClient client(options(), loop.get());
  bool answered = false;
  client.execute({"PING"}, kLong, [&](const Result<Reply>&) {
    answered = true;
    client.close();
  });
  uv_run(loop.get(), UV_RUN_DEFAULT);
  EXPECT_TRUE(answered);
}

TEST_F(End, MoreThanMayWaitIsRefusedAtOnce) {
  point_to({});
  Options few = options();
  few.max_waiters = 10;
  AsyncClient client(few);
  std::atomic<int> overloaded{0};
  for (int i = 0; i < 15; ++i) {
    client.execute({"INCR", "n"}, kLong, [&](const Result<Reply>& result) {
      if (result.error().code() == ErrorCode::overloaded) ++overloaded;
    });
  }
  wait_until([&] { return overloaded == 5; }, kLong, "the five too many to be refused");
  EXPECT_EQ(client.stats().waiting, 10U);
}

TEST_F(End, MoreBytesThanMayBeUnderWayAreRefusedAtOnce) {
  point_to({});
  Options small = options();
  small.max_queued_bytes = 10'000;
  AsyncClient client(small);
  auto waits = client.execute({"SET", "k", std::string(6'000, 'x')}, kLong, use_future);
  const auto refused = client.execute({"SET", "k", std::string(6'000, 'x')}, kLong, use_future).get();
  EXPECT_EQ(refused.error().code(), ErrorCode::overloaded);
  client.close();
  EXPECT_EQ(waits.get().error().code(), ErrorCode::closed);
}

TEST_F(End, AForkIsToldToTheChildAndDoesNotDisturbTheParent) {
  auto client = std::make_unique<AsyncClient>(options());
  ASSERT_SUCCEEDS(client->execute({"SET", "k", "v"}, kLong, use_future).get());
  const pid_t child = fork();
  if (child == 0) {
    const auto result = client->execute({"GET", "k"}, kLong, use_future).get();
    client->cancel(1);
    client->close();
    const bool no_stats = client->stats().commands == 0;
    client.reset();
    _exit(!result && result.error().code() == ErrorCode::forked && no_stats ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_SUCCEEDS(client->execute({"GET", "k"}, kLong, use_future).get());
  EXPECT_EQ(client->stats().suspicions, 0U) << log_.text();
}

}  // namespace
}  // namespace rediscovery::testing
