#include "signed_url.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace st_api {

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0xf];
  }
  return text;
}

std::string hmac_sha256(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest, &size) ==
      nullptr) {
    throw std::runtime_error("HMAC-SHA256 failed");
  }
  return to_hex(digest, size);
}

std::string signed_url(const std::string& base, const std::string& content, const std::string& quality,
                       const std::string& session, std::chrono::sys_seconds expires,
                       const std::string& secret) {
  const std::string path = "/" + content + "/" + quality + ".m3u8?session=" + session +
                           "&expires=" + std::to_string(expires.time_since_epoch().count());
  return base + path + "&signature=" + hmac_sha256(secret, path);
}

}  // namespace st_api
