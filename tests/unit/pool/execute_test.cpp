#include <gtest/gtest.h>

#include "pool/pool_state.hpp"

// What is refused before anything is asked of anybody. The attempts themselves: core/attempts_test.cpp.
namespace rediscovery {
namespace {

using namespace std::chrono_literals;

class ExecuteTest : public ::testing::Test {
 protected:
  Error refusal(const Command& command, std::chrono::milliseconds timeout = 1s) {
    return state_->execute(command, timeout).error();
  }
  std::shared_ptr<PoolState> state_ = std::make_shared<PoolState>(Options{});
};

TEST_F(ExecuteTest, ACommandHasWords) {
  EXPECT_EQ(refusal(Command(std::vector<std::string>{})),
            Error(ErrorCode::invalid_argument, Executed::no, "the command has no words"));
}

TEST_F(ExecuteTest, ACommandHasTime) {
  const Error expected(ErrorCode::invalid_argument, Executed::no, "the timeout must be greater than 0 ms");
  EXPECT_EQ(refusal({"GET", "k"}, 0ms), expected);
  EXPECT_EQ(refusal({"GET", "k"}, -1ms), expected);
  EXPECT_EQ(refusal({"GET", "k"}, std::chrono::milliseconds::min()), expected);
  EXPECT_EQ(state_->acquire(0ms).error(), expected);
}

TEST_F(ExecuteTest, ACommandThatChangesItsConnectionNeedsALease) {
  for (const auto* name : {"MULTI", "watch", "Select", "SUBSCRIBE", "HELLO"}) {
    EXPECT_EQ(refusal({name, "1"}),
              Error(ErrorCode::invalid_argument, Executed::no,
                    std::string(name) + " needs a connection of its own: use acquire()"));
  }
}

TEST_F(ExecuteTest, WhatIsRefusedIsNotCounted) {
  refusal({"MULTI"});
  EXPECT_EQ(state_->stats().to_json(), Stats{}.to_json());
}

TEST_F(ExecuteTest, CountsHowCommandsEnd) {
  (void)state_->count(Reply::status("OK"), {});
  (void)state_->count(Error(ErrorCode::server_error, Executed::yes, "ERR"), {});
  (void)state_->count(Error(ErrorCode::timeout, Executed::no, ""), {});
  (void)state_->count(Error(ErrorCode::connection_lost, Executed::maybe, ""), {});
  const Stats stats = state_->stats();
  EXPECT_EQ(stats.commands, 2U);
  EXPECT_EQ(stats.failed, 2U);
  EXPECT_EQ(stats.in_doubt, 1U);
}

TEST_F(ExecuteTest, AnErrorSaysWhereItsTimeWent) {
  TimeSpent spent;
  spent.waiting = 5ms;
  EXPECT_EQ(state_->count(Error(ErrorCode::timeout, Executed::no, ""), spent).error().spent(), spent);
}

}  // namespace
}  // namespace rediscovery
