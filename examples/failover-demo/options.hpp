// What the demo is asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::demo {

enum class Scenario { kill, hang, planned, repoint, move };
std::string_view to_string(Scenario scenario);
// Without Sentinels: an operator switches, and moves the name.
bool is_by_hand(Scenario scenario);

// How the clients learn of a new master; all of them ask DNS.
enum class Discovery {
  standbys,  // and keep a connection to each replica
  push,      // and wait for Consul to tell them
  dns,
};
std::string_view to_string(Discovery discovery);

// The page, and faults one after the other: faults at will, instead of one scenario.
struct LiveOptions {
  bool web = false;
  std::uint16_t port = 8099;                                  // 0: any free one
  std::filesystem::path page_folder = REDISCOVERY_DEMO_PAGE;  // index.html and what it needs
  std::filesystem::path chart_library = "/usr/share/javascript/chart.js/chart.min.js";  // of libjs-chart.js
  std::vector<std::string> faults;  // pressed one after the other, `rounds` times; empty: none
  int rounds = 1;
  std::optional<std::chrono::seconds> duration;  // none: until it is asked to stop

  [[nodiscard]] bool wanted() const { return web || !faults.empty(); }
};

struct Options {
  bool help = false;
  LiveOptions live;
  Scenario scenario = Scenario::kill;
  int rate = 200;       // requests per second; 0: there is no st-api
  int writer_rate = 0;  // keys per second; 0: there is no writer
  Discovery discovery = Discovery::standbys;
  std::string updater_promotion;  // "announced" or "observed"; empty: the updater's own default
  std::chrono::seconds duration{10};
  int runs = 1;
  bool json = false;
  std::filesystem::path logs;  // empty: not kept
  std::string st_api_program;  // the programs' paths; scripts/demo gives them
  std::string updater_program;
  std::string gate_program;  // empty: the page can start none
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws UsageError.
Options parse_options(const std::vector<std::string>& arguments);
std::string usage();

}  // namespace rediscovery::demo
