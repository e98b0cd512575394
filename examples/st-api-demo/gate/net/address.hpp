// Numeric addresses, in the one spelling that DNS servers give back.
#pragma once

#include <string>

namespace st_gate {

// "" when it is no IPv4 or IPv6 address.
[[nodiscard]] std::string canonical_address(const std::string& text);
[[nodiscard]] inline bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}
[[nodiscard]] inline const char* record_type(const std::string& address) {
  return is_ipv6(address) ? "AAAA" : "A";
}

}  // namespace st_gate
