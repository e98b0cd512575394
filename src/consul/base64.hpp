// Base64 as RFC 4648 §4 has it: how Consul's API carries the bytes of keys' values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rediscovery::consul {

[[nodiscard]] std::string base64_encode(std::string_view bytes);
// nullopt for anything but complete, padded base64.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace rediscovery::consul
