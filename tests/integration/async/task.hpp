#pragma once

#include <coroutine>
#include <exception>

namespace rediscovery::testing {

/// The smallest coroutine there is: starts at once, and ends on its own.
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace rediscovery::testing
