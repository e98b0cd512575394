// What the updater takes over from who starts it, and what it leaves behind: nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "fake_sentinel.hpp"
#include "stage.hpp"
#include "support/scripted_tcp.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ClusterOptions options() {
  ClusterOptions options;
  options.redis_nodes = 1;
  options.sentinels = 0;
  return options;
}

class Footprint : public ::testing::Test {
 protected:
  Footprint() : sentinels_(stage_.cluster().addresses(), 3) {
    sentinels_.tell(stage_.cluster().addresses().ip(1), 1);
  }
  std::string config(const std::function<void(nlohmann::json&)>& change = [](nlohmann::json&) {}) {
    return stage_.config_with("footprint.json", [&](nlohmann::json& root) {
      root["sentinels"]["addresses"] = sentinels_.endpoints();
      change(root);
    });
  }

  Stage stage_{options()};
  FakeSentinels sentinels_;
};

// What each descriptor of a process is; empty when it has ended.
std::vector<std::string> descriptors(pid_t pid) {
  std::vector<std::string> targets;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
    targets.push_back(fs::read_symlink(entry.path(), gone).string());
  }
  return targets;
}

TEST_F(Footprint, AScriptClosesWhatSentinelHasLeftOpen) {
  auto& cluster = stage_.cluster();
  // Consul does not answer, so the script is at work as long as this test wants to look at it.
  const ScriptedTcp consul(cluster.addresses().ip(41));
  const auto silent =
      config([&](nlohmann::json& root) { root["consul"]["addresses"] = {consul.endpoint()}; });
  const auto left_open = cluster.folder() / "left-open";
  std::ofstream(left_open).flush();

  Program shell;
  shell.arguments = {"/bin/sh",
                     "-c",
                     "exec 3<\"$1\" 7<\"$1\" 9>>\"$1\"; shift; exec \"$@\"",
                     "sh",
                     left_open.string(),
                     updater_path().string(),
                     "on-event",
                     "--config",
                     silent,
                     "--timeout-ms",
                     "50000",
                     "+switch-master",
                     "mymaster 10.0.0.1 6379 10.0.0.2 6379"};
  shell.log = cluster.folder() / "footprint.log";
  const pid_t pid = cluster.keeper().spawn(shell);
  const auto at_work = [&] {
    const auto open = descriptors(pid);
    return std::any_of(open.begin(), open.end(),
                       [](const auto& what) { return what.starts_with("socket:"); });
  };
  wait_until(at_work, std::chrono::seconds(20), "the updater to ask somebody");
  EXPECT_THAT(descriptors(pid), Not(::testing::Contains(left_open.string())));
  EXPECT_FALSE(cluster.keeper().status(pid).has_value());
  cluster.keeper().signal(pid, SIGKILL);
}

// The lines of strace's log with a call that can change the file system.
std::vector<std::string> changes_in(const fs::path& trace) {
  std::ifstream file(trace);
  std::vector<std::string> found;
  int calls = 0;
  for (std::string line; std::getline(file, line);) {
    ++calls;
    const bool only_looks =
        (line.find("O_RDONLY") != std::string::npos && line.find("O_CREAT") == std::string::npos) ||
        line.find("access(") != std::string::npos || line.find("stat") != std::string::npos ||
        line.find("readlink") != std::string::npos || line.find("execve(") != std::string::npos ||
        line.find("getcwd(") != std::string::npos;
    if (!only_looks && line.find(" exited with ") == std::string::npos) found.push_back(line);
  }
  EXPECT_GT(calls, 5) << "strace has seen hardly anything";
  return found;
}

TEST_F(Footprint, NoFileIsWritten) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer writes one of its own";
#endif
  auto& cluster = stage_.cluster();
  const auto trace = cluster.folder() / "trace";
  Program strace;
  strace.arguments = {find_program("strace", "REDISCOVERY_STRACE"),
                      "--follow-forks",
                      "--seccomp-bpf",
                      "--quiet=attach,exit",
                      "--trace=%file",
                      "--output=" + trace.string(),
                      updater_path().string(),
                      "apply",
                      "--config",
                      config()};
  strace.environment["ASAN_OPTIONS"] = "detect_leaks=0";  // where it is built with that: only one may trace
  strace.log = cluster.folder() / "strace.log";
  const pid_t pid = cluster.keeper().spawn(strace);
  std::optional<int> status;
  wait_until([&] { return (status = cluster.keeper().status(pid)).has_value(); }, std::chrono::seconds(60),
             "the updater's end under strace");
  std::ostringstream said;
  said << std::ifstream(strace.log).rdbuf();
  ASSERT_EQ(*status, 0) << said.str() << "\nIf strace may not trace here, allow ptrace(2).";
  EXPECT_THAT(said.str(), HasSubstr("audit: ")) << "it has changed Consul, and not only looked";
  EXPECT_THAT(changes_in(trace), IsEmpty());
}

}  // namespace
}  // namespace rediscovery::testing
