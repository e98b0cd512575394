#include "updater/stale_entries.hpp"

#include <algorithm>
#include <chrono>

namespace rediscovery::updater {

std::vector<StaleEntry> shown_entries(const ConsulState& state, std::string_view master_name,
                                      std::string_view node_prefix) {
  std::vector<StaleEntry> shown;
  for (const auto& entry : state.entries) {
    if (!is_owned(entry, master_name, node_prefix)) continue;
    const auto check = entry.checks.find(check_id_of(entry.id));
    if (check == entry.checks.end() || check->second != "passing") continue;
    for (const Role role : {Role::master, Role::replica}) {
      if (const auto endpoint = endpoint_in(entry.id, role, master_name))
        shown.push_back({role, *endpoint, entry.node, entry.id, entry.service});
    }
  }
  std::stable_partition(shown.begin(), shown.end(),
                        [](const StaleEntry& entry) { return entry.role == Role::master; });
  for (auto& entry : shown) {
    entry.stand_in =
        entry.role == Role::replica && std::any_of(shown.begin(), shown.end(), [&](const StaleEntry& other) {
          return other.role == Role::master && other.endpoint == entry.endpoint;
        });
  }
  return shown;
}

bool confirms(const StaleEntry& entry, const std::optional<core::NodeReport>& report) {
  const bool should_be_master = entry.role == Role::master || entry.stand_in;
  return report && (report->role == core::Role::master) == should_be_master;
}

std::vector<consul::Operation> denial(const std::vector<StaleEntry>& entries,
                                      const std::vector<KeyAt>& unchanged, core::Duration silence) {
  std::vector<consul::Operation> operations;
  for (const auto& [key, index] : unchanged) operations.emplace_back(consul::KvCheckIndex{key, index});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
  const std::string output = "no updater has been able to confirm this role for " + std::to_string(seconds) +
                             " s, and the Redis itself does not; see to it that an updater "
                             "(rediscovery-updater run) reaches most of "
                             "the Sentinels, it will repair this check";
  for (const auto& entry : entries) {
    if (operations.size() == consul::kMostOperations) break;
    operations.emplace_back(consul::SetCheck{entry.node, check_id_of(entry.id), kRoleCheckName, "critical",
                                             output, entry.id, entry.service});
  }
  return operations;
}

}  // namespace rediscovery::updater
