#include "address.hpp"

#include <arpa/inet.h>

#include <array>

namespace st_gate {

std::string canonical_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> spelling{};
  const int family = is_ipv6(text) ? AF_INET6 : AF_INET;
  if (inet_pton(family, text.c_str(), bytes.data()) != 1) return {};
  return inet_ntop(family, bytes.data(), spelling.data(), spelling.size());
}

}  // namespace st_gate
