#include "updater/log.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <ostream>

namespace rediscovery::updater {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::alarm:
      return "ALARM";
    case Level::error:
      return "error";
    case Level::audit:
      return "audit";
  }
  return "?";
}

std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = since / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s.%03dZ", date.data(), static_cast<int>(since % 1000));
  return text.data();
}

void Log::write(Level level, std::string_view text) {
  std::string line = utc_timestamp() + " " + std::string(to_string(level)) + ": ";
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  line += '\n';
  const std::lock_guard lock(mutex_);
  out_ << line << std::flush;
}

}  // namespace rediscovery::updater
