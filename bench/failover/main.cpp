// Failovers of Sentinel that several clients go through side by side: README.md says how to read the table.
#include <iostream>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "failover_usage.hpp"
#include "figures.hpp"
#include "report.hpp"
#include "run.hpp"

namespace rediscovery::bench {
namespace {

using nlohmann::json;

struct Settings {
  int kills = 20;
  int hangs = 20;
  int planned = 20;
  ClientSettings clients;
  Output output;
};

Settings parse(char** arguments) {
  Settings settings;
  CommandLine line;
  line.number("--kills", settings.kills, 0, 1000);
  line.number("--hangs", settings.hangs, 0, 1000);
  line.number("--planned", settings.planned, 0, 1000);
  line.number("--rate", settings.clients.rate, 10, 2000);
  line.text("--peers", settings.clients.peers);
  line.text("--save", settings.output.save);
  line.flag("--json", settings.output.as_json);
  line.parse(arguments, kUsage);
  return settings;
}

// Kinds take turns, so that what else the machine does meanwhile meets them alike.
std::vector<std::vector<Run>> run_all(const Settings& settings, const std::vector<Fault>& faults,
                                      const std::vector<int>& counts) {
  std::vector<std::vector<Run>> runs(faults.size());
  bool more = true;
  for (int round = 0; more; ++round) {
    more = false;
    for (std::size_t i = 0; i < faults.size(); ++i) {
      if (round >= counts[i]) continue;
      more = true;
      std::cerr << "\r" << to_string(faults[i]) << ": " << round + 1 << " of " << counts[i] << "     "
                << std::flush;
      runs[i].push_back(run_failover(faults[i], settings.clients));
    }
  }
  std::cerr << "\r" << std::string(40, ' ') << "\r";
  return runs;
}

void run(const Settings& settings) {
  warn_of_debug_build();
  for (const auto& problem : {redis_py_missing(), ioredis_missing(settings.clients.peers)}) {
    if (!problem.empty()) std::cerr << problem << "\n";
  }
  json result = {{"benchmark", "failover"},
                 {"machine", machine()},
                 {"rate", settings.clients.rate},
                 {"faults", json::array()}};
  const std::vector<Fault> faults{Fault::kill, Fault::hang, Fault::planned};
  const auto runs = run_all(settings, faults, {settings.kills, settings.hangs, settings.planned});
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (!runs[i].empty()) result["faults"].push_back(report_of(faults[i], runs[i]));
  }
  if (publish(result, settings.output)) return;
  std::cout << "Each client writes " << settings.clients.rate << " keys a second; load "
            << result["machine"]["load"].get<double>() << " before, " << result["load_after"].get<double>()
            << " after\n";
  for (const auto& report : result["faults"]) {
    std::cout << "\n";
    print_report(std::cout, report);
  }
}

}  // namespace
}  // namespace rediscovery::bench

int main(int /*count*/, char** arguments) {
  return rediscovery::bench::run_program(
      "bench_failover", [&] { rediscovery::bench::run(rediscovery::bench::parse(arguments)); });
}
