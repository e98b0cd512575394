// One event loop: its thread, its timers, and the way into it from other threads.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <uv.h>

#include "core/time.hpp"

namespace rediscovery::engine {

// The only reader of the clock on the loop's side. The same clock as everywhere: steady.
[[nodiscard]] inline core::TimePoint now() { return std::chrono::steady_clock::now(); }

// A libuv loop with a thread of its own. Handles may only be touched on that thread; post() brings work
// there.
class Loop {
 public:
  // Throws std::system_error if the loop or its thread cannot be made.
  Loop();
  // stop(), unless that was done.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs `task` on the loop's thread, after the tasks posted before. From any thread. After stop() tasks are
  // destroyed without having run.
  void post(std::function<void()> task);
  // The same, and waits for its end. Throws what it throws. Not from the loop's own thread, and not after
  // stop().
  void run(const std::function<void()>& task);
  // Runs the tasks posted so far, then `last`, waits until every handle is closed, and ends the thread.
  // Handles that still exist must be closed by `last`. A second call waits for the first. Not from the loop's
  // own thread.
  void stop(const std::function<void()>& last = [] {});

  [[nodiscard]] uv_loop_t* uv() { return &loop_; }
  [[nodiscard]] bool is_this_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void drain();

  uv_loop_t loop_{};
  uv_async_t wake_{};
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by mutex_
  bool stopped_ = false;                      // guarded by mutex_
  std::once_flag stop_once_;
  std::thread thread_;
};

// A one-shot timer that can be set again. Loop thread only, destruction included.
class Timer {
 public:
  Timer(uv_loop_t* loop, std::function<void()> fire);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Fires at `at` or as soon after as the loop's millisecond clock allows. Replaces an earlier setting.
  void set(core::TimePoint at);
  void clear();

 private:
  struct Handle;
  Handle* handle_;  // freed by libuv's close callback
};

}  // namespace rediscovery::engine
