// A snapshot of what a pool or client has done and of what it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include <rediscovery/export.hpp>
#include <rediscovery/histogram.hpp>

namespace rediscovery {

struct REDISCOVERY_EXPORT Stats {
  // now
  std::uint64_t generation = 0;  // adoptions so far; 0: no master yet
  std::string master;            // "address:port" of the adopted master, or empty
  bool suspect = false;          // evidence against it is being looked into
  std::size_t idle = 0;          // connections ready to be handed out
  std::size_t in_use = 0;        // connections lent to callers
  std::size_t connecting = 0;    // connects under way
  std::size_t waiting = 0;       // callers (AsyncClient: commands) waiting for a connection
  std::size_t in_flight = 0;     // AsyncClient: commands that are with the server

  // since construction
  std::uint64_t commands = 0;         // commands, also of leases, that ended with a reply or a server's error
  std::uint64_t failed = 0;           // commands and acquire() that ended with any other error
  std::uint64_t in_doubt = 0;         // of these, with Executed::maybe
  std::uint64_t retries = 0;          // attempts beyond the first
  std::uint64_t lookups = 0;          // DNS look-ups started
  std::uint64_t lookups_failed = 0;   // of these, without a usable answer
  std::uint64_t connects = 0;         // connects started: to candidates, to the master and to standbys
  std::uint64_t connects_failed = 0;  // of these, without a verified connection, or not needed any more
  std::uint64_t suspicions = 0;       // times the master was doubted and asked again
  std::uint64_t adoptions = 0;
  std::uint64_t refusals =
      0;  // candidates that were not the master, or not reached; the same one is told once

  // how long it took
  Histogram execute;       // execute(), from the call to its result, good or bad
  Histogram wait;          // for a connection, where none was free at once
  Histogram lookup;        // DNS look-ups
  Histogram connect;       // TCP connect and handshake, where both succeeded
  Histogram adoption;      // from the first sign of a change (or construction) to a new master
  Histogram confirmation;  // from suspicion to the same master

  // One JSON object, the names as above; histograms with their quantiles and the ranges that are not empty,
  // by their ends in microseconds.
  [[nodiscard]] std::string to_json() const;
  // The text that Prometheus scrapes (exposition format 0.0.4), for all pools of a process in one page: each
  // is labelled pool="…" with its key.
  [[nodiscard]] static std::string to_prometheus(const std::map<std::string, Stats>& pools);
};

}  // namespace rediscovery
