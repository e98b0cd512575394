// Whom to believe that a replica has become the master.
#pragma once

#include <cstdint>

namespace rediscovery {

enum class Promotion : std::uint8_t {
  // The replica itself: Sentinel's promotion cuts our standby connection to it in the same transaction, and
  // the next connection proves by run id and replication history what it is now. Options::promotion says
  // which replicas have such connections.
  observed,
  // DNS, a push, or the demoted master's own word: never before Sentinel and the updater have told everybody.
  announced,
};

}  // namespace rediscovery
