#include "consul/request.hpp"

#include <string_view>
#include <utility>

#include "consul/base64.hpp"
#include "core/redact.hpp"

namespace rediscovery::consul {
namespace {

constexpr std::string_view kUnix = "unix://";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

HttpRequest make_request(const Settings& settings, const std::string& address, std::string method,
                         const std::string& target, std::string body) {
  HttpRequest request;
  request.method = std::move(method);
  if (address.starts_with(kUnix)) {
    request.unix_socket = address.substr(kUnix.size());
    request.url = "http://localhost" + target;
  } else {
    request.url = address + target;
  }
  if (!settings.token.empty()) request.headers.push_back("X-Consul-Token: " + settings.token);
  if (!settings.http_auth.empty()) {
    request.headers.push_back("Authorization: Basic " + base64_encode(settings.http_auth));
  }
  if (!body.empty()) request.headers.emplace_back("Content-Type: application/json");
  request.body = std::move(body);
  return request;
}

Error shown_error(Error error, const Settings& settings) {
  const auto hide = [&error](std::string_view secret) {
    error.message = core::redact(std::move(error.message), secret);
  };
  hide(settings.token);
  if (!settings.http_auth.empty()) {
    hide(base64_encode(settings.http_auth));
    hide(settings.http_auth);
    hide(std::string_view(settings.http_auth).substr(settings.http_auth.find(':') + 1));
  }
  error.message = core::excerpt(error.message);
  return error;
}

// Consul without Enterprise names the query parameter; before 1.11 it does not know partitions at all, takes
// no notice of the parameter, and refuses the field of an operation.
Error with_remedy(Error error, const Tenancy& tenancy) {
  if (error.kind != ErrorKind::rejected) return error;
  const auto add = [&error](const std::string& field, const std::string& variable) {
    error.message += "; this Consul has no such thing, it needs Consul Enterprise: leave " + field + " and " +
                     variable + " out";
  };
  if (!tenancy.namespace_name.empty() && contains(error.message, "Namespaces are a Consul Enterprise")) {
    add("consul.namespace", "CONSUL_NAMESPACE");
  } else if (!tenancy.partition.empty() && (contains(error.message, "Partitions are a Consul Enterprise") ||
                                            contains(error.message, "unknown field \"Partition\""))) {
    add("consul.partition", "CONSUL_PARTITION");
  } else if (contains(error.message, "HTTP request to an HTTPS server")) {
    error.message += "; use https:// in consul.addresses, or CONSUL_HTTP_SSL=true";
  }
  return error;
}

}  // namespace rediscovery::consul
