// Address ranges, to refuse endpoints that no answer should ever name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/endpoint.hpp"

namespace rediscovery::core {

// "10.0.0.0/8", "fd00::/8", or a single address.
class Network {
 public:
  // nullopt when the text is not an address with an optional prefix length that fits it.
  [[nodiscard]] static std::optional<Network> parse(std::string_view text);
  // False for addresses of the other family.
  [[nodiscard]] bool contains(std::string_view address) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  // The address's bytes and how many there are, 4 or 16; 0 if it is not numeric.
  static std::size_t to_bytes(std::string_view address, Bytes& bytes);

  Bytes bytes_{};
  std::size_t size_ = 0;
  std::size_t prefix_ = 0;  // in bits
};

// True if there are no networks, or one of them contains the address.
[[nodiscard]] bool is_allowed(const Endpoint& endpoint, const std::vector<Network>& networks);

}  // namespace rediscovery::core
