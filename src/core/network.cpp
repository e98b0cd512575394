#include "core/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace rediscovery::core {

std::size_t Network::to_bytes(std::string_view address, Bytes& bytes) {
  if (address.find('\0') != std::string_view::npos) return 0;  // inet_pton would stop there
  const std::string text(address);
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 4;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return 16;
  return 0;
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  Network network;
  network.size_ = to_bytes(text.substr(0, slash), network.bytes_);
  if (network.size_ == 0) return std::nullopt;
  network.prefix_ = network.size_ * 8;
  if (slash == std::string_view::npos) return network;
  const auto digits = text.substr(slash + 1);
  std::size_t prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || prefix > network.prefix_)
    return std::nullopt;
  network.prefix_ = prefix;
  return network;
}

bool Network::contains(std::string_view address) const {
  Bytes bytes{};
  if (to_bytes(address, bytes) != size_) return false;
  const std::size_t whole = prefix_ / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole), bytes.begin()))
    return false;
  const std::size_t rest = prefix_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
  return (bytes_[whole] & mask) == (bytes[whole] & mask);
}

bool is_allowed(const Endpoint& endpoint, const std::vector<Network>& networks) {
  return networks.empty() || std::any_of(networks.begin(), networks.end(), [&](const Network& network) {
           return network.contains(endpoint.address);
         });
}

}  // namespace rediscovery::core
