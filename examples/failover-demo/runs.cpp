#include "runs.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace rediscovery::demo {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNever = std::numeric_limits<double>::infinity();

double median(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Of these there cannot be too many; of all others the highest is the worst.
bool is_better_high(const std::string& name) {
  return name == "requests" || name == "ok" || name == "writes";
}

// A mean may have digits that no figure has; a whole count stays one.
Json to_json(double value, bool is_count) {
  if (std::isinf(value)) return nullptr;
  if (is_count && value == std::floor(value)) return std::llround(value);
  return std::round(value * 1000) / 1000;
}

struct Summary {
  Json median = Json::object();
  Json worst = Json::object();
};

Summary summarize_figures(const std::vector<Json>& runs) {
  Summary summary;
  for (const auto& [name, first] : runs.front().items()) {
    if (first.is_string()) continue;
    if (first.is_object()) {
      std::vector<Json> nested;
      for (const auto& run : runs) nested.push_back(run.at(name));
      const auto figures = summarize_figures(nested);
      summary.median[name] = figures.median;
      summary.worst[name] = figures.worst;
      continue;
    }
    std::vector<double> values;
    for (const auto& run : runs) {
      values.push_back(run.at(name).is_null() ? kNever : run.at(name).template get<double>());
    }
    std::sort(values.begin(), values.end());
    const bool is_count = first.is_number_integer();
    summary.median[name] = to_json(median(values), is_count);
    summary.worst[name] = to_json(is_better_high(name) ? values.front() : values.back(), is_count);
  }
  return summary;
}

std::string cell(const Json& value) {
  if (value.is_null()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value.get<double>());
  return text;
}

void add_lines(const Json& medians, const Json& worst, const std::string& prefix,
               std::vector<std::string>& lines) {
  for (const auto& [name, value] : medians.items()) {
    if (value.is_object()) {
      add_lines(value, worst.at(name), prefix + name + ".", lines);
      continue;
    }
    char line[120];
    std::snprintf(line, sizeof line, "%-42s %12s %12s", (prefix + name).c_str(), cell(value).c_str(),
                  cell(worst.at(name)).c_str());
    lines.emplace_back(line);
  }
}

}  // namespace

Json summarize(const std::vector<Json>& runs) {
  const auto figures = summarize_figures(runs);
  return {{"scenario", runs.front().at("scenario")},
          {"runs", runs.size()},
          {"median", figures.median},
          {"worst", figures.worst}};
}

std::vector<std::string> table(const Json& summary) {
  char head[120];
  std::snprintf(head, sizeof head, "%-42s %12s %12s", "", "median", "worst");
  std::vector<std::string> lines{head};
  add_lines(summary.at("median"), summary.at("worst"), "", lines);
  return lines;
}

}  // namespace rediscovery::demo
