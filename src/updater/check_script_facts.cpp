#include "updater/check_script_facts.hpp"

#include <algorithm>
#include <sstream>

namespace rediscovery::updater {
namespace {

void assign(std::string_view value, std::vector<std::string>& paths) {
  if (value.empty()) return paths.clear();
  std::istringstream words{std::string(value)};
  for (std::string word; words >> word;) {
    // "-" before a path: it need not exist; "+": it is below the unit's own root.
    while (!word.empty() && (word.front() == '-' || word.front() == '+')) word.erase(0, 1);
    if (word.size() > 1 && word.back() == '/') word.pop_back();
    paths.push_back(word);
  }
}

bool contains(std::string_view folder, std::string_view path) {
  if (folder == "/" || folder == path) return true;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::size_t longest(const std::vector<std::string>& folders, std::string_view path) {
  std::size_t length = 0;
  for (const auto& folder : folders) {
    if (contains(folder, path)) length = std::max(length, folder.size());
  }
  return length;
}

}  // namespace

void read_unit(std::string_view text, Sandbox& sandbox) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const auto value_of = [&line](std::string_view name) -> std::string_view {
      return std::string_view(line).substr(name.size());
    };
    if (line.starts_with("NoExecPaths=")) assign(value_of("NoExecPaths="), sandbox.no_exec_paths);
    if (line.starts_with("ExecPaths=")) assign(value_of("ExecPaths="), sandbox.exec_paths);
  }
}

bool allows(const Sandbox& sandbox, std::string_view path) {
  return longest(sandbox.exec_paths, path) >= longest(sandbox.no_exec_paths, path);
}

}  // namespace rediscovery::updater
