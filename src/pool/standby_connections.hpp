// The standbys' connections: what StandbyFsm decides, done.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

#include "engine/discovery.hpp"
#include "pool/connection_watch.hpp"
#include "redis/dialer.hpp"

namespace rediscovery {

// Loop thread only. Tells Discovery what comes of each connection, never from inside a call made here.
class StandbyConnections {
 public:
  // All three must outlive this. `after` is called whenever something was told, to set timers anew.
  StandbyConnections(uv_loop_t* loop, redis::Dialer& dialer, std::chrono::milliseconds connect_timeout,
                     engine::Discovery& discovery, std::function<void()> after);

  void dial(const core::Endpoint& endpoint);
  void ask(const core::Endpoint& endpoint);
  void close(const core::Endpoint& endpoint);
  // Hands the connection over; the caller sets its own on_end(). Null if there is none.
  [[nodiscard]] std::unique_ptr<ConnectionWatch> take(const core::Endpoint& endpoint);
  // Gives up on questions that have been open since before `limit`.
  void look_for_silence(core::TimePoint limit);
  [[nodiscard]] std::size_t size() const { return standbys_.size(); }

 private:
  struct Standby {
    std::uint64_t serial = 0;  // tells this dial's outcome from that of an earlier one
    std::unique_ptr<ConnectionWatch> watch;
  };

  uv_loop_t* loop_;
  redis::Dialer& dialer_;
  std::chrono::milliseconds connect_timeout_;
  engine::Discovery& discovery_;
  std::function<void()> after_;
  std::uint64_t serials_ = 0;
  std::map<core::Endpoint, Standby> standbys_;
};

}  // namespace rediscovery
