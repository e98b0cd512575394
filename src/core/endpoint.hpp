// Where a Redis server can be reached: a numeric address and port, and the name it came from.
#pragma once

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::core {

struct Endpoint {
  std::string address;     // numeric: "10.0.0.5" or "::1", never a host name
  std::uint16_t port = 0;  // never 0 in a usable endpoint
  std::string name;        // the DNS name that led here, for TLS and for logs; empty if none

  // "10.0.0.5:6379", "[::1]:6379".
  [[nodiscard]] std::string to_string() const;

  // Identity is where the bytes go; the name is only a label.
  friend bool operator==(const Endpoint& a, const Endpoint& b) {
    return a.address == b.address && a.port == b.port;
  }
  friend std::strong_ordering operator<=>(const Endpoint& a, const Endpoint& b) {
    if (auto order = a.address <=> b.address; order != 0) return order;
    return a.port <=> b.port;
  }
  friend std::ostream& operator<<(std::ostream& out, const Endpoint& endpoint);
};

[[nodiscard]] bool is_numeric_address(std::string_view text);

// Reads "address:port", "[v6]:port" or, if `default_port` is not 0, a bare address. nullopt when the address
// is not numeric, or the port is missing or outside 1…65535. Addresses are brought into canonical form.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port = 0);

// Reads a comma-separated list of these. Empty when any of them is not one, so that a name is told from a
// list.
[[nodiscard]] std::vector<Endpoint> parse_endpoint_list(std::string_view text, std::uint16_t default_port);

}  // namespace rediscovery::core
