// What co_await needs to know of a call that completes by a callback.
#pragma once

#include <atomic>
#include <coroutine>
#include <functional>
#include <optional>
#include <utility>

namespace rediscovery {

// To be awaited once, at once: `co_await client.execute(…)`. Nothing is started before, and nothing happens
// if it is dropped. The coroutine goes on where the callback would have been called, and must not be
// destroyed while it waits.
template <typename T>
class [[nodiscard]] Awaitable {
 public:
  using Start = std::function<void(std::function<void(T)>)>;
  explicit Awaitable(Start start) : start_(std::move(start)) {}
  Awaitable(const Awaitable&) = delete;
  Awaitable& operator=(const Awaitable&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) {
    start_([this, waiting](T result) {
      result_.emplace(std::move(result));
      if (second_.exchange(true)) waiting.resume();
    });
    // Completed already, perhaps on another thread: whoever comes second goes on.
    return !second_.exchange(true);
  }
  T await_resume() { return std::move(*result_); }

 private:
  Start start_;
  std::optional<T> result_;
  std::atomic<bool> second_{false};
};

}  // namespace rediscovery
