#include "events_file.hpp"

#include <cstdio>
#include <ctime>

namespace rediscovery::demo {
namespace {

// From RFC 3339 in UTC with microseconds to this machine's steady clock, which the demo counts by.
Clock::time_point to_steady(const std::string& text) {
  std::tm utc{};
  int micros = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%6dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
                  &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &micros) != 7) {
    return Clock::now();
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  const auto at = std::chrono::system_clock::from_time_t(::timegm(&utc)) + std::chrono::microseconds(micros);
  const auto ago = std::chrono::system_clock::now() - at;
  return Clock::now() - std::chrono::duration_cast<Clock::duration>(ago);
}

}  // namespace

std::vector<PoolEvent> EventsFile::read_new() {
  std::vector<PoolEvent> events;
  for (const auto& line : lines_.read_new()) {
    events.push_back({to_steady(line.value("at", "")), line.value("event", ""), line.value("endpoint", ""),
                      line.value("reason", "")});
  }
  return events;
}

}  // namespace rediscovery::demo
