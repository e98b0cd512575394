#include "engine/loop.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <future>
#include <system_error>

namespace rediscovery::engine {
namespace {

void require(int status, const char* what) {
  if (status != 0) throw std::system_error(-status, std::generic_category(), what);
}

// Signals belong to the application: none of them is to be delivered on a thread it does not know.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Loop::Loop() {
  require(uv_loop_init(&loop_), "cannot make an event loop");
  wake_.data = this;
  const int status =
      uv_async_init(&loop_, &wake_, [](uv_async_t* async) { static_cast<Loop*>(async->data)->drain(); });
  if (status != 0) {
    uv_loop_close(&loop_);
    require(status, "cannot make the event loop's mailbox");
  }
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  } catch (...) {
    uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
    throw;
  }
}

Loop::~Loop() { stop(); }

void Loop::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  tasks_.push_back(std::move(task));
  // Inside the lock: after stop() has set stopped_, nobody may touch a handle that is being closed.
  uv_async_send(&wake_);
}

void Loop::run(const std::function<void()>& task) {
  // Shared: when get() returns, the loop's thread may not be done with it.
  const auto shared = std::make_shared<std::packaged_task<void()>>(task);
  post([shared] { (*shared)(); });
  shared->get_future().get();
}

void Loop::stop(const std::function<void()>& last) {
  std::call_once(stop_once_, [&] {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      tasks_.emplace_back([this, &last] {
        last();
        uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
      });
      uv_async_send(&wake_);
    }
    thread_.join();
    uv_loop_close(&loop_);
  });
}

void Loop::drain() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) task();
}

struct Timer::Handle {
  uv_timer_t timer;
  std::function<void()> fire;
};

Timer::Timer(uv_loop_t* loop, std::function<void()> fire) : handle_(new Handle{{}, std::move(fire)}) {
  uv_timer_init(loop, &handle_->timer);
  handle_->timer.data = handle_;
}

Timer::~Timer() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->timer),
           [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

void Timer::set(core::TimePoint at) {
  // Rounded up: a timer that fires early would find nothing due and be set again for the same millisecond.
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at - now());
  uv_update_time(handle_->timer.loop);
  uv_timer_start(
      &handle_->timer, [](uv_timer_t* timer) { static_cast<Handle*>(timer->data)->fire(); },
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, wait.count())), 0);
}

void Timer::clear() { uv_timer_stop(&handle_->timer); }

}  // namespace rediscovery::engine
