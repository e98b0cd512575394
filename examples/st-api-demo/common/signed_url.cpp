#include "signed_url.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace st_api {
namespace {

constexpr std::string_view kSignature = "&signature=";
constexpr std::string_view kExpires = "&expires=";

}  // namespace

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
  std::string path = "/" + content + "/" + quality + ".m3u8?session=" + session;
  path.append(kExpires).append(std::to_string(expires.time_since_epoch().count()));
  return base + path + std::string(kSignature) + hmac_sha256(secret, path);
}

UrlState check_url(const std::string& url, const std::string& base, std::chrono::sys_seconds now,
                   const std::string& secret) {
  const auto at = url.rfind(kSignature);
  if (at == std::string::npos || !url.starts_with(base) || at < base.size()) return UrlState::forged;
  const std::string path = url.substr(base.size(), at - base.size());
  const std::string given = url.substr(at + kSignature.size());
  const std::string right = hmac_sha256(secret, path);
  // In a time that does not depend on where they differ, which would help to guess one digit after the other.
  if (given.size() != right.size() || CRYPTO_memcmp(given.data(), right.data(), right.size()) != 0) {
    return UrlState::forged;
  }
  const auto digits = path.rfind(kExpires) + kExpires.size();  // it is there: we have signed it
  long long expires = 0;
  std::from_chars(path.data() + digits, path.data() + path.size(), expires);
  return now.time_since_epoch().count() < expires ? UrlState::valid : UrlState::expired;
}

}  // namespace st_api
