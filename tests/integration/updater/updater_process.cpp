#include "updater_process.hpp"

namespace rediscovery::testing {
namespace {

std::vector<std::string> command_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {updater_path().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

std::filesystem::path updater_path() { return REDISCOVERY_UPDATER_PATH; }

UpdaterProcess::UpdaterProcess(Keeper& keeper, const std::vector<std::string>& arguments,
                               const std::map<std::string, std::string>& environment)
    : ChildProcess(keeper, "the updater", command_of(arguments), environment) {}

Finished run_updater(Keeper& keeper, const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment) {
  UpdaterProcess process(keeper, arguments, environment);
  return finish(process);
}

}  // namespace rediscovery::testing
