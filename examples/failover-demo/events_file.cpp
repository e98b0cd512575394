#include "events_file.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

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
  if (!file_.is_open()) file_.open(path_);
  file_.clear();  // the end of before may not be the end now
  std::array<char, 4096> buffer{};
  while (file_.read(buffer.data(), buffer.size()), file_.gcount() > 0) {
    unfinished_.append(buffer.data(), static_cast<std::size_t>(file_.gcount()));
  }
  std::vector<PoolEvent> events;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = unfinished_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const auto line = nlohmann::json::parse(unfinished_.substr(begin, end - begin), nullptr, false);
    if (!line.is_object()) continue;
    events.push_back({to_steady(line.value("at", "")), line.value("event", ""), line.value("endpoint", ""),
                      line.value("reason", "")});
  }
  unfinished_.erase(0, begin);
  return events;
}

}  // namespace rediscovery::demo
