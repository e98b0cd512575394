#include "engine/loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

// Without timers that are waited for: those belong where time is real.
namespace rediscovery::engine {
namespace {

TEST(Loop, RunsTasksInTheirOrderOnAThreadOfItsOwn) {
  Loop loop;
  std::vector<int> order;
  std::atomic<bool> on_its_thread = false;
  for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.post([&] { on_its_thread = loop.is_this_thread(); });
  loop.stop();
  ASSERT_EQ(order.size(), 100U) << "stop() runs what was posted before";
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(on_its_thread);
  EXPECT_FALSE(loop.is_this_thread());
}

TEST(Loop, RunsTheLastTaskAfterAllOthers) {
  Loop loop;
  std::vector<int> order;
  loop.post([&] { order.push_back(1); });
  loop.stop([&] { order.push_back(2); });
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Loop, TasksAfterTheEndAreDestroyedWithoutHavingRun) {
  Loop loop;
  loop.stop();
  const auto witness = std::make_shared<int>(0);
  loop.post([witness] { ++*witness; });
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_EQ(*witness, 0);
}

TEST(Loop, CanBeStoppedTwice) {
  Loop loop;
  int last = 0;
  loop.stop([&] { ++last; });
  loop.stop([&] { ++last; });
  EXPECT_EQ(last, 1);
}

TEST(Loop, ATaskMayPostAnother) {
  Loop loop;
  std::atomic<bool> ran = false;
  loop.post([&] { loop.post([&] { ran = true; }); });
  while (!ran) std::this_thread::yield();
  loop.stop();
  EXPECT_TRUE(ran);
}

TEST(Timer, IsClosedWithTheLoopAlsoWhenItIsSet) {
  Loop loop;
  std::unique_ptr<Timer> timer;
  bool fired = false;
  loop.post([&] {
    timer = std::make_unique<Timer>(loop.uv(), [&] { fired = true; });
    timer->set(core::TimePoint{} + std::chrono::hours(24 * 365 * 100));
    timer->clear();
  });
  loop.stop([&] { timer.reset(); });
  EXPECT_FALSE(fired);
}

TEST(Timer, FiresAtOnceWhenItsTimeIsPast) {
  Loop loop;
  std::unique_ptr<Timer> timer;
  std::atomic<bool> fired = false;
  loop.post([&] {
    timer = std::make_unique<Timer>(loop.uv(), [&] { fired = true; });
    timer->set(core::TimePoint{});
  });
  while (!fired) std::this_thread::yield();
  loop.stop([&] { timer.reset(); });
}

}  // namespace
}  // namespace rediscovery::engine
