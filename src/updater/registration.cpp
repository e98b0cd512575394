#include "updater/registration.hpp"

#include <ostream>

namespace rediscovery::updater {
namespace {

constexpr const char* kManager = "rediscovery-updater";

using meta_key::kConfigEpoch;
using meta_key::kManagedBy;
using meta_key::kMasterName;
using meta_key::kRunId;

// Of an entry or a node; empty if there is no such key.
std::string value_of(const consul::Meta& meta, std::string_view key) {
  const auto found = meta.find(std::string(key));
  return found == meta.end() ? std::string() : found->second;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Registration& registration) {
  out << registration.role << " " << registration.endpoint << " as " << registration.service << " on "
      << registration.node;
  if (registration.published) out << ", reached at " << *registration.published;
  if (registration.stand_in) out << ", because no replica is left";
  return out;
}

consul::SetService service_of(const Registration& registration) {
  consul::Meta meta = registration.labels.meta;
  meta[std::string(kConfigEpoch)] = std::to_string(registration.epoch);
  meta[std::string(kManagedBy)] = kManager;
  meta[std::string(kMasterName)] = registration.master_name;
  if (!registration.run_id.empty()) meta[std::string(kRunId)] = registration.run_id;
  return {registration.node,
          registration.id,
          registration.service,
          registration.reached_at().address,
          registration.reached_at().port,
          registration.labels.tags,
          std::move(meta),
          registration.labels.weights};
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
          registration.node_address.empty() ? registration.endpoint.address : registration.node_address,
          {{"external-node", "true"}, {"external-probe", "false"}, {std::string(kManagedBy), kManager}}};
}

bool matches(const consul::ServiceEntry& entry, const Registration& registration) {
  const auto wanted = service_of(registration);
  const auto check = check_of(registration);
  const auto status = entry.checks.find(check.check_id);
  return entry.node == wanted.node && entry.id == wanted.id && entry.service == wanted.service &&
         entry.address == wanted.address && entry.port == wanted.port && entry.tags == wanted.tags &&
         entry.meta == wanted.meta && entry.weights == wanted.weights && status != entry.checks.end() &&
         status->second == check.status;
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
  const auto manager = value_of(entry.meta, kManagedBy);
  if (!manager.empty()) return manager == kManager && value_of(entry.meta, kMasterName) == master_name;
  const auto endpoint = endpoint_of(entry);
  return endpoint && entry.node == node_name(node_prefix, *endpoint) &&
         (entry.id == service_id(Role::master, master_name, *endpoint) ||
          entry.id == service_id(Role::replica, master_name, *endpoint));
}

std::optional<core::Endpoint> identity_of(const consul::ServiceEntry& entry, std::string_view master_name) {
  for (const Role role : {Role::master, Role::replica}) {
    const auto prefix = std::string(to_string(role)) + ":" + std::string(master_name) + ":";
    if (entry.id.starts_with(prefix))
      return core::parse_endpoint(std::string_view(entry.id).substr(prefix.size()));
  }
  return std::nullopt;
}

bool is_own_node(const consul::Meta& node_meta) { return value_of(node_meta, kManagedBy) == kManager; }

std::string run_id_of(const consul::ServiceEntry& entry) { return value_of(entry.meta, kRunId); }

std::optional<core::Endpoint> endpoint_of(const consul::ServiceEntry& entry) {
  const auto& address = entry.address.empty() ? entry.node_address : entry.address;
  if (!core::is_numeric_address(address) || entry.port == 0) return std::nullopt;
  return core::parse_endpoint(address, entry.port);
}

}  // namespace rediscovery::updater
