// How long it takes from Redis taken away to the address gone, and whose time that is.
#pragma once

#include <nlohmann/json.hpp>

#include "gate/stage.hpp"
#include "screen.hpp"

namespace rediscovery::demo {

// Throws Interrupted, and std::runtime_error when something is not seen.
[[nodiscard]] nlohmann::ordered_json measure_gate(GateStage& stage, int times, Screen& screen);

}  // namespace rediscovery::demo
