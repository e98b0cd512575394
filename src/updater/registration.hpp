// One role of one Redis as it stands, or should stand, in Consul's catalog. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consul/agent.hpp"
#include "consul/answer.hpp"
#include "consul/operation.hpp"
#include "core/endpoint.hpp"
#include "updater/fence.hpp"
#include "updater/labels.hpp"
#include "updater/naming.hpp"

namespace rediscovery::updater {

struct Registration {
  Role role = Role::master;
  core::Endpoint endpoint;  // as Sentinel knows it
  std::string service;
  std::string node;
  std::string id;
  std::string master_name;
  std::uint64_t epoch = 0;
  std::string run_id = {};  // of the process there; empty: not known
  RoleLabels labels = {};
  std::optional<core::Endpoint> published = {};  // where clients reach it, if that is somewhere else
  std::string node_address = {};                 // of the node; empty: the endpoint's
  bool stand_in = false;                         // the master under the replicas' name, while there is none

  [[nodiscard]] const core::Endpoint& reached_at() const { return published ? *published : endpoint; }
  friend bool operator==(const Registration&, const Registration&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Registration& registration);
};

// The check that says whether DNS shows a service.
inline constexpr const char* kRoleCheckName = "Redis role";
[[nodiscard]] std::string check_id_of(std::string_view service_id);

// What the updater writes for it, besides the node.
[[nodiscard]] consul::SetService service_of(const Registration& registration);
[[nodiscard]] consul::SetCheck check_of(const Registration& registration);
// Marked for consul-esm: an external node that is not to be pinged, or it would be reaped while it is away.
[[nodiscard]] consul::SetNode node_of(const Registration& registration);

// Whether `entry` is exactly what service_of() and check_of() would write. Other people's checks do not
// count.
[[nodiscard]] bool matches(const consul::ServiceEntry& entry, const Registration& registration);

// Whether nothing but the status of its check keeps `entry` from matching: it was turned critical.
[[nodiscard]] bool is_only_critical(const consul::ServiceEntry& entry, const Registration& registration);

// Whether `entry` is the updater's for this master; only such entries are ever removed. It is if it carries
// the updater's mark, or if nobody has marked it and node and ID are exactly those the updater would give it:
// then it was made by hand or by a predecessor for the same purpose.
[[nodiscard]] bool is_owned(const consul::ServiceEntry& entry, std::string_view master_name,
                            std::string_view node_prefix);
// Where an entry sends clients; nullopt if that is nowhere.
[[nodiscard]] std::optional<core::Endpoint> endpoint_of(const consul::ServiceEntry& entry);
// The Redis of an owned entry as Sentinel knows it, which its ID says; nullopt if the ID is none of this
// master's.
[[nodiscard]] std::optional<core::Endpoint> identity_of(const consul::ServiceEntry& entry,
                                                        std::string_view master_name);
// Empty: not known.
[[nodiscard]] std::string run_id_of(const consul::ServiceEntry& entry);

// Whether the updater has made the node that has this meta data.
[[nodiscard]] bool is_own_node(const consul::Meta& node_meta);

struct NodeState {
  std::string address;
  bool has_agent = false;  // a serfHealth check: an agent lives there and removes what it does not know
  bool is_own = false;     // the updater made it, and may give it another address
  friend bool operator==(const NodeState&, const NodeState&) = default;
};

// What our own agent has on its node.
struct LocalAgent {
  std::string node;
  std::vector<consul::AgentService> services;
};

// Everything Consul holds that matters for one master.
struct ConsulState {
  std::optional<Fence> fence;
  std::uint64_t fence_index = 0;              // 0: there is no such key
  bool fence_unreadable = false;              // there is a key, but not ours
  std::vector<consul::ServiceEntry> entries;  // all instances under the service names, also other people's
  std::map<std::string, NodeState> nodes;     // by name; absent: Consul does not know that node
  std::optional<LocalAgent> agent = {};       // registration "agent" only
};

}  // namespace rediscovery::updater
