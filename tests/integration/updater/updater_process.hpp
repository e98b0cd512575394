// The updater as a process of its own.
#pragma once

#include "support/child_process.hpp"

namespace rediscovery::testing {

// Where the build has put it.
[[nodiscard]] std::filesystem::path updater_path();

// Runs as long as this object lives, unless it ends by itself.
class UpdaterProcess : public ChildProcess {
 public:
  UpdaterProcess(Keeper& keeper, const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment = {});
};

// Runs it to its end.
Finished run_updater(Keeper& keeper, const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment = {});

}  // namespace rediscovery::testing
