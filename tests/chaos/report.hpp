#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

#include "chaos/evaluation.hpp"

namespace rediscovery::chaos {

[[nodiscard]] nlohmann::json report_of(const Result& result);
// The table for people, of what report_of() has made.
void print_report(std::ostream& out, const nlohmann::json& report);

}  // namespace rediscovery::chaos
