#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string_view>

namespace rediscovery::testing {

/// Something did not happen in time. The message says what was awaited and for how long.
class TimeoutError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Asks `predicate` every `interval` until it is true; throws TimeoutError naming `description` when it is
/// not true within `timeout`. Exceptions of the predicate pass through. Returns the time it took.
std::chrono::microseconds wait_until(const std::function<bool()>& predicate,
                                     std::chrono::milliseconds timeout, std::string_view description,
                                     std::chrono::milliseconds interval = std::chrono::milliseconds(2));

}  // namespace rediscovery::testing
