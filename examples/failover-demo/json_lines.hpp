// Follows a file to which somebody appends a JSON object on each line.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rediscovery::demo {

class JsonLines {
 public:
  // Need not exist yet.
  explicit JsonLines(std::filesystem::path path) : path_(std::move(path)) {}
  // Those written since the last call; lines that are no objects are skipped.
  std::vector<nlohmann::json> read_new();

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::string unfinished_;  // the beginning of a line
};

}  // namespace rediscovery::demo
