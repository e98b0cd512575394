// What Options mean for AsyncClient's parts, beside what they mean for all.
#pragma once

#include <rediscovery/options.hpp>

#include "engine/dispatcher.hpp"

namespace rediscovery {

// `options` were validated.
[[nodiscard]] engine::DispatchPolicy dispatch_policy(const Options& options);

}  // namespace rediscovery
