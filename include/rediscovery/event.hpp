// What the pool tells about itself while it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include <rediscovery/export.hpp>

namespace rediscovery {

enum class EventKind : std::uint8_t {
  resolved,           // a look-up answered with at least one usable endpoint, other than before
  lookup_failed,      // a look-up or a push gave nothing usable; the last good answer stays
  suspect,            // evidence that the master is stale; hand-outs pause until it is verified again
  verified,           // the suspected master is still the master
  adopted,            // a new master, a new generation
  refused,            // a candidate is not the master, or could not be asked; the same is told once
  authentication,     // a node refuses user, password or certificate, or its own is not to be trusted
  connection_opened,  // a verified connection joined the pool
  connection_closed,  // a connection left the pool; reason tells why
  drained,            // the last connection of an older generation is gone
};

[[nodiscard]] REDISCOVERY_EXPORT std::string_view to_string(EventKind kind) noexcept;

// A value. Holds no secrets.
struct REDISCOVERY_EXPORT Event {
  EventKind kind = EventKind::resolved;
  std::chrono::system_clock::time_point at;  // wall clock, for people; never used for decisions
  std::uint64_t generation = 0;              // the generation in force when it happened; 0: no master yet
  std::string endpoint;                      // "address:port" this is about, or empty
  std::string reason;                        // one line for people, or empty
  // adopted, verified: since suspicion (or construction) began, or DNS named another; resolved,
  // lookup_failed: the look-up; connection_opened: connect and handshake; connection_closed: its age;
  // drained: since the adoption; else 0.
  std::chrono::microseconds took{0};

  // One JSON object on one line.
  [[nodiscard]] std::string to_json() const;
  friend REDISCOVERY_EXPORT std::ostream& operator<<(std::ostream& out, const Event& event);
};

// Called on the background thread of the pool or client (of an AsyncClient on the caller's loop: on that),
// one event at a time and in order. It must return quickly, must not throw, and must not call into the pool
// or client, close or destroy it; hand the event to a queue of your own for anything slow.
using EventHandler = std::function<void(const Event&)>;

}  // namespace rediscovery
