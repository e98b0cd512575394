#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace rediscovery::consul {

// A port or a weight, as Consul says it; nothing if it is no whole number, or does not fit: such a one must
// not be converted, for what comes out is another number, or undefined.
inline std::optional<std::uint16_t> read_u16(const nlohmann::json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<std::uint64_t>();
  if (number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

}  // namespace rediscovery::consul
