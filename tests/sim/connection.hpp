// A connection as a simulated pool holds it: what src/pool/pooled_connection.hpp is to the real one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/pool_fsm.hpp"
#include "sim/network.hpp"

namespace rediscovery::sim {

struct Connection {
  core::ConnectionId id = 0;
  NodeIndex node = 0;
  LinkPtr link;
  core::NodeReport report;       // the node's last word on it
  std::uint64_t generation = 0;  // given when it joins the pool

  bool has_joined = false;
  bool at_end = false;     // the server's end has arrived, or it was shut down
  bool end_told = false;   // to the driver
  bool is_asking = false;  // ROLE and INFO are on their way
  std::uint64_t questions = 0;
  std::optional<TimePoint> asked_at;  // a command has been unanswered since
  bool repeatable = false;
  bool has_ended = false;  // the node's history ended at another's promotion
  Task wake_holder;        // the thread that waits for an answer on it learns that it has ended
  Task wake_watch;         // the loop learns it

  void asked(TimePoint now, bool is_repeatable) {
    asked_at = now;
    repeatable = is_repeatable;
  }
  void answered() {
    asked_at.reset();
    repeatable = false;
  }
  void ended() {
    at_end = true;
    if (wake_holder) wake_holder();
    if (wake_watch) wake_watch();
  }
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace rediscovery::sim
