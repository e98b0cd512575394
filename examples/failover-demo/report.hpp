// The figures for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "figures.hpp"

namespace rediscovery::demo {

// "1,365 ms"; "-" if there is none.
std::string in_words(std::optional<Milliseconds> span);

// Lines of plain words.
std::vector<std::string> summary(const Figures& figures);

nlohmann::ordered_json to_json(const Figures& figures);

}  // namespace rediscovery::demo
