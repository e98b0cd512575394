// Runs "check" and "status".
#pragma once

#include <iosfwd>
#include <string>

#include "updater/command_line.hpp"
#include "updater/config.hpp"

namespace rediscovery::updater {

// Return the exit code. REQUIRES: every name in `masters` of the invocation is configured.
[[nodiscard]] int run_check(const Invocation& invocation, const Config& config,
                            const std::string& config_path, bool colours, std::ostream& out);
[[nodiscard]] int run_status(const Invocation& invocation, const Config& config,
                             const std::string& config_path, std::ostream& out);

// Whether to use colours: as --color says; "auto" with a terminal, unless NO_COLOR is set and not empty
// (https://no-color.org). Pure.
[[nodiscard]] bool wants_colours(Colours colours, bool is_terminal, const consul::Environment& environment);

}  // namespace rediscovery::updater
