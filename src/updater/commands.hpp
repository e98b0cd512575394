// Runs what the command line asks for.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "consul/settings.hpp"

namespace rediscovery::updater {

// Returns the exit code; see help_text(""). `out` gets what was asked for (help, plans), `err` everything
// else. `run` returns after SIGTERM or SIGINT.
[[nodiscard]] int run_command(const std::string& program, const std::vector<std::string>& arguments,
                              const consul::Environment& environment, std::ostream& out, std::ostream& err);

}  // namespace rediscovery::updater
