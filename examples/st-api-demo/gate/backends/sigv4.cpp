#include "sigv4.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "common/digest.hpp"

namespace st_gate {
namespace {

using st_api::hmac_sha256;
using st_api::sha256;
using st_api::to_hex;

// Without spaces around it, and with single ones inside.
std::string trimmed(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c != ' ') {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += c;
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string signed_headers(const AwsRequest& request) {
  std::string names;
  for (const auto& [name, value] : request.headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

std::string credential_scope(const AwsScope& scope) {
  return aws_time(scope.time).substr(0, 8) + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

}  // namespace

std::string aws_time(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return text.data();
}

std::string aws_encode(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 15U];
    }
  }
  return encoded;
}

std::string aws_query(std::vector<std::pair<std::string, std::string>> query) {
  for (auto& [name, value] : query) {
    name = aws_encode(name);
    value = aws_encode(value);
  }
  std::sort(query.begin(), query.end());
  std::string text;
  for (const auto& [name, value] : query) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string canonical_request(const AwsRequest& request) {
  std::string text = request.method + "\n" + request.path + "\n" + aws_query(request.query) + "\n";
  for (const auto& [name, value] : request.headers) text += name + ":" + trimmed(value) + "\n";
  return text + "\n" + signed_headers(request) + "\n" + to_hex(sha256(request.body));
}

std::string string_to_sign(const AwsRequest& request, const AwsScope& scope) {
  return "AWS4-HMAC-SHA256\n" + aws_time(scope.time) + "\n" + credential_scope(scope) + "\n" +
         to_hex(sha256(canonical_request(request)));
}

std::string aws_signature(const AwsRequest& request, const AwsKey& key, const AwsScope& scope) {
  std::string signing_key = hmac_sha256("AWS4" + key.secret, aws_time(scope.time).substr(0, 8));
  for (const auto& part : {scope.region, scope.service, std::string("aws4_request")})
    signing_key = hmac_sha256(signing_key, part);
  return to_hex(hmac_sha256(signing_key, string_to_sign(request, scope)));
}

std::string aws_authorization(const AwsRequest& request, const AwsKey& key, const AwsScope& scope) {
  return "AWS4-HMAC-SHA256 Credential=" + key.id + "/" + credential_scope(scope) +
         ", SignedHeaders=" + signed_headers(request) + ", Signature=" + aws_signature(request, key, scope);
}

}  // namespace st_gate
