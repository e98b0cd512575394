// Findings as people and programs read them. Pure.
#pragma once

#include <iosfwd>

#include <nlohmann/json_fwd.hpp>

#include "updater/check_finding.hpp"

namespace rediscovery::updater {

// One heading for each master; a line for each finding, its remedy below it; the sum at the end.
void print(const Findings& findings, bool colours, std::ostream& out);

// {"exit_code": …, "findings": [{"master": …, "area": …, "level": …, "heals": …, "text": …, "remedy": …}]}
[[nodiscard]] nlohmann::json to_json(const Findings& findings);

}  // namespace rediscovery::updater
