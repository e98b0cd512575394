// Why Consul did not do what it was asked, and whether asking again can help.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace rediscovery::consul {

enum class ErrorKind : std::uint8_t {
  unreachable,           // no address answered, or the connection ended before the answer
  timeout,               // connected, but no answer in time
  cancelled,             // the caller gave up
  tls,                   // no trust: certificate, key, host name, or no TLS at the other end
  unavailable,           // Consul answers but cannot serve: no leader, overloaded, a proxy's 502
  lost_race,             // a compare-and-set saw a newer index: somebody else wrote first
  permission_denied,     // the ACL token is missing, unknown, or not allowed to do this
  missing_registration,  // the transaction names a node or service that is not there any more
  rejected,              // Consul understood and refuses: the request itself is wrong
  too_large,             // the request exceeds Consul's limit, or the answer exceeds ours
  malformed,             // the answer is not what Consul's API promises
};

[[nodiscard]] std::string_view to_string(ErrorKind kind);
std::ostream& operator<<(std::ostream& out, ErrorKind kind);

// Whether the same request may succeed later without anybody changing a configuration.
[[nodiscard]] bool is_transient(ErrorKind kind);

// A value. The message is for people and never holds the token.
struct Error {
  ErrorKind kind = ErrorKind::malformed;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Error& error);
};

}  // namespace rediscovery::consul
