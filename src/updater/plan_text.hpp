// A plan as people and programs read it.
#pragma once

#include <iosfwd>

#include <nlohmann/json_fwd.hpp>

#include "updater/plan.hpp"

namespace rediscovery::updater {

// Several lines: the verdict, the difference with + - ~ =, the warnings.
std::ostream& operator<<(std::ostream& out, const Plan& plan);

[[nodiscard]] nlohmann::json to_json(const Plan& plan);

}  // namespace rediscovery::updater
