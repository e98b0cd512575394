#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <rediscovery/event.hpp>

namespace rediscovery::testing {

/// Records a pool's events, and waits for one. Must outlive the pool. Thread-safe.
class EventLog {
 public:
  using Predicate = std::function<bool(const Event&)>;
  /// Far more than anything awaited takes: only a test that fails uses it up.
  static constexpr std::chrono::seconds kPatience{30};

  [[nodiscard]] EventHandler handler();

  /// How many there are; the place from which later events are asked for.
  [[nodiscard]] std::size_t mark() const;
  [[nodiscard]] std::vector<Event> since(std::size_t mark) const;
  [[nodiscard]] std::size_t count(EventKind kind, std::size_t mark = 0) const;

  /// The first event from `mark` on of this kind for which the predicate holds. Throws TimeoutError with all
  /// that was recorded when none comes.
  Event wait(EventKind kind, std::size_t mark = 0, const Predicate& predicate = {});
  /// The same: an event whose reason contains this text.
  Event wait_reason(EventKind kind, const std::string& text, std::size_t mark = 0);

  /// One event a line.
  [[nodiscard]] std::string text(std::size_t mark = 0) const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable recorded_;
  std::vector<Event> events_;
};

}  // namespace rediscovery::testing
