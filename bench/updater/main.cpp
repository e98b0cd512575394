// How fast rediscovery-updater moves a name, beside Sentinel's own announcement in the same runs; what a
// one-shot takes; what a daemon costs that has nothing to do.
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "figures.hpp"
#include "process_cost.hpp"
#include "switches.hpp"
#include "updater_usage.hpp"

namespace rediscovery::bench {
namespace {

using nlohmann::json;

struct Settings {
  int kills = 20;
  int planned = 20;
  int one_shots = 21;
  int seconds = 60;
  std::vector<std::string> promotions = {"observed", "announced"};
  bool as_json = false;
};

Settings parse(char** arguments) {
  Settings settings;
  std::string promotion;
  CommandLine line;
  line.text("--promotion", promotion);
  line.number("--kills", settings.kills, 0, 1000);
  line.number("--planned", settings.planned, 0, 1000);
  line.number("--one-shots", settings.one_shots, 1, 1000);
  line.number("--seconds", settings.seconds, 1, 3600);
  line.flag("--json", settings.as_json);
  line.parse(arguments, kUsage);
  if (promotion.empty()) return settings;
  if (promotion != "observed" && promotion != "announced")
    throw std::invalid_argument("--promotion: expected observed or announced");
  settings.promotions = {promotion};
  return settings;
}

struct Column {
  const char* name;
  double Switch::*field;
};
constexpr Column kColumns[] = {
    {"promoted to named", &Switch::promoted_to_named},
    {"first Sentinel to named", &Switch::known_to_named},
    {"promoted to first Sentinel", &Switch::promoted_to_known},
    {"promoted to first +switch-master", &Switch::promoted_to_announced},
    {"promoted to last +switch-master", &Switch::promoted_to_last},
};

void print(std::ostream& out, const char* name, const Distribution& of) {
  out << "  " << std::left << std::setw(34) << name << std::right << std::fixed << std::setprecision(1);
  for (const double value : {of.p50, of.p90, of.max}) out << std::setw(10) << value;
  out << "\n";
}

json spread(const Distribution& of) { return {{"median", of.p50}, {"p90", of.p90}, {"worst", of.max}}; }

void run(const Settings& settings) {
  warn_of_debug_build();
  json result = {{"switches", json::array()}, {"load_before", load()}};
  auto& out = std::cout;
  if (!settings.as_json) {
    out << "Load before: " << load() << "\nMilliseconds" << std::setw(34) << "median" << std::setw(10)
        << "p90" << std::setw(10) << "worst"
        << "\n";
  }
  for (const auto& promotion : settings.promotions) {
    for (const bool planned : {false, true}) {
      const std::string title = promotion + ", " + (planned ? "planned" : "kill");
      const int count = planned ? settings.planned : settings.kills;
      std::vector<Switch> switches;
      for (int i = 0; i < count; ++i) {
        std::cerr << "\r" << title << ": " << i + 1 << " of " << count << " " << std::flush;
        switches.push_back(measure_switch(promotion, planned));
      }
      if (switches.empty()) continue;
      std::cerr << "\n";
      json group = {{"promotion", promotion}, {"planned", planned}, {"runs", count}};
      if (!settings.as_json) out << title << " (" << count << ")\n";
      for (const auto& column : kColumns) {
        std::vector<double> values;
        for (const auto& one : switches) values.push_back(one.*column.field);
        const auto of = distribution_of(std::move(values));
        group[column.name] = spread(of);
        if (!settings.as_json) print(out, column.name, of);
      }
      result["switches"].push_back(std::move(group));
    }
  }

  std::cerr << "one-shots\n";
  const auto one_shots = measure_one_shots(settings.one_shots);
  result["one_shot_ms"] = {{"nothing_to_do", spread(distribution_of(one_shots.nothing_to_do_ms))},
                           {"with_a_write", spread(distribution_of(one_shots.with_a_write_ms))}};
  if (!settings.as_json) {
    out << "one-shot (" << settings.one_shots << ")\n";
    print(out, "nothing to do", distribution_of(one_shots.nothing_to_do_ms));
    print(out, "with a write", distribution_of(one_shots.with_a_write_ms));
  }

  std::cerr << "an idle daemon, " << settings.seconds << " s\n";
  const auto idle = measure_idle_daemon(settings.seconds);
  result["idle"] = {
      {"seconds", idle.seconds}, {"core_percent", idle.core_percent}, {"resident_mb", idle.resident_mb}};
  if (settings.as_json) {
    out << result.dump() << "\n";
    return;
  }
  out << "idle daemon: " << std::setprecision(3) << idle.core_percent << " % of a core, "
      << std::setprecision(1) << idle.resident_mb << " MB resident, in " << idle.seconds << " s\n";
}

}  // namespace
}  // namespace rediscovery::bench

int main(int /*count*/, char** arguments) {
  return rediscovery::bench::run_program(
      "bench_updater", [&] { rediscovery::bench::run(rediscovery::bench::parse(arguments)); });
}
