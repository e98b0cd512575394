// One JSON object per line: for people with grep, and for machines.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace st_api {

using Json = nlohmann::ordered_json;

// JSON text of anything, also of strings from outside that are not UTF-8.
std::string to_text(const Json& json);

enum class Level { info, warning, error };

// What is below is not written. For the start, before there are other threads.
void set_log_level(Level level);

// Writes {"at": …, "level": …, "message": …, then the details} to standard error. Any thread.
void log(Level level, const std::string& message, const Json& details = Json::object());

}  // namespace st_api
