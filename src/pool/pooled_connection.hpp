// A connection as the pool holds it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/pool_fsm.hpp"
#include "core/time.hpp"
#include "redis/connection.hpp"

namespace rediscovery {

// Used by one caller's thread or by the loop at a time, as PoolFsm lends it. The atomics are how the loop
// watches a connection that a caller is using.
struct PooledConnection {
  PooledConnection(core::ConnectionId id_, std::uint64_t generation_,
                   std::unique_ptr<redis::Connection> link_)
      : id(id_), generation(generation_), link(std::move(link_)) {}

  const core::ConnectionId id;
  const std::uint64_t generation;
  const std::unique_ptr<redis::Connection> link;

  // When the command was sent that has no answer yet; the clock's zero: there is none, or its silence means
  // nothing (blocking commands). Set once per command, so nothing can restart it.
  std::atomic<core::Duration::rep> asked_at{0};

  void asked(core::TimePoint now) {
    asked_at.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  // Loop thread. True once for each command that stays unanswered: its silence is evidence once.
  [[nodiscard]] bool is_new_silence() {
    const auto at = asked_at.load(std::memory_order_relaxed);
    return std::exchange(reported_, at) != at;
  }
  void answered() { asked_at.store(0, std::memory_order_relaxed); }

 private:
  core::Duration::rep reported_ = 0;
};

}  // namespace rediscovery
