// Which nodes may answer a command that only reads.
#pragma once

#include <cstdint>

namespace rediscovery {

// Replicas are those that Options::replicas names, as long as their link to the master is up and they are not
// known to lag by more than Options::max_replica_lag. What a replica answers may be older than what the same
// caller has just written: Redis replicates asynchronously.
// SCAN, HSCAN, SSCAN and ZSCAN, and what blocks (XREAD BLOCK), go to the master, whatever the options say: a
// cursor means something only to the node that gave it (https://redis.io/docs/latest/commands/scan/). With
// Command::from() the command itself may name a replica, which is right for a cursor where there is but one.
enum class ReadFrom : std::uint8_t {
  master,
  replica,  // replicas only, evenly; see Options::replica_fallback for when there is none
  any,      // the master and the replicas, evenly
  nearest,  // whichever of them has answered fastest of late
};

}  // namespace rediscovery
