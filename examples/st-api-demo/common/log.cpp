#include "log.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace st_api {
namespace {

Level lowest = Level::info;

const char* name_of(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string now_as_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char date[32];
  std::strftime(date, sizeof date, "%FT%T", &utc);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", date, static_cast<int>(millis));
  return text;
}

}  // namespace

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void set_log_level(Level level) { lowest = level; }

void log(Level level, const std::string& message, const Json& details) {
  if (level < lowest) return;
  Json line = {{"at", now_as_text()}, {"level", name_of(level)}, {"message", message}};
  line.update(details);
  const std::string text = to_text(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);  // one call: lines of several threads do not mix
}

}  // namespace st_api
