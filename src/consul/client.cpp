#include "consul/client.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "consul/request.hpp"

namespace rediscovery::consul {
namespace {

bool try_elsewhere(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::timeout || kind == ErrorKind::unavailable ||
         kind == ErrorKind::malformed || kind == ErrorKind::tls;
}

// An address that is silent must not use up the time of those that have yet to be tried.
core::TimePoint share_of(core::TimePoint deadline, core::TimePoint now, std::size_t untried) {
  return now + (deadline - now) / static_cast<core::Duration::rep>(untried);
}

// The first error is that of the address which should have answered. But where TLS failed nothing was
// written, and that must not hide that elsewhere something may have been.
bool says_more(const Error& error, const std::optional<Error>& before) {
  return !before || (before->kind == ErrorKind::tls && error.kind != ErrorKind::tls);
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

bool Client::renew_token() {
  if (settings_.token_file.empty()) return false;
  try {
    auto token = read_token_file(settings_.token_file, "consul.token_file");
    if (token == settings_.token) return false;
    settings_.token = std::move(token);
    return true;
  } catch (const SettingsError&) {
    return false;  // what Consul said of the old one is the error to report
  }
}

std::string Client::target_of(const std::string& path) const {
  std::string target = path;
  char separator = '?';
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    target += separator;
    target += name + std::string("=") + percent_encode(value);
    separator = '&';
  };
  add("dc", settings_.datacenter);
  add("ns", settings_.tenancy.namespace_name);
  add("partition", settings_.tenancy.partition);
  return target;
}

Outcome<HttpAnswer> Client::request(const std::string& method, const std::string& target,
                                    const std::string& body, core::TimePoint deadline) {
  std::optional<Error> failure;
  const std::size_t count = settings_.addresses.size();
  const std::size_t first = preferred_;
  for (std::size_t tried = 0; tried < count; ++tried) {
    const std::size_t index = (first + tried) % count;
    const auto& address = settings_.addresses[index];
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) break;  // a try without any time says nothing of its address
    auto answer =
        http_.perform(make_request(settings_, address, method, target, body),
                      std::min(share_of(deadline, now, count - tried), now + settings_.request_timeout));
    if (answer && answer->status < 500 && answer->status != 429) {
      preferred_ = index;
      return answer;
    }
    Error error = answer ? explain_status(*answer) : answer.error();
    error.message = "Consul at " + address + ": " + error.message;
    if (!try_elsewhere(error.kind)) return error;
    preferred_ = (index + 1) % count;
    if (says_more(error, failure)) failure = std::move(error);
  }
  if (failure) return *failure;
  if (count == 0) return Error{ErrorKind::unreachable, "no address of Consul is configured"};
  return Error{ErrorKind::timeout, "no time was left to ask Consul"};
}

template <typename T>
Outcome<T> Client::ask(const std::string& method, const std::string& target, const std::string& body,
                       core::TimePoint deadline, Outcome<T> (*parse)(const HttpAnswer&)) {
  const auto once = [&]() -> Outcome<T> {
    const auto answer = request(method, target, body, deadline);
    auto outcome = answer ? parse(*answer) : Outcome<T>(answer.error());
    if (outcome) return outcome;
    Error error = outcome.error();
    if (answer) error.message = "Consul at " + settings_.addresses[preferred_] + ": " + error.message;
    return with_remedy(shown_error(std::move(error), settings_), settings_.tenancy);
  };
  auto outcome = once();
  if (!outcome && outcome.error().kind == ErrorKind::permission_denied && renew_token()) return once();
  return outcome;
}

Outcome<std::optional<KvEntry>> Client::key(std::string_view key, core::TimePoint deadline) {
  std::string path = "/v1/kv/";
  for (const char c : key) path += c == '/' ? std::string("/") : percent_encode(std::string_view(&c, 1));
  return ask("GET", target_of(path), {}, deadline, &parse_kv);
}

Outcome<std::vector<ServiceEntry>> Client::service(std::string_view name, core::TimePoint deadline) {
  return ask("GET", target_of("/v1/health/service/" + percent_encode(name)), {}, deadline, &parse_service);
}

Outcome<std::optional<NodeEntry>> Client::node(std::string_view name, core::TimePoint deadline) {
  return ask("GET", target_of("/v1/catalog/node/" + percent_encode(name)), {}, deadline, &parse_node);
}

Outcome<std::map<std::string, std::string>> Client::node_checks(std::string_view name,
                                                                core::TimePoint deadline) {
  return ask("GET", target_of("/v1/health/node/" + percent_encode(name)), {}, deadline, &parse_node_checks);
}

Outcome<std::uint64_t> Client::transaction(const std::vector<Operation>& operations,
                                           core::TimePoint deadline) {
  // A transaction has no namespace of its own; its operations have.
  const std::string target =
      settings_.datacenter.empty() ? "/v1/txn" : "/v1/txn?dc=" + percent_encode(settings_.datacenter);
  return ask("PUT", target, to_json(operations, settings_.tenancy).dump(), deadline, &parse_transaction);
}

Outcome<std::string> Client::agent_node(core::TimePoint deadline) {
  return ask("GET", "/v1/agent/self", {}, deadline, &parse_agent_self);
}

Outcome<std::vector<AgentService>> Client::agent_services(core::TimePoint deadline) {
  return ask("GET", target_of("/v1/agent/services"), {}, deadline, &parse_agent_services);
}

Outcome<bool> Client::register_at_agent(const AgentService& service, const AgentCheck& check,
                                        std::chrono::milliseconds ttl, core::TimePoint deadline) {
  return ask("PUT", target_of("/v1/agent/service/register"), to_json(service, check, ttl).dump(), deadline,
             &parse_done);
}

Outcome<bool> Client::deregister_at_agent(std::string_view service_id, core::TimePoint deadline) {
  return ask("PUT", target_of("/v1/agent/service/deregister/" + percent_encode(service_id)), {}, deadline,
             &parse_done);
}

Outcome<bool> Client::update_agent_check(const AgentCheck& check, core::TimePoint deadline) {
  return ask("PUT", target_of("/v1/agent/check/update/" + percent_encode(check.check_id)),
             update_of(check).dump(), deadline, &parse_done);
}

}  // namespace rediscovery::consul
