// Reads what a node says of itself.
#pragma once

#include <string_view>

#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "core/node_report.hpp"

namespace rediscovery::redis {

// Puts together the replies to ROLE (https://redis.io/commands/role/), INFO server and INFO replication. ROLE
// decides the role; INFO adds the run id and the lineage, which stay empty when a server does not tell them.
// Error `protocol`, Executed::no, when ROLE is not the answer of a master or a replica.
[[nodiscard]] Result<core::NodeReport> read_node_report(const Reply& role, std::string_view info_server,
                                                        std::string_view info_replication);

// The value of `field` in INFO's "field:value\r\n" lines, or an empty view. Valid as long as `info`.
[[nodiscard]] std::string_view info_field(std::string_view info, std::string_view field);

}  // namespace rediscovery::redis
