// What a node says of itself when it is verified: ROLE, INFO replication and INFO server in one value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/endpoint.hpp"
#include "core/lineage.hpp"

namespace rediscovery::core {

enum class Role : std::uint8_t { master, replica };

struct NodeReport {
  Role role = Role::replica;
  std::string run_id;  // changes with every start of the process
  Lineage lineage;
  std::int64_t offset = 0;         // master_repl_offset
  std::optional<Endpoint> master;  // a replica's own idea of its master, if that is a numeric address
  bool master_link_up = false;     // replica only
  std::vector<Endpoint> replicas;  // a master's: who replicates from it now, as far as by numeric address

  friend bool operator==(const NodeReport&, const NodeReport&) = default;
};

}  // namespace rediscovery::core
