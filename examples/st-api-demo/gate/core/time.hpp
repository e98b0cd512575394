// Wall-clock time, because it is kept in Consul between processes and hosts. Nothing here reads the clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace st_gate {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

// "2026-11-25T09:00:00Z"
[[nodiscard]] std::string to_text(Time time);
// The same back, with or without milliseconds; nullopt: it is something else.
[[nodiscard]] std::optional<Time> parse_time(const std::string& text);
// "90s", "15m", "2h", "7d"
[[nodiscard]] std::optional<Millis> parse_span(const std::string& text);

}  // namespace st_gate
