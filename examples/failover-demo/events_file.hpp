// Reads the file that st-api appends its pool's events to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "json_lines.hpp"
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
  explicit EventsFile(std::filesystem::path path) : lines_(std::move(path)) {}
  // Those written since the last call.
  std::vector<PoolEvent> read_new();

 private:
  JsonLines lines_;
};

}  // namespace rediscovery::demo
