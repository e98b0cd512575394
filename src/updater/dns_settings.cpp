#include "updater/dns_settings.hpp"

#include "updater/naming.hpp"

namespace rediscovery::updater {
namespace {

constexpr std::uint16_t kConsulDns = 8600;
constexpr std::uint16_t kConsulHttp = 8500;

}  // namespace

std::string dns_name(const DnsSettings& settings, std::string_view service) {
  std::string name = std::string(service) + ".service.";
  const bool long_form = !settings.tenancy.namespace_name.empty() || !settings.tenancy.partition.empty();
  if (!settings.tenancy.namespace_name.empty()) name += settings.tenancy.namespace_name + ".ns.";
  if (!settings.tenancy.partition.empty()) name += settings.tenancy.partition + ".ap.";
  if (!settings.datacenter.empty()) name += settings.datacenter + (long_form ? ".dc." : ".");
  return name + settings.domain;
}

std::vector<core::Endpoint> dns_beside(const std::vector<std::string>& addresses) {
  for (const auto& address : addresses) {
    const auto scheme = address.find("://");
    if (scheme == std::string::npos) continue;
    const auto http = core::parse_endpoint(std::string_view(address).substr(scheme + 3), kConsulHttp);
    if (http) return {{http->address, kConsulDns, {}}};
  }
  return {};
}

bool is_dns_domain(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace rediscovery::updater
