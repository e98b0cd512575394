#include "support/child_process.hpp"

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
  return keeper.folder() / ("child-" + std::to_string(++count) + ".log");
}

}  // namespace

ChildProcess::ChildProcess(Keeper& keeper, const std::string& what, const std::vector<std::string>& command,
                           const std::map<std::string, std::string>& environment)
    : keeper_(keeper),
      what_(what),
      log_(next_log(keeper)),
      pid_(keeper.spawn(Program{command, environment, log_})) {}

ChildProcess::~ChildProcess() {
  if (running()) signal(SIGKILL);
}

bool ChildProcess::running() { return !keeper_.status(pid_).has_value(); }

int ChildProcess::wait(std::chrono::milliseconds timeout) {
  std::optional<int> status;
  try {
    wait_until([&] { return (status = keeper_.status(pid_)).has_value(); }, timeout, what_ + "'s end",
               std::chrono::milliseconds(1));
  } catch (const TimeoutError& error) {
    throw TimeoutError(std::string(error.what()) + "\n" + output());
  }
  return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
}

void ChildProcess::signal(int number) { keeper_.signal(pid_, number); }

std::string ChildProcess::output() const {
  std::ifstream file(log_);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void ChildProcess::wait_output(const std::string& part, std::chrono::milliseconds timeout) const {
  wait_until([&] { return output().find(part) != std::string::npos; }, timeout,
             what_ + "'s output of: " + part);
}

Ended finish(ChildProcess& process) {
  Ended finished;
  finished.code = process.wait();
  finished.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                        process.started());
  finished.output = process.output();
  return finished;
}

}  // namespace rediscovery::testing
