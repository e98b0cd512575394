// Which Sentinel it is, whatever address it is asked at.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>

#include "core/endpoint.hpp"

namespace rediscovery::sentinel {

// Two are one where both run ids are known and equal: one Sentinel may be configured by the address that is
// near and be announced by another. Run ids that differ are two Sentinels, one after the other at most. Where
// one is not known (SENTINEL MYID came with Redis 6.2) the addresses decide.
struct Identity {
  core::Endpoint endpoint;
  std::string run_id;  // empty: not known

  // An endpoint alone names a Sentinel, too.
  Identity(core::Endpoint at = {}, std::string run = {})  // NOLINT(google-explicit-constructor)
      : endpoint(std::move(at)), run_id(std::move(run)) {}

  friend bool operator==(const Identity& a, const Identity& b) {
    if (!a.run_id.empty() && !b.run_id.empty()) return a.run_id == b.run_id;
    return a.endpoint == b.endpoint;
  }
  friend std::ostream& operator<<(std::ostream& out, const Identity& identity);
};

}  // namespace rediscovery::sentinel
