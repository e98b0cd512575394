#include "updater_process.hpp"

#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>

#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

std::filesystem::path next_log(const Keeper& keeper) {
  static std::atomic<int> count{0};
  return keeper.folder() / ("updater-" + std::to_string(++count) + ".log");
}

pid_t spawn(Keeper& keeper, const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment, const std::filesystem::path& log) {
  Program program;
  program.arguments = {updater_path().string()};
  program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
  program.environment = environment;
  program.log = log;
  return keeper.spawn(program);
}

}  // namespace

std::filesystem::path updater_path() { return REDISCOVERY_UPDATER_PATH; }

UpdaterProcess::UpdaterProcess(Keeper& keeper, const std::vector<std::string>& arguments,
                               const std::map<std::string, std::string>& environment)
    : keeper_(keeper), log_(next_log(keeper)), pid_(spawn(keeper, arguments, environment, log_)) {}

UpdaterProcess::~UpdaterProcess() {
  if (running()) signal(SIGKILL);
}

bool UpdaterProcess::running() { return !keeper_.status(pid_).has_value(); }

int UpdaterProcess::wait(std::chrono::milliseconds timeout) {
  std::optional<int> status;
  try {
    wait_until([&] { return (status = keeper_.status(pid_)).has_value(); }, timeout, "the updater's end",
               std::chrono::milliseconds(1));
  } catch (const TimeoutError& error) {
    throw TimeoutError(std::string(error.what()) + "\n" + output());
  }
  return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
}

void UpdaterProcess::signal(int number) { keeper_.signal(pid_, number); }

std::string UpdaterProcess::output() const {
  std::ifstream file(log_);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void UpdaterProcess::wait_output(const std::string& part, std::chrono::milliseconds timeout) const {
  wait_until([&] { return output().find(part) != std::string::npos; }, timeout,
             "the updater's output of: " + part);
}

Finished run_updater(Keeper& keeper, const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment) {
  const auto started = std::chrono::steady_clock::now();
  UpdaterProcess process(keeper, arguments, environment);
  Finished finished;
  finished.code = process.wait();
  finished.took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
  finished.output = process.output();
  return finished;
}

}  // namespace rediscovery::testing
