// Which back end, and how it is reached.
#pragma once

#include <map>
#include <memory>

#include "backends/backend.hpp"
#include "common/settings.hpp"

namespace st_gate {

[[nodiscard]] const std::vector<st_api::Setting>& backend_settings();
// Throws st_api::UsageError.
[[nodiscard]] std::unique_ptr<Backend> make_backend(const st_api::Settings& settings,
                                                    const std::map<std::string, std::string>& environment);
// "st-api.example.test" becomes "st-api.example.test."
[[nodiscard]] std::string read_dns_name(const st_api::Settings& settings, const std::string& setting);

}  // namespace st_gate
