// What makes a configuration refused.
#include <algorithm>
#include <cctype>

#include "consul/service_watch.hpp"
#include "core/endpoint.hpp"
#include "core/network.hpp"
#include "pool/options_fields.hpp"

namespace rediscovery {
namespace {

void require(bool condition, const std::string& field, const std::string& problem) {
  if (!condition) throw InvalidOptions(field, problem);
}

// Letters, digits, dashes and underscores in labels of 1 to 63 (RFC 1035 with the underscore of RFC 2782).
bool is_dns_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') {
      return false;
    } else if (++label > 63) {
      return false;
    }
  }
  return label > 0;
}

void validate_name(const std::string& field, const std::string& value, const Options& options) {
  if (!core::parse_endpoint_list(value, options.default_port).empty()) return;
  // Not repeated: it may be a URL with a password.
  require(value.find('@') == std::string::npos, field, "has an '@': a URL is read by from_url");
  require(value.find_first_of(":,") == std::string::npos, field,
          "'" + value +
              "' is neither a DNS name nor a list of numeric address:port with ports of 1…65535 "
              "(for a name without SRV records, put the port into default_port)");
  require(is_dns_name(value), field, "'" + value + "' is not a DNS name");
  require(!options.dns_servers.empty(), "dns_servers",
          "is required to look up '" + value + "', e.g. 127.0.0.1:8600 for a local Consul agent");
}

void validate_push(const Options& options) {
  if (options.consul_http.empty()) {
    for (const auto& field : options_fields::kTexts) {
      require(!field.name.starts_with("consul_") || (options.*field.member).empty(), std::string(field.name),
              "needs consul_http");
    }
    return;
  }
  require(!consul::service_of_dns_name(options.master).name.empty(), "consul_http",
          "needs a master of the form name.service.consul; '" + options.master + "' is none");
  for (std::size_t i = 0; i < options.consul_http.size(); ++i) {
    const std::string field = "consul_http[" + std::to_string(i) + "]";
    try {
      (void)consul::normalize_address(options.consul_http[i], false, field);
    } catch (const consul::SettingsError&) {
      throw InvalidOptions(field, "is not http://host:port or https://host:port without user and password");
    }
  }
  // It becomes a line of a request: a line break in it would become another.
  const bool one_word = std::all_of(options.consul_token.begin(), options.consul_token.end(),
                                    [](char c) { return c > ' ' && c <= '~'; });
  require(one_word, "consul_token", "must not contain spaces, line breaks or special characters");
  require(options.consul_cert_file.empty() == options.consul_key_file.empty(), "consul_key_file",
          "and consul_cert_file need each other");
}

void validate_tls(const Options& options) {
  if (!options.tls) {
    for (const auto& field : options_fields::kTexts) {
      require(!field.name.starts_with("tls_") || (options.*field.member).empty(), std::string(field.name),
              "needs tls");
    }
    require(options.tls_verify, "tls_verify", "is false, but tls is not on");
    return;
  }
  require(options.tls_cert_file.empty() == options.tls_key_file.empty(), "tls_key_file",
          "and tls_cert_file need each other");
  require(options.tls_verify || options.tls_ca_file.empty(), "tls_ca_file",
          "is of no use while tls_verify is false");
  const std::string& name = options.tls_server_name;
  require(name.empty() || is_dns_name(name) || core::is_numeric_address(name), "tls_server_name",
          "'" + name + "' is neither a DNS name nor a numeric address");
}

void validate_identity(const Options& options) {
  std::string given;
  for (const auto& field : options_fields::kTexts) {
    if (!field.name.starts_with("password") || (options.*field.member).empty()) continue;
    require(given.empty(), std::string(field.name), "and " + given + " are two places for one password");
    given = field.name;
  }
  require(options.username.empty() || !given.empty(), "password",
          "is required with a username (or password_env, or password_file)");
  require(options.protocol == 2 || options.protocol == 3, "protocol",
          "is " + std::to_string(options.protocol) + "; accepted: 2, 3");
  const bool printable = std::all_of(options.client_name.begin(), options.client_name.end(),
                                     [](char c) { return c > ' ' && c <= '~'; });
  require(printable, "client_name", "must not contain spaces, newlines or special characters");
}

}  // namespace

InvalidOptions::InvalidOptions(std::string field, const std::string& problem)
    : std::invalid_argument("rediscovery options: " + field + " " + problem), field_(std::move(field)) {}

void Options::validate() const {
  require(default_port != 0, "default_port", "is 0; accepted: 1…65535");
  require(!master.empty(), "master", "is required: a DNS name, or a numeric address:port");
  validate_name("master", master, *this);
  if (!replicas.empty()) validate_name("replicas", replicas, *this);
  for (std::size_t i = 0; i < allowed_networks.size(); ++i) {
    require(core::Network::parse(allowed_networks[i]).has_value(),
            "allowed_networks[" + std::to_string(i) + "]",
            "'" + allowed_networks[i] + "' is not a network such as 10.0.0.0/8");
  }
  for (std::size_t i = 0; i < dns_servers.size(); ++i) {
    require(core::parse_endpoint(dns_servers[i], 53).has_value(), "dns_servers[" + std::to_string(i) + "]",
            "'" + dns_servers[i] + "' is not a numeric address[:port]");
  }
  require(read_from == ReadFrom::master || !replicas.empty(), "replicas",
          "is required where read_from is not master");
  validate_push(*this);
  validate_identity(*this);
  validate_tls(*this);
  for (const auto& field : options_fields::kDurations) {
    const std::int64_t value = (this->*field.member).count();
    const bool accepted = (field.or_zero && value == 0) || (value >= field.least && value <= field.most);
    require(accepted, std::string(field.name),
            "is " + std::to_string(value) + " ms; accepted: " + (field.or_zero ? "0 (never) or " : "") +
                std::to_string(field.least) + "…" + std::to_string(field.most) + " ms");
  }
  for (const auto& field : options_fields::kCounts) {
    const std::size_t value = this->*field.member;
    require(value >= field.least && value <= field.most, std::string(field.name),
            "is " + std::to_string(value) + "; accepted: " + std::to_string(field.least) + "…" +
                std::to_string(field.most));
  }
  require(refresh_floor <= refresh_ceiling, "refresh_floor", "is greater than refresh_ceiling");
  require(min_idle <= max_connections, "min_idle", "is greater than max_connections");
}

}  // namespace rediscovery
