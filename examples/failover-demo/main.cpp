// rediscovery_demo: a Redis failover from the application's side. `scripts/demo --help` tells all.
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "live/live.hpp"
#include "options.hpp"
#include "report.hpp"
#include "runs.hpp"
#include "show.hpp"

namespace {

using namespace rediscovery::demo;

// Every request that waits is a descriptor here and one in st-api, which inherits the limit.
void allow_many_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  constexpr rlim_t kEnough = 4096;
  limit.rlim_cur = std::min(std::max(limit.rlim_cur, kEnough), limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Each run has servers of its own: a switch leaves traces in Sentinel for a long time.
Options for_run(const Options& options, int number) {
  Options one = options;
  if (options.runs > 1 && !options.logs.empty()) one.logs /= "run-" + std::to_string(number);
  return one;
}

void tell(const Figures& figures, bool json, Screen& screen) {
  screen.line("");
  screen.heading("Summary");
  for (const auto& line : summary(figures)) screen.line("  " + line);
  if (json) screen.line(to_json(figures).dump());
}

void tell_all(const std::vector<nlohmann::ordered_json>& runs, bool json, Screen& screen) {
  const auto all = summarize(runs);
  screen.line("");
  screen.heading("All " + std::to_string(runs.size()) + " runs");
  for (const auto& line : table(all)) screen.line("  " + line);
  if (json) screen.line(all.dump());
}

int run(const Options& options) {
  const StopRequest stop;
  allow_many_connections();
  Screen screen;
  if (options.live.wanted()) return live::run(options, stop, screen);
  std::vector<nlohmann::ordered_json> runs;
  for (int number = 1; number <= options.runs; ++number) {
    if (number > 1) screen.line("");
    if (options.runs > 1) {
      screen.heading("Run " + std::to_string(number) + " of " + std::to_string(options.runs));
    }
    const auto figures = show(for_run(options, number), stop, screen);
    if (!figures) {
      screen.line("interrupted; all servers have been taken down");
      return 130;
    }
    tell(*figures, options.json, screen);
    runs.push_back(to_json(*figures));
  }
  if (options.runs > 1) tell_all(runs, options.json, screen);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = parse_options({argv + 1, argv + argc});
    if (options.help) {
      std::cout << usage();
      return 0;
    }
    return run(options);
  } catch (const UsageError& problem) {
    std::cerr << "demo: " << problem.what() << "\nTry scripts/demo --help.\n";
    return 2;
  } catch (const std::exception& problem) {
    std::cerr << "demo: " << problem.what() << "\n";
    return 1;
  }
}
