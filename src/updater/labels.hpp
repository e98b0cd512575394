// What a role's registration carries besides the place: tags, weights, meta data. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "consul/operation.hpp"
#include "updater/naming.hpp"

namespace rediscovery::updater {

struct RoleLabels {
  std::vector<std::string> tags;
  consul::Weights weights;
  consul::Meta meta;  // besides what the updater writes for itself
  friend bool operator==(const RoleLabels&, const RoleLabels&) = default;
};

struct Labels {
  RoleLabels master;
  RoleLabels replica;
  [[nodiscard]] const RoleLabels& of(Role role) const { return role == Role::master ? master : replica; }
  [[nodiscard]] RoleLabels& of(Role role) { return role == Role::master ? master : replica; }
  friend bool operator==(const Labels&, const Labels&) = default;
};

// The keys under which the updater itself writes. They mark what is its own, so nobody else may set them.
namespace meta_key {
inline constexpr std::string_view kManagedBy = "managed-by";
inline constexpr std::string_view kMasterName = "master_name";
inline constexpr std::string_view kConfigEpoch = "config_epoch";
inline constexpr std::string_view kRunId = "run_id";
}  // namespace meta_key
inline constexpr std::array kReservedMetaKeys = {meta_key::kManagedBy, meta_key::kMasterName,
                                                 meta_key::kConfigEpoch, meta_key::kRunId};

// Consul's limits for the meta data of a service.
// Source: https://developer.hashicorp.com/consul/docs/services/configuration/services-configuration-reference
inline constexpr std::size_t kMostMetaPairs = 64;
inline constexpr std::size_t kLongestMetaKey = 128;
inline constexpr std::size_t kLongestMetaValue = 512;
// Letters, digits, '-' and '_'; not "consul-…", which Consul keeps for itself.
[[nodiscard]] bool is_meta_key(std::string_view text);
[[nodiscard]] bool is_reserved_meta_key(std::string_view text);

}  // namespace rediscovery::updater
