#include "signed_url.hpp"

#include <openssl/crypto.h>

#include <charconv>
#include <string_view>

#include "digest.hpp"

namespace st_api {
namespace {

constexpr std::string_view kSignature = "&signature=";
constexpr std::string_view kExpires = "&expires=";

std::string signature_of(const std::string& path, const std::string& secret) {
  return to_hex(hmac_sha256(secret, path));
}

}  // namespace

std::string signed_url(const std::string& base, const std::string& content, const std::string& quality,
                       const std::string& session, std::chrono::sys_seconds expires,
                       const std::string& secret) {
  std::string path = "/" + content + "/" + quality + ".m3u8?session=" + session;
  path.append(kExpires).append(std::to_string(expires.time_since_epoch().count()));
  return base + path + std::string(kSignature) + signature_of(path, secret);
}

UrlState check_url(const std::string& url, const std::string& base, std::chrono::sys_seconds now,
                   const std::string& secret) {
  const auto at = url.rfind(kSignature);
  if (at == std::string::npos || !url.starts_with(base) || at < base.size()) return UrlState::forged;
  const std::string path = url.substr(base.size(), at - base.size());
  const std::string given = url.substr(at + kSignature.size());
  const std::string right = signature_of(path, secret);
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
