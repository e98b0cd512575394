// What the demo is asked for.
#pragma once

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::demo {

enum class Scenario { kill, hang, planned, repoint };
std::string_view to_string(Scenario scenario);

struct Options {
  bool help = false;
  Scenario scenario = Scenario::kill;
  int rate = 200;  // requests per second
  std::chrono::seconds duration{10};
  bool json = false;
  std::filesystem::path logs;  // empty: not kept
  std::string st_api;          // the programs' paths; scripts/demo gives them
  std::string updater;
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws UsageError.
Options parse_options(const std::vector<std::string>& arguments);
std::string usage();

}  // namespace rediscovery::demo
