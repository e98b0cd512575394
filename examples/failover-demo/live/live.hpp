// Faults at will: by hand on the page, or one after the other.
#pragma once

#include "options.hpp"
#include "screen.hpp"
#include "stop_request.hpp"

namespace rediscovery::demo::live {

// Runs until it is asked to stop, or all faults are done. Returns the exit code. Throws std::runtime_error
// when it cannot be carried out.
int run(const Options& options, const StopRequest& stop, Screen& screen);

}  // namespace rediscovery::demo::live
