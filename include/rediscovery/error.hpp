// What went wrong with a command, and whether the server may have run it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include <rediscovery/export.hpp>

namespace rediscovery {

// Why a command has no reply. The names are stable: log and compare them, not message().
enum class ErrorCode : std::uint8_t {
  no_master,         // no verified master within the caller's time
  timeout,           // the master was there, the caller's time ran out
  connection_lost,   // the connection ended while the command was under way
  server_error,      // the server answered with an error; message() is the server's text
  authentication,    // the server refuses the configured user or password
  overloaded,        // a bound of the pool (waiters, connections) is reached; nothing was queued
  closed,            // the pool was closed, or is being closed
  invalid_argument,  // the command cannot be sent this way, e.g. MULTI without a lease
  protocol,          // the server's bytes are not the Redis protocol
};

// Whether the server ran the command. `maybe` is the one to think about: the command was written and
// no answer came, so sending it again may run it twice.
enum class Executed : std::uint8_t { no, maybe, yes };

[[nodiscard]] REDISCOVERY_EXPORT std::string_view to_string(ErrorCode code) noexcept;
[[nodiscard]] REDISCOVERY_EXPORT std::string_view to_string(Executed executed) noexcept;

// A value: copy and keep it freely. Never holds a password, a token or a command's arguments.
class REDISCOVERY_EXPORT Error {
 public:
  Error(ErrorCode code, Executed executed, std::string message)
      : code_(code), executed_(executed), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] Executed executed() const noexcept { return executed_; }
  // For people: what happened, where, and for how long it was tried.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

  friend bool operator==(const Error&, const Error&) = default;
  friend REDISCOVERY_EXPORT std::ostream& operator<<(std::ostream& out, const Error& error);

 private:
  ErrorCode code_;
  Executed executed_;
  std::string message_;
};

}  // namespace rediscovery
