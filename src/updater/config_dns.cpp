// The part of config_sections.hpp about asking Consul's DNS.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "updater/config_sections.hpp"

namespace rediscovery::updater {
namespace {

constexpr std::uint16_t kDnsPort = 8600;

std::vector<core::Endpoint> read_servers(const nlohmann::json& list) {
  const char* expected =
      "consul.dns: expected a list of numeric addresses of Consul agents' DNS, e.g. [\"127.0.0.1:8600\"]; [] "
      "turns asking DNS off";
  if (!list.is_array()) throw ConfigError(expected);
  std::vector<core::Endpoint> servers;
  for (const auto& element : list) {
    if (!element.is_string()) throw ConfigError(expected);
    const auto text = element.get<std::string>();
    const auto server = core::parse_endpoint(text, kDnsPort);
    if (!server) {
      throw ConfigError("consul.dns: \"" + text +
                        "\" is not a numeric address with a port, e.g. 127.0.0.1:8600 or [::1]:8600");
    }
    if (std::find(servers.begin(), servers.end(), *server) != servers.end())
      throw ConfigError("consul.dns: " + server->to_string() + " is listed twice");
    servers.push_back(*server);
  }
  return servers;
}

}  // namespace

DnsSettings read_dns(Fields& fields, const consul::Settings& consul) {
  DnsSettings settings;
  settings.datacenter = consul.datacenter;
  settings.tenancy = consul.tenancy;
  settings.servers = dns_beside(consul.addresses);
  const auto* section = fields.any("consul");
  if (section == nullptr) return settings;
  // Which fields there may be is the whole section's business, in read_consul().
  Fields own(*section, "consul");
  if (const auto* list = own.any("dns")) settings.servers = read_servers(*list);
  settings.domain = own.text("dns_domain").value_or(settings.domain);
  if (!is_dns_domain(settings.domain)) {
    throw ConfigError("consul.dns_domain: \"" + settings.domain +
                      "\" is not a domain, e.g. \"consul\" or \"consul.example\"");
  }
  return settings;
}

}  // namespace rediscovery::updater
