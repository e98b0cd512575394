// Whether clients can see what was written: what Consul's DNS answers for a master's name.
#pragma once

#include <optional>
#include <string>

#include "core/rng.hpp"
#include "updater/plan.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater {

struct Visibility {
  core::Endpoint master;                // what DNS must answer, and nothing else
  std::optional<core::Duration> after;  // since the transaction was confirmed; nullopt: not seen in time
  core::TimePoint at;                   // when DNS was asked last
  std::string problem;                  // unless it was seen: what DNS answers instead, for people
};

// Asks DNS until it answers exactly the master that `plan` has registered, for less than a second and not
// beyond `deadline`. nullopt: the plan touches no master's registration, or DNS is not to be asked.
[[nodiscard]] std::optional<Visibility> wait_until_visible(World& world, const Plan& plan,
                                                           core::TimePoint deadline, core::Rng& rng);

}  // namespace rediscovery::updater
