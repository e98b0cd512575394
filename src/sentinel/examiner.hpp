// Examines Sentinels: the I/O of examination.hpp.
#pragma once

#include <string>

#include "core/time.hpp"
#include "sentinel/examination.hpp"

namespace rediscovery::sentinel {

// Asks one Sentinel about `master` over a connection of its own, and waits in the calling thread, at most
// until `deadline` or `settings.timeout`. No shared state: any thread.
[[nodiscard]] Examination examine(const Settings& settings, const core::Endpoint& sentinel,
                                  const std::string& master, core::TimePoint deadline);

}  // namespace rediscovery::sentinel
