#include "engine/turn.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

// On a loop that is run turn by turn, and waits for nothing.
namespace rediscovery::engine {
namespace {

class TurnTest : public ::testing::Test {
 protected:
  TurnTest() { uv_loop_init(&loop_); }
  ~TurnTest() override {
    turn_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }
  void begin(std::function<void()> work) { turn_.emplace(&loop_, std::move(work)); }
  void run_once() { uv_run(&loop_, UV_RUN_NOWAIT); }

  uv_loop_t loop_{};
  std::optional<Turn> turn_;
  int times_ = 0;
};

TEST_F(TurnTest, NothingIsDoneThatNobodyAskedFor) {
  begin([&] { ++times_; });
  run_once();
  EXPECT_EQ(times_, 0);
}

TEST_F(TurnTest, HoweverOftenItIsAskedForItIsDoneOnceAndInTheNextTurn) {
  begin([&] { ++times_; });
  turn_->need();
  turn_->need();
  EXPECT_EQ(times_, 0) << "not from inside the call";
  run_once();
  EXPECT_EQ(times_, 1);
  run_once();
  EXPECT_EQ(times_, 1) << "done is done";
  turn_->need();
  run_once();
  EXPECT_EQ(times_, 2);
}

TEST_F(TurnTest, WhatIsAskedForFromInsideIsDoneInTheNextTurn) {
  begin([&] {
    if (++times_ < 3) turn_->need();
  });
  turn_->need();
  for (int turn = 1; turn <= 3; ++turn) {
    run_once();
    EXPECT_EQ(times_, turn) << "or the loop would never read";
  }
  run_once();
  EXPECT_EQ(times_, 3);
}

TEST_F(TurnTest, AfterReadingComesWhatLayThereWhenItWasAskedFor) {
  std::vector<std::string> order;
  turn_.emplace(
      &loop_, [&] { order.emplace_back("after reading"); }, Turn::When::after_reading);
  uv_async_t news;
  uv_async_init(&loop_, &news, [](uv_async_t* async) {
    static_cast<std::vector<std::string>*>(async->data)->emplace_back("read");
  });
  news.data = &order;
  uv_async_send(&news);
  turn_->need();
  run_once();
  EXPECT_EQ(order, (std::vector<std::string>{"read", "after reading"}));
  uv_close(reinterpret_cast<uv_handle_t*>(&news), nullptr);
  run_once();
}

TEST_F(TurnTest, TheLoopDoesNotWaitWhenItIsAskedForByWhatRunsLater) {
  begin([&] { ++times_; });
  // Right before the loop would wait, for something that never comes.
  uv_prepare_t late;
  uv_prepare_init(&loop_, &late);
  late.data = &*turn_;
  uv_prepare_start(&late, [](uv_prepare_t* prepare) {
    uv_prepare_stop(prepare);
    static_cast<Turn*>(prepare->data)->need();
  });
  uv_async_t never;
  uv_async_init(&loop_, &never, [](uv_async_t*) {});
  while (times_ == 0) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(times_, 1);
  uv_close(reinterpret_cast<uv_handle_t*>(&late), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&never), nullptr);
  run_once();
}

TEST_F(TurnTest, ItDoesNotKeepALoopAliveThatNobodyNeeds) {
  begin([&] { ++times_; });
  turn_->need();
  uv_run(&loop_, UV_RUN_DEFAULT);  // returns
  EXPECT_EQ(times_, 1);
}

TEST_F(TurnTest, WorkMayEndIt) {
  begin([&] {
    ++times_;
    turn_->need();
    turn_.reset();
  });
  turn_->need();
  run_once();
  run_once();
  EXPECT_EQ(times_, 1);
}

TEST_F(TurnTest, NothingIsDoneAfterItsEnd) {
  begin([&] { ++times_; });
  turn_->need();
  turn_.reset();
  run_once();
  EXPECT_EQ(times_, 0);
}

}  // namespace
}  // namespace rediscovery::engine
