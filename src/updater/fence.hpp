// The record in Consul that decides who may write: the first operation of every transaction compares it and
// sets it. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.hpp"
#include "sentinel/identity.hpp"
#include "updater/naming.hpp"

namespace rediscovery::updater {

// How the master of a fence came to be known before Sentinel announced it.
struct Observed {
  sentinel::Identity leader;     // the Sentinel that promoted it: the only one that can give the promotion up
  std::uint64_t from_epoch = 0;  // the config-epoch that counts again if it does
  friend bool operator==(const Observed&, const Observed&) = default;
};

struct Fence {
  std::uint64_t epoch = 0;     // Sentinel's config-epoch
  core::Endpoint address;      // the master at that epoch
  std::uint64_t revision = 1;  // counts changes: no two records are equal, so no change passes as none
  ServiceNames services;       // the names written last: after a renaming they show what to remove
  std::string writer;          // who, for people
  std::string written_at;      // when, for people
  // Set when it was written at the promotion; the announcement does not write it anew.
  std::optional<Observed> observed = {};
  // The epoch of a promotion that was observed and then given up: whoever comes late with it has to leave
  // again. 0: none.
  std::uint64_t given_up_epoch = 0;

  friend bool operator==(const Fence&, const Fence&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Fence& fence);
};

[[nodiscard]] std::string to_json_text(const Fence& fence);
// nullopt if it is not such a record. Fields that a later version may have added are ignored.
[[nodiscard]] std::optional<Fence> parse_fence(std::string_view text);

}  // namespace rediscovery::updater
