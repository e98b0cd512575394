// rediscovery_demo: a Redis failover from the application's side. `scripts/demo --help` tells all.
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <iostream>

#include "options.hpp"
#include "report.hpp"
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

int run(const Options& options) {
  const StopRequest stop;
  allow_many_connections();
  Screen screen;
  const auto figures = show(options, stop, screen);
  if (!figures) {
    screen.line("interrupted; all servers have been taken down");
    return 130;
  }
  screen.line("");
  screen.heading("Summary");
  for (const auto& line : summary(*figures)) screen.line("  " + line);
  if (options.json) screen.line(to_json(*figures).dump());
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
