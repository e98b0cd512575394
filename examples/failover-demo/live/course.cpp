#include "live/course.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace rediscovery::demo::live {

std::vector<Phase> find_phases(Clock::time_point fault, const std::vector<Moment>& moments) {
  constexpr std::array<std::pair<What, const char*>, 4> kSteps{{{What::suspected, "evidence"},
                                                                {What::promoted, "promotion"},
                                                                {What::adopted, "adopted"},
                                                                {What::write_resumed, "first write"}}};
  std::vector<std::pair<Clock::time_point, std::string>> seen;
  for (const auto& [what, name] : kSteps) {
    std::optional<Clock::time_point> first;
    for (const auto& moment : moments) {
      if (moment.what == what && moment.at >= fault && (!first || moment.at < *first)) first = moment.at;
    }
    if (first) seen.emplace_back(*first, name);
  }
  // In a planned failover there may be no evidence before the promotion. And a pool may hear of that before
  // the demo does.
  std::stable_sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Phase> phases;
  std::pair<Clock::time_point, std::string> before{fault, "fault"};
  for (const auto& step : seen) {
    phases.push_back({before.second + " → " + step.second, step.first - before.first});
    before = step;
  }
  return phases;
}

double rounded(Milliseconds span) { return std::round(span.count() * 100) / 100; }

nlohmann::ordered_json to_json(const std::vector<Phase>& phases) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& phase : phases) json.push_back({{"name", phase.name}, {"ms", rounded(phase.took)}});
  return json;
}

}  // namespace rediscovery::demo::live
