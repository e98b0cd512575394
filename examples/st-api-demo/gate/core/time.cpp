#include "time.hpp"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <map>

namespace st_gate {

std::string to_text(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%FT%TZ", &utc);
  return text;
}

std::optional<Time> parse_time(const std::string& text) {
  std::tm utc{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {
    for (++rest; *rest >= '0' && *rest <= '9';) ++rest;
  }
  if (std::string(rest) != "Z") return std::nullopt;
  return Time(std::chrono::seconds(timegm(&utc)));
}

std::optional<Millis> parse_span(const std::string& text) {
  using namespace std::chrono_literals;
  static const std::map<char, Millis> units{{'s', 1s}, {'m', 1min}, {'h', 1h}, {'d', 24h}};
  constexpr long kMost = 100'000;
  if (text.size() < 2) return std::nullopt;
  const auto unit = units.find(text.back());
  long count = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  if (unit == units.end() || error != std::errc{} || stopped != end || count < 1 || count > kMost)
    return std::nullopt;
  return count * unit->second;
}

}  // namespace st_gate
