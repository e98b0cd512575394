#include "timeline.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace rediscovery::demo {
namespace {

const char* to_string(Write::Outcome outcome) {
  switch (outcome) {
    case Write::Outcome::acknowledged:
      return " acknowledged";
    case Write::Outcome::failed:
      return " failed";
    case Write::Outcome::in_doubt:
      return " in doubt";
  }
  return " ?";
}

long long micros(Clock::duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

}  // namespace

void write_timeline(const std::filesystem::path& file, const Record& record,
                    const std::vector<Writer::PoolEvent>& events) {
  std::vector<nlohmann::ordered_json> lines;
  const auto add = [&](Clock::time_point at, const char* who, const std::string& what) -> auto& {
    return lines.emplace_back(
        nlohmann::ordered_json{{"us", micros(at - record.fault)}, {"who", who}, {"what", what}});
  };
  for (const auto& moment : record.moments) {
    add(moment.at, "demo", moment.text)["late_by_us"] = micros(moment.late_by);
  }
  for (const auto& [at, event] : events) {
    add(at, "the writer's pool",
        std::string(rediscovery::to_string(event.kind)) + " " + event.endpoint + " " + event.reason);
  }
  for (const auto& write : record.writes) {
    auto& line = add(write.ended, "writer", write.key + to_string(write.outcome));
    line["took_us"] = micros(write.ended - write.sent);
    line["generation"] = write.generation;
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& one, const auto& other) { return one["us"] < other["us"]; });
  std::ofstream out(file);
  for (const auto& line : lines) {
    out << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  }
}

}  // namespace rediscovery::demo
