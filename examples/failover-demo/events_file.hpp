// Reads the file that st-api appends its pool's events to.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "moment.hpp"

namespace rediscovery::demo {

struct PoolEvent {
  Clock::time_point at;
  std::string name;  // as in rediscovery/event.hpp
  std::string endpoint;
  std::string reason;
};

class EventsFile {
 public:
  // Need not exist yet.
  explicit EventsFile(std::filesystem::path path) : path_(std::move(path)) {}
  // Those written since the last call.
  std::vector<PoolEvent> read_new();

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::string unfinished_;  // the beginning of a line
};

}  // namespace rediscovery::demo
