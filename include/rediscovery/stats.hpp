// A snapshot of what a pool has done and of what it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <rediscovery/export.hpp>

namespace rediscovery {

struct REDISCOVERY_EXPORT Stats {
  // now
  std::uint64_t generation = 0;  // adoptions so far; 0: no master yet
  std::string master;            // "address:port" of the adopted master, or empty
  bool suspect = false;          // evidence against it is being looked into
  std::size_t idle = 0;          // connections ready to be handed out
  std::size_t in_use = 0;        // connections lent to callers
  std::size_t connecting = 0;    // connects under way
  std::size_t waiting = 0;       // callers waiting for a connection

  // since construction
  std::uint64_t commands = 0;        // calls of execute() that ended with a reply or a server's error
  std::uint64_t failed = 0;          // calls that ended with any other error
  std::uint64_t in_doubt = 0;        // of these, with Executed::maybe
  std::uint64_t retries = 0;         // attempts beyond the first
  std::uint64_t lookups = 0;         // DNS look-ups started
  std::uint64_t lookups_failed = 0;  // of these, without a usable answer
  std::uint64_t connects = 0;        // connects started
  std::uint64_t connects_failed = 0;
  std::uint64_t suspicions = 0;      // times the master was doubted and asked again
  std::uint64_t adoptions = 0;
  std::uint64_t refusals = 0;  // candidates that were not the master

  // One JSON object, the names as above.
  [[nodiscard]] std::string to_json() const;
};

}  // namespace rediscovery
