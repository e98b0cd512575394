// The updater as a process of its own.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace rediscovery::testing {

// Where the build has put it.
[[nodiscard]] std::filesystem::path updater_path();

class UpdaterProcess : public ChildProcess {
 public:
  UpdaterProcess(Keeper& keeper, const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment = {});
  // Asks it to end, as systemd does, because only then sanitizers look for leaks and lines are counted. Who
  // wants it dead sends SIGKILL.
  ~UpdaterProcess();
  UpdaterProcess(const UpdaterProcess&) = delete;
  UpdaterProcess& operator=(const UpdaterProcess&) = delete;
};

using Finished = Ended;

// Runs it to its end.
Finished run_updater(Keeper& keeper, const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment = {});

}  // namespace rediscovery::testing
