// A connection as the pool holds it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/pool_fsm.hpp"
#include "core/time.hpp"
#include "redis/connection.hpp"

namespace rediscovery {

// Used by one caller's thread or by the loop at a time, as PoolFsm lends it. The atomics are how the loop
// watches, and cuts, a connection that a caller is using.
class PooledConnection {
 public:
  PooledConnection(core::ConnectionId id_, std::unique_ptr<redis::Connection> link_)
      : id(id_), link(std::move(link_)) {}

  const core::ConnectionId id;
  const std::unique_ptr<redis::Connection> link;
  // Given when it joins the pool, before any caller sees it; constant from then on.
  std::uint64_t generation = 0;
  // When its last user had an answer; for its next one, and for who doubts the server.
  core::TimePoint answered_at{};
  // When its last user sent something.
  core::TimePoint sent_at{};

  // ---- whoever uses the connection ----------------------------------------------------------------
  // A command is being sent. `repeatable`: a write that may be run again, so that nothing is gained by
  // waiting for an answer that would not count. `silence_counts` is false for commands that may block for as
  // long as they like.
  void asked(core::TimePoint now, bool repeatable = false, bool silence_counts = true) {
    sent_at = now;
    repeatable_.store(repeatable, std::memory_order_relaxed);
    asked_at_.store(silence_counts ? now.time_since_epoch().count() : 0, std::memory_order_relaxed);
  }
  void answered() {
    asked_at_.store(0, std::memory_order_relaxed);
    repeatable_.store(false, std::memory_order_relaxed);
  }
  // The node's history ended at another's promotion: what it acknowledged since then may be lost, and what it
  // refused was not executed. An answer that was read before this became true is older than the moment the
  // promotion was seen.
  [[nodiscard]] bool has_ended() const { return ended_.load(std::memory_order_acquire); }

  // ---- the loop -----------------------------------------------------------------------------------
  // Since when a command has been unanswered; nullopt: there is none.
  [[nodiscard]] std::optional<core::TimePoint> unanswered_since() const {
    const auto at = asked_at_.load(std::memory_order_relaxed);
    if (at == 0) return std::nullopt;
    return core::TimePoint(core::Duration(at));
  }
  // The thread that waits on this connection, if any, is left to its answer, which may be that the write was
  // refused: a demoted master says so to all that it had not run yet. With a repeatable write it is woken.
  void end_history() {
    ended_.store(true, std::memory_order_release);
    if (repeatable_.load(std::memory_order_relaxed)) cut();
  }
  // Wakes the thread that waits on this connection, if any.
  void cut() { link->shut_down(); }

 private:
  // When the command was sent that has no answer yet; the clock's zero: there is none. Set once per command,
  // so nothing can restart it.
  std::atomic<core::Duration::rep> asked_at_{0};
  std::atomic<bool> repeatable_{false};
  std::atomic<bool> ended_{false};
};

}  // namespace rediscovery
