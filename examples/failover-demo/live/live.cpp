#include "live/live.hpp"

#include <stdexcept>
#include <thread>

#include "live/campaign.hpp"
#include "live/requests_file.hpp"
#include "live/session.hpp"
#include "report.hpp"

namespace rediscovery::demo::live {
namespace {

int show_page(Session& session, const Options& options, Screen& screen) {
  screen.line("Ctrl-C ends it, and leaves nothing behind");
  if (options.live.duration) {
    session.run_for(*options.live.duration);
  } else {
    session.run_until([] { return false; });
  }
  screen.line("ending; all servers are taken down");
  return 0;
}

int press_all(Session& session, const Options& options, Screen& screen) {
  const auto rows = run_campaign(session, options.live.faults, options.live.rounds, screen);
  if (!rows) {
    screen.line("interrupted; all servers have been taken down");
    return 130;
  }
  screen.line("");
  screen.heading("All " + std::to_string(options.live.rounds) + " rounds");
  for (const auto& line : table(*rows)) screen.line("  " + line);
  if (options.json) screen.line(to_json(*rows, options.rate, options.live.rounds).dump());
  return has_failed(*rows) ? 3 : 0;
}

}  // namespace

int run(const Options& options, const StopRequest& stop, Screen& screen) {
  try {
    Session session(options, stop, screen);
    const int code = options.live.faults.empty() ? show_page(session, options, screen)
                                                 : press_all(session, options, screen);
    if (!options.logs.empty()) write_requests(options.logs / "requests.csv", session.lanes());
    return code;
  } catch (const std::runtime_error&) {
    if (!stop.made()) throw;
    screen.line("interrupted; all servers have been taken down");
    return 130;
  }
}

}  // namespace rediscovery::demo::live
