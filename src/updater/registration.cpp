#include "updater/registration.hpp"

#include <ostream>

namespace rediscovery::updater {
namespace {

constexpr const char* kManagedBy = "managed-by";
constexpr const char* kManager = "rediscovery-updater";
constexpr const char* kMasterName = "master_name";

}  // namespace

std::ostream& operator<<(std::ostream& out, const Registration& registration) {
  return out << registration.role << " " << registration.endpoint << " as " << registration.service << " on "
             << registration.node;
}

consul::SetService service_of(const Registration& registration) {
  return {registration.node,
          registration.id,
          registration.service,
          registration.endpoint.address,
          registration.endpoint.port,
          {registration.master_name},
          {{"config_epoch", std::to_string(registration.epoch)},
           {kManagedBy, kManager},
           {kMasterName, registration.master_name}}};
}

std::string check_id_of(std::string_view service_id) { return "role:" + std::string(service_id); }

consul::SetCheck check_of(const Registration& registration) {
  return {registration.node,
          check_id_of(registration.id),
          kRoleCheckName,
          "passing",
          std::string(to_string(registration.role)) + " of " + registration.master_name +
              " according to Sentinel",
          registration.id,
          registration.service};
}

consul::SetNode node_of(const Registration& registration) {
  return {registration.node,
          registration.endpoint.address,
          {{"external-node", "true"}, {"external-probe", "false"}, {kManagedBy, kManager}}};
}

bool matches(const consul::ServiceEntry& entry, const Registration& registration) {
  const auto wanted = service_of(registration);
  const auto check = check_of(registration);
  const auto status = entry.checks.find(check.check_id);
  return entry.node == wanted.node && entry.id == wanted.id && entry.service == wanted.service &&
         entry.address == wanted.address && entry.port == wanted.port && entry.tags == wanted.tags &&
         entry.meta == wanted.meta && status != entry.checks.end() && status->second == check.status;
}

bool is_only_critical(const consul::ServiceEntry& entry, const Registration& registration) {
  const auto check = check_of(registration);
  auto healed = entry;
  const auto status = healed.checks.find(check.check_id);
  if (status == healed.checks.end() || status->second != "critical") return false;
  status->second = check.status;
  return matches(healed, registration);
}

bool is_owned(const consul::ServiceEntry& entry, std::string_view master_name, std::string_view node_prefix) {
  const auto manager = entry.meta.find(kManagedBy);
  if (manager != entry.meta.end()) {
    const auto master = entry.meta.find(kMasterName);
    return manager->second == kManager && master != entry.meta.end() && master->second == master_name;
  }
  const auto endpoint = endpoint_of(entry);
  return endpoint && entry.node == node_name(node_prefix, *endpoint) &&
         (entry.id == service_id(Role::master, master_name, *endpoint) ||
          entry.id == service_id(Role::replica, master_name, *endpoint));
}

std::optional<core::Endpoint> endpoint_of(const consul::ServiceEntry& entry) {
  const auto& address = entry.address.empty() ? entry.node_address : entry.address;
  if (!core::is_numeric_address(address) || entry.port == 0) return std::nullopt;
  return core::parse_endpoint(address, entry.port);
}

}  // namespace rediscovery::updater
