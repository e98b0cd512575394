#include "updater_process.hpp"

#include <csignal>
#include <exception>
#include <iostream>

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

UpdaterProcess::~UpdaterProcess() {
  try {
    if (!running()) return;
    signal(SIGTERM);
    signal(SIGCONT);  // a test may have stopped it
    wait();
  } catch (const std::exception& error) {
    std::cerr << "the updater was asked to end: " << error.what() << '\n';
  }
}

Finished run_updater(Keeper& keeper, const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment) {
  UpdaterProcess process(keeper, arguments, environment);
  return finish(process);
}

}  // namespace rediscovery::testing
