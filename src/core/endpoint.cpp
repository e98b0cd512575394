#include "core/endpoint.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <ostream>

namespace rediscovery::core {
namespace {

// The canonical spelling, so that "::1" and "0:0:0:0:0:0:0:1" are one endpoint.
std::optional<std::string> canonical(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  const std::string address(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> spelled{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, address.c_str(), bytes.data()) == 1 &&
        inet_ntop(family, bytes.data(), spelled.data(), spelled.size()) != nullptr) {
      return std::string(spelled.data());
    }
  }
  return std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string Endpoint::to_string() const {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::ostream& operator<<(std::ostream& out, const Endpoint& endpoint) { return out << endpoint.to_string(); }

bool is_numeric_address(std::string_view text) { return canonical(text).has_value(); }

std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::optional<std::uint16_t> port;
  if (default_port != 0) port = default_port;

  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    if (!rest.empty()) {
      if (!rest.starts_with(':')) return std::nullopt;
      port = parse_port(rest.substr(1));
    }
  } else if (text.find(':') == text.rfind(':') && text.find(':') != std::string_view::npos) {
    host = text.substr(0, text.find(':'));
    port = parse_port(text.substr(text.find(':') + 1));
  }  // several colons without brackets: a bare IPv6 address

  const auto address = canonical(host);
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port, {}};
}

std::vector<Endpoint> parse_endpoint_list(std::string_view text, std::uint16_t default_port) {
  std::vector<Endpoint> endpoints;
  while (true) {
    const auto comma = text.find(',');
    const auto endpoint = parse_endpoint(text.substr(0, comma), default_port);
    if (!endpoint) return {};
    endpoints.push_back(*endpoint);
    if (comma == std::string_view::npos) return endpoints;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace rediscovery::core
