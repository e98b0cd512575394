#include "support/wait.hpp"

#include <string>
#include <thread>

namespace rediscovery::testing {

std::chrono::microseconds wait_until(const std::function<bool()>& predicate,
                                     std::chrono::milliseconds timeout, std::string_view description,
                                     std::chrono::milliseconds interval) {
  const auto started = std::chrono::steady_clock::now();
  while (!predicate()) {
    if (std::chrono::steady_clock::now() - started >= timeout) {
      throw TimeoutError("waited " + std::to_string(timeout.count()) + " ms in vain for " +
                         std::string(description));
    }
    std::this_thread::sleep_for(interval);
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
}

}  // namespace rediscovery::testing
