// What a unit forbids its service to ask of the kernel.
#pragma once

#include <set>
#include <string>

#include "unit_file.hpp"

namespace rediscovery::testing {

using CallNames = std::set<std::string>;

// What SystemCallFilter leaves, as this machine's systemd-analyze understands it. Throws std::runtime_error
// if that cannot be asked.
[[nodiscard]] CallNames allowed_calls(const UnitFile& unit);

// From here on, for this process and what it executes: only `allowed`, and what RestrictAddressFamilies,
// RestrictNamespaces and MemoryDenyWriteExecute leave of that. Throws std::runtime_error that says what could
// not be done.
void restrict_system_calls(const UnitFile& unit, const CallNames& allowed);

}  // namespace rediscovery::testing
