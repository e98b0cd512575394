// What the fence makes of promotions that are observed at the replica, before Sentinel announces them. Pure.
#pragma once

#include "updater/plan.hpp"

namespace rediscovery::updater {

// Whether what the Sentinels say, at a lower epoch than the fence's, may still be true of a failover under
// way: the master in the fence was observed at its promotion, and the Sentinels are where they were before.
[[nodiscard]] bool is_unannounced(const PlanInput& input);

// Whether that failover has ended without an announcement, so that the lower epoch counts again. A majority
// and the quorum of all Sentinels must name the same master, and either
//
//   the leader itself is at rest: only it can make the epoch known, so nobody ever will; or
//   the leader cannot be read, and the promoted node itself says that it is a replica.
//
// REQUIRES: is_unannounced().
[[nodiscard]] bool is_given_up(const PlanInput& input);
// Whether the promoted node's word is needed for that.
[[nodiscard]] bool is_leader_away(const PlanInput& input);

// What the next fence remembers of observations.
[[nodiscard]] std::optional<Observed> observed_after(const PlanInput& input);
[[nodiscard]] std::uint64_t given_up_epoch_after(const PlanInput& input);

}  // namespace rediscovery::updater
