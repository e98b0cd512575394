// The demo from beginning to end.
#pragma once

#include <optional>

#include "figures.hpp"
#include "options.hpp"
#include "screen.hpp"
#include "stop_request.hpp"

namespace rediscovery::demo {

// Nothing when it was asked to stop. Throws std::runtime_error when it cannot be carried out.
std::optional<Figures> show(const Options& options, const StopRequest& stop, Screen& screen);

}  // namespace rediscovery::demo
