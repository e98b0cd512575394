// What the service asks of Redis: the commands, and what their replies mean. Whoever sends them, a thread
// with a Pool or a loop with an AsyncClient, sends the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "playback.hpp"

namespace st_api {

// The time that one request has for everything it asks of Redis.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds span) : at_(std::chrono::steady_clock::now() + span) {}
  // At least 1 ms: with less, the library would refuse the call as a mistake of its caller.
  [[nodiscard]] std::chrono::milliseconds left() const;

 private:
  std::chrono::steady_clock::time_point at_;
};

// How much of a deadline a read may spend on replicas before the master is asked.
[[nodiscard]] constexpr std::chrono::milliseconds share_for_replicas(std::chrono::milliseconds deadline) {
  return std::max(deadline / 4, std::chrono::milliseconds(1));
}

// Replies 1 or 0. It only reads, which the library knows: it is repeated where needed.
[[nodiscard]] rediscovery::Command has_purchased(const PlaybackRequest& request);

// Writes the record unless there is one; replies nil, or the record that was there, for Playback::settle().
// Sent twice, the second finds what the first has written, and the outcome is the same: that is what makes
// the promise of idempotent() true, and a failover invisible to the viewer.
[[nodiscard]] rediscovery::Command write_session(const Session& session, std::chrono::seconds lifetime);

// Put into the user's history, which is ordered by time. The same session twice is there once.
[[nodiscard]] rediscovery::Command add_to_history(const Session& session);
// Forgets all but the latest `length` of it.
[[nodiscard]] rediscovery::Command trim_history(const std::string& user, std::size_t length);
// The latest `limit`.
[[nodiscard]] rediscovery::Command read_history(const std::string& user, std::size_t limit,
                                                rediscovery::ReadFrom nodes);
// What is no session is left out.
[[nodiscard]] rediscovery::Result<std::vector<Session>> to_sessions(
    const rediscovery::Result<rediscovery::Reply>& reply);

// Write, and read, something that nobody needs.
[[nodiscard]] rediscovery::Command probe_write();
[[nodiscard]] rediscovery::Command probe_read(rediscovery::ReadFrom nodes);

// An error of a step after which nothing of the request can be in Redis; or after which something is: the
// session was written, though the request as a whole has failed.
[[nodiscard]] rediscovery::Error nothing_written(const rediscovery::Error& error);
[[nodiscard]] rediscovery::Error partly_written(const rediscovery::Error& error);

}  // namespace st_api
