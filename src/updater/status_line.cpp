#include "updater/status_line.hpp"

namespace rediscovery::updater {
namespace {

// A line on a terminal or two.
constexpr std::size_t kLongest = 240;

std::string count(std::size_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

}  // namespace

std::string status_line(std::size_t masters, std::size_t sentinels,
                        const std::map<std::string, std::string>& troubles) {
  if (troubles.empty())
    return "following " + count(masters, "master") + " by " + count(sentinels, "Sentinel");
  std::string line = count(masters, "master") + ", " + std::to_string(troubles.size()) + " in trouble";
  const char* separator = ": ";
  for (const auto& [master, trouble] : troubles) {
    line += separator + master + ": " + trouble;
    separator = "; ";
  }
  if (line.size() > kLongest) line = line.substr(0, kLongest) + "...";
  return line;
}

}  // namespace rediscovery::updater
