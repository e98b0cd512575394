// Digests, as bytes and as digits.
#pragma once

#include <string>
#include <string_view>

namespace st_api {

// Two hexadecimal digits for each byte.
std::string to_hex(std::string_view bytes);

// These return 32 bytes, and throw std::runtime_error if OpenSSL cannot.
std::string sha256(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace st_api
