// What becomes of a master's entries when nobody can say any more whether they are true. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node_report.hpp"
#include "updater/registration.hpp"

namespace rediscovery::updater {

struct StaleEntry {
  Role role = Role::master;
  core::Endpoint endpoint;  // as Sentinel knows the Redis: the one to be asked
  std::string node;
  std::string id;
  std::string service;
  bool stand_in = false;  // the master under the replicas' name, while there is none
  friend bool operator==(const StaleEntry&, const StaleEntry&) = default;
};

// The updater's own entries of this master whose own check passes: those that DNS shows on its word. Masters
// first.
[[nodiscard]] std::vector<StaleEntry> shown_entries(const ConsulState& state, std::string_view master_name,
                                                    std::string_view node_prefix);

// Whether the Redis itself says that it has the role it is registered with. No answer is no word.
[[nodiscard]] bool confirms(const StaleEntry& entry, const std::optional<core::NodeReport>& report);

struct KeyAt {
  std::string key;
  std::uint64_t index = 0;
};
// Turns the checks of `entries` critical, unless one of the keys has been written meanwhile: the heartbeat by
// somebody who can confirm, the fence by a switch. As many as fit into one transaction.
[[nodiscard]] std::vector<consul::Operation> denial(const std::vector<StaleEntry>& entries,
                                                    const std::vector<KeyAt>& unchanged,
                                                    core::Duration silence);

}  // namespace rediscovery::updater
