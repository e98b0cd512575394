// What went wrong with a command, and whether the server may have run it.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include <rediscovery/export.hpp>

namespace rediscovery {

// Why a command has no reply. The names are stable: log and compare them, not message().
enum class ErrorCode : std::uint8_t {
  no_master,         // no verified master within the caller's time
  no_replica,        // the same for a read that may be answered by replicas only
  timeout,           // the master was there, the caller's time ran out
  connection_lost,   // the connection ended while the command was under way
  server_error,      // the server answered with an error; message() is the server's text
  authentication,    // the server refuses user, password or certificate, or its own is not to be trusted
  overloaded,        // a bound of the pool (waiters, connections) is reached; nothing was queued
  closed,            // the pool was closed, or is being closed
  invalid_argument,  // the command cannot be sent this way, e.g. MULTI without a lease
  protocol,          // the server's bytes are not the Redis protocol
  unacknowledged,    // the master ran the write, but fewer replicas than asked for have acknowledged it
  cancelled,         // the caller took the command back
  forked,            // this process is a child of the one that made the pool: it needs a pool of its own
  unexpected_reply,  // the server's answer is not of the type that as<T>() was asked for
};

// Whether the server ran the command. `maybe` is the one to think about: the command was written and
// no answer came, so sending it again may run it twice.
enum class Executed : std::uint8_t { no, maybe, yes };

[[nodiscard]] REDISCOVERY_EXPORT std::string_view to_string(ErrorCode code) noexcept;
[[nodiscard]] REDISCOVERY_EXPORT std::string_view to_string(Executed executed) noexcept;

// Where the time of a call that failed went. `resolving`, `connecting` and `verifying` are the parts of
// `waiting` in which the pool looked the master's name up, connected to a node, and asked one who it is; they
// may overlap.
struct REDISCOVERY_EXPORT TimeSpent {
  std::chrono::microseconds waiting{0};  // for a connection to the master
  std::chrono::microseconds resolving{0};
  std::chrono::microseconds connecting{0};
  std::chrono::microseconds verifying{0};
  std::chrono::microseconds answering{0};  // for answers to what was sent, over all attempts

  friend bool operator==(const TimeSpent&, const TimeSpent&) = default;
  // "waited 480 ms (look-ups 12 ms, connecting 250 ms, verifying 3 ms), 20 ms for answers"
  friend REDISCOVERY_EXPORT std::ostream& operator<<(std::ostream& out, const TimeSpent& spent);
};

// A value: copy and keep it freely. Never holds a password or a token. A server's error text may quote a part
// of the command.
class REDISCOVERY_EXPORT Error {
 public:
  Error(ErrorCode code, Executed executed, std::string message)
      : code_(code), executed_(executed), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] Executed executed() const noexcept { return executed_; }
  // For people: what happened, where, and what was tried meanwhile.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  // All zero where no time was spent: a refused argument, a closed pool.
  [[nodiscard]] const TimeSpent& spent() const noexcept { return spent_; }
  [[nodiscard]] Error with(const TimeSpent& spent) const;

  friend bool operator==(const Error&, const Error&) = default;
  friend REDISCOVERY_EXPORT std::ostream& operator<<(std::ostream& out, const Error& error);

 private:
  ErrorCode code_;
  Executed executed_;
  std::string message_;
  TimeSpent spent_;
};

}  // namespace rediscovery
