// Reads what all Sentinels say about one master.
#pragma once

#include <string>
#include <vector>

#include "core/time.hpp"
#include "sentinel/settings.hpp"
#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

// Asks all Sentinels at once over connections of its own, and waits in the calling thread. Returns one
// observation for each address of `settings`, in that order. Takes at most until `deadline` or
// `settings.timeout`; once a majority has answered, at most `settings.grace` longer.
// `cancel_fd` becoming readable ends it early; -1: nothing does. No shared state: any thread.
[[nodiscard]] std::vector<Observation> read_all(const Settings& settings, const std::string& master,
                                                core::TimePoint deadline, int cancel_fd = -1);

}  // namespace rediscovery::sentinel
