#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "support/keeper.hpp"

namespace rediscovery::testing {
namespace {

bool executable(const std::string& path) { return !path.empty() && ::access(path.c_str(), X_OK) == 0; }

}  // namespace

std::string find_program(const std::string& name, const char* override_variable,
                         const std::string& preferred) {
  // NOLINTBEGIN(concurrency-mt-unsafe): nothing here changes the environment
  if (const char* chosen = std::getenv(override_variable); chosen != nullptr && *chosen != '\0') {
    if (executable(chosen)) return chosen;
    throw std::runtime_error(std::string(override_variable) + "=" + chosen + " is not an executable file");
  }
  if (executable(preferred)) return preferred;
  const char* path = std::getenv("PATH");
  // NOLINTEND(concurrency-mt-unsafe)
  // Debian installs some servers where an unprivileged user's PATH does not reach.
  std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/sbin:/sbin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    folder.append("/").append(name);
    if (executable(folder)) return folder;
  }
  throw std::runtime_error(name + " not found" + (preferred.empty() ? "" : " at " + preferred + " nor") +
                           " on the PATH: run scripts/setup, or set " + override_variable);
}

}  // namespace rediscovery::testing
