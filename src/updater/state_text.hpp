// What is known of each master, as programs read it. Pure.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "updater/board.hpp"

namespace rediscovery::updater {

// Prometheus' text format 0.0.4. `started`: of the process, in seconds since 1970.
[[nodiscard]] std::string to_metrics(const Records& record, core::TimePoint now, double started);

[[nodiscard]] nlohmann::json to_state(const Records& record, core::TimePoint now);

}  // namespace rediscovery::updater
