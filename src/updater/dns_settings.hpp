// How Consul's DNS is asked what it answers for a role.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "consul/settings.hpp"
#include "core/endpoint.hpp"

namespace rediscovery::updater {

struct DnsSettings {
  std::vector<core::Endpoint> servers;  // empty: DNS is not asked
  std::string datacenter;               // empty: the agent's own
  consul::Tenancy tenancy;
  std::string domain = "consul";
};

// "master.service.consul", "master.service.dc2.consul", and with a namespace or partition Consul's long form,
// "master.service.team.ns.part.ap.dc2.dc.consul".
[[nodiscard]] std::string dns_name(const DnsSettings& settings, std::string_view service);

// The DNS server of the agent whose HTTP API is at the first numeric one of `addresses` (as consul::Settings
// has them), at Consul's own port. Empty if there is none: whose name is not known has no known DNS either.
[[nodiscard]] std::vector<core::Endpoint> dns_beside(const std::vector<std::string>& addresses);

// Letters, digits and dashes in labels separated by dots.
[[nodiscard]] bool is_dns_domain(std::string_view text);

}  // namespace rediscovery::updater
