// What a benchmark of failovers prints.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <vector>

#include "run.hpp"

namespace rediscovery::bench {

// One kind of fault: its figures over all runs, for each client, and the runs themselves.
[[nodiscard]] nlohmann::json report_of(Fault fault, const std::vector<Run>& runs);
// The figures as a table.
void print_report(std::ostream& out, const nlohmann::json& report);

}  // namespace rediscovery::bench
