// How roles are called in Consul: services, nodes, IDs, keys. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.hpp"

namespace rediscovery::updater {

enum class Role : std::uint8_t { master, replica };

// "master", "slave": the words that Redis, Sentinel and the service IDs use.
[[nodiscard]] std::string_view to_string(Role role);
std::ostream& operator<<(std::ostream& out, Role role);

struct ServiceNames {
  std::string master = "master";
  std::string replica = "slave";
  [[nodiscard]] const std::string& of(Role role) const { return role == Role::master ? master : replica; }
  friend bool operator==(const ServiceNames&, const ServiceNames&) = default;
};

// Replaces every "{master_name}" and "{role}"; the latter by "master" or "slave".
[[nodiscard]] std::string expand(std::string_view text, std::string_view master_name, Role role);
// The first thing in braces that expand() does not know; nullopt if there is none.
[[nodiscard]] std::optional<std::string_view> unknown_placeholder(std::string_view text);

// Not empty; letters, digits and the characters of `also`.
[[nodiscard]] bool is_word(std::string_view text, std::string_view also);
// One label of a DNS name: 1…63 letters, digits and dashes, no dash at either end.
[[nodiscard]] bool is_dns_label(std::string_view text);
// What Sentinel allows for a master: letters, digits, '.', '-', '_'.
[[nodiscard]] bool is_master_name(std::string_view text);
// Consul 2.x allows only these in keys: letters, digits, '.', '_', '/', '-'. And none of its paths begins
// with a slash, or has an empty part, "." or "..": Go's HTTP server would send us elsewhere.
[[nodiscard]] bool is_key(std::string_view text);

// "redis-10-0-0-6": a node that no agent uses, one for each address. With one for each address two masters on
// one host share it, and their services live side by side.
[[nodiscard]] std::string node_name(std::string_view prefix, const core::Endpoint& endpoint);

// "master:mymaster:10.0.0.6:6379". The role is part of it: newer Consul refuses to move an ID from one
// service name to another.
[[nodiscard]] std::string service_id(Role role, std::string_view master_name, const core::Endpoint& endpoint);

// The Redis in such an ID, as Sentinel knows it: in Consul it may have another address, made for clients.
// nullopt: it is no ID of that role and master.
[[nodiscard]] std::optional<core::Endpoint> endpoint_in(std::string_view service_id, Role role,
                                                        std::string_view master_name);

// "redis-roles/mymaster"
[[nodiscard]] std::string fence_key(std::string_view prefix, std::string_view master_name);

// "redis-roles/mymaster/heartbeat"
[[nodiscard]] std::string heartbeat_key(std::string_view prefix, std::string_view master_name);

}  // namespace rediscovery::updater
