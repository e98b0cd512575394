// Several runs of one scenario: the median and the worst of each figure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rediscovery::demo {

// `runs` are the figures of each, with the same names in all. The object is that of the command line: "runs",
// and below "median" and "worst" the figures. What did not happen in a run (null) is worse than any number.
nlohmann::ordered_json summarize(const std::vector<nlohmann::ordered_json>& runs);

// For people: a line for each figure of a summary.
std::vector<std::string> table(const nlohmann::ordered_json& summary);

}  // namespace rediscovery::demo
