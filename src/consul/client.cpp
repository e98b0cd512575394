#include "consul/client.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace rediscovery::consul {
namespace {

bool try_elsewhere(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::timeout || kind == ErrorKind::unavailable ||
         kind == ErrorKind::malformed || kind == ErrorKind::tls;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    if (std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += raw;
    } else {
      encoded += '%';
      encoded += kHex[c >> 4U];
      encoded += kHex[c & 15U];
    }
  }
  return encoded;
}

Client::Client(Settings settings, int cancel_fd)
    : settings_(std::move(settings)), http_(settings_.tls, settings_.connect_timeout, cancel_fd) {}

Outcome<HttpAnswer> Client::request(const std::string& method, const std::string& path, std::string body,
                                    core::TimePoint deadline) {
  HttpRequest request{method, {}, {}, std::move(body)};
  if (!settings_.token.empty()) request.headers.push_back("X-Consul-Token: " + settings_.token);
  if (!request.body.empty()) request.headers.emplace_back("Content-Type: application/json");
  const std::string query = settings_.datacenter.empty() ? "" : "?dc=" + percent_encode(settings_.datacenter);

  Error last{ErrorKind::unreachable, "no address of Consul is configured"};
  const std::size_t count = settings_.addresses.size();
  for (std::size_t tried = 0; tried < count; ++tried) {
    const std::size_t index = (preferred_ + tried) % count;
    const auto now = std::chrono::steady_clock::now();
    request.url = settings_.addresses[index] + path + query;
    auto answer = http_.perform(request, std::min(deadline, now + settings_.request_timeout));
    Error error{ErrorKind::malformed, ""};
    if (answer) {
      const int status = answer->status;
      if (status < 500 && status != 429) {
        preferred_ = index;
        return answer;
      }
      error = explain_status(*answer);
    } else {
      error = answer.error();
    }
    last = without_token({error.kind, "Consul at " + settings_.addresses[index] + ": " + error.message});
    if (!try_elsewhere(error.kind)) break;
  }
  return last;
}

Error without_token(Error error, const std::string& token) {
  if (token.empty()) return error;
  for (auto at = error.message.find(token); at != std::string::npos; at = error.message.find(token, at)) {
    error.message.replace(at, token.size(), "***");
    at += 3;
  }
  return error;
}

Outcome<std::optional<KvEntry>> Client::key(std::string_view key, core::TimePoint deadline) {
  std::string path = "/v1/kv/";
  for (const char c : key) path += c == '/' ? std::string("/") : percent_encode(std::string_view(&c, 1));
  const auto answer = request("GET", path, {}, deadline);
  if (!answer) return answer.error();
  auto entry = parse_kv(*answer);
  if (!entry) return without_token(entry.error());
  return entry;
}

Outcome<std::vector<ServiceEntry>> Client::service(std::string_view name, core::TimePoint deadline) {
  const auto answer = request("GET", "/v1/health/service/" + percent_encode(name), {}, deadline);
  if (!answer) return answer.error();
  auto entries = parse_service(*answer);
  if (!entries) return without_token(entries.error());
  return entries;
}

Outcome<std::optional<NodeEntry>> Client::node(std::string_view name, core::TimePoint deadline) {
  const auto answer = request("GET", "/v1/catalog/node/" + percent_encode(name), {}, deadline);
  if (!answer) return answer.error();
  auto entry = parse_node(*answer);
  if (!entry) return without_token(entry.error());
  return entry;
}

Outcome<std::map<std::string, std::string>> Client::node_checks(std::string_view name,
                                                                core::TimePoint deadline) {
  const auto answer = request("GET", "/v1/health/node/" + percent_encode(name), {}, deadline);
  if (!answer) return answer.error();
  auto checks = parse_node_checks(*answer);
  if (!checks) return without_token(checks.error());
  return checks;
}

Outcome<std::uint64_t> Client::transaction(const std::vector<Operation>& operations,
                                           core::TimePoint deadline) {
  const auto answer = request("PUT", "/v1/txn", to_json(operations).dump(), deadline);
  if (!answer) return answer.error();
  auto index = parse_transaction(*answer);
  if (!index) return without_token(index.error());
  return index;
}

}  // namespace rediscovery::consul
