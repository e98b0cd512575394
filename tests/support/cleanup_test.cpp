// Nothing is left behind, in whatever way the owner of a cluster ends. The owner is this program itself,
// started with
// --own-a-cluster.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "support/cluster.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;

ClusterOptions small() {
  ClusterOptions options;
  options.redis_nodes = 2;
  options.sentinels = 1;
  options.quorum = 1;
  options.down_after = 200ms;
  return options;
}

// A zombie does not count: it has no memory, sockets or files, and only waits for init.
bool alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  const auto end_of_name = text.rfind(')');
  return end_of_name != std::string::npos && text.size() > end_of_name + 2 && text[end_of_name + 2] != 'Z';
}

struct Footprint {
  std::vector<pid_t> processes;
  std::string folder;
  int a = 0;  // the address block
  int b = 0;

  void expect_gone(std::chrono::milliseconds timeout = 10s) const {
    for (const pid_t pid : processes) {
      EXPECT_NO_THROW(wait_until([&] { return !alive(pid); }, timeout, "the end of " + std::to_string(pid)));
    }
    EXPECT_NO_THROW(
        wait_until([&] { return !std::filesystem::exists(folder); }, timeout, "removal of " + folder));
  }
};

Footprint footprint_of(Cluster& cluster) {
  Footprint footprint;
  footprint.folder = cluster.folder().string();
  footprint.processes = {cluster.keeper().pid(), cluster.consul().pid()};
  for (std::size_t i = 0; i < cluster.redis_count(); ++i)
    footprint.processes.push_back(cluster.redis(i).pid());
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    footprint.processes.push_back(cluster.sentinel(i).pid());
  }
  return footprint;
}

// A Sentinel's script which does not end by itself; returns its process.
pid_t start_endless_script(Cluster& cluster) {
  const auto script = cluster.folder() / "endless";
  const auto started = cluster.folder() / "endless.pid";
  std::ofstream(script) << "#!/bin/sh\necho $$ > " << started.string() << "\nexec sleep 1000\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  cluster.sentinel(0).set("notification-script", script.string());
  cluster.redis(1).kill();
  pid_t pid = 0;
  wait_until([&] { return std::ifstream(started) >> pid && pid > 0; }, 10s, "Sentinel's notification script");
  return pid;
}

// The process of `--own-a-cluster`.
class Owner {
 public:
  explicit Owner(const char* mode) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::string program = "/proc/self/exe";
    std::string flag = "--own-a-cluster";
    std::string mode_text = mode;
    std::array<char*, 4> arguments{program.data(), flag.data(), mode_text.data(), nullptr};
    if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
      throw std::runtime_error("posix_spawn");
    }
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = FileDescriptor(ends[0]);
    std::istringstream line(read_line());
    line >> footprint.folder;
    for (pid_t pid = 0; line >> pid;) footprint.processes.push_back(pid);
  }
  ~Owner() { end(SIGKILL); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  void end(int signal_number) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal_number);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  Footprint footprint;

 private:
  [[nodiscard]] std::string read_line() const {
    std::string line;
    char c = 0;
    while (::read(output_.get(), &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  pid_t pid_ = -1;
  FileDescriptor output_;
};

TEST(Cleanup, AfterTheClusterIsDestroyed) {
  Footprint footprint;
  {
    Cluster cluster(small());
    footprint = footprint_of(cluster);
    footprint.processes.push_back(start_endless_script(cluster));
    cluster.redis(0).stop();
    for (const pid_t pid : {footprint.processes[0], cluster.redis(0).pid()}) EXPECT_TRUE(alive(pid));
  }
  footprint.expect_gone(0ms);
}

TEST(Cleanup, AfterTheOwnerIsKilledOrInterruptedOrAborts) {
  for (const int signal_number : {SIGKILL, SIGINT, SIGABRT}) {
    SCOPED_TRACE(signal_number);
    Owner owner("plain");
    ASSERT_GE(owner.footprint.processes.size(), 5U);
    for (const pid_t pid : owner.footprint.processes) EXPECT_TRUE(alive(pid));
    owner.end(signal_number);
    owner.footprint.expect_gone();
  }
}

TEST(Cleanup, AfterTheOwnerIsKilledWhoseForkLives) {
  Owner owner("fork");
  const pid_t fork = owner.footprint.processes.back();
  owner.footprint.processes.pop_back();
  owner.end(SIGKILL);
  owner.footprint.expect_gone();
  EXPECT_TRUE(alive(fork));
  ::kill(fork, SIGKILL);
}

TEST(Cleanup, AfterTheKeeperIsKilled) {
  Footprint footprint;
  {
    Cluster cluster(small());
    footprint = footprint_of(cluster);
    ::kill(cluster.keeper().pid(), SIGKILL);
    EXPECT_NO_THROW(
        wait_until([&] { return !alive(footprint.processes.back()); }, 10s, "the end of the servers"));
    EXPECT_THROW((void)cluster.redis(0).running(), std::runtime_error);
  }
  footprint.expect_gone();
}

TEST(Cleanup, AfterAConstructorThatThrows) {
  const auto block = std::make_shared<AddressBlock>();
  ClusterOptions options = small();
  options.addresses = block;
  options.redis_arguments = {"--no-such-option", "1"};
  EXPECT_THROW(Cluster{options}, std::runtime_error);
  // The same addresses serve again at once.
  options.redis_arguments.clear();
  EXPECT_NO_THROW(Cluster{options});
}

[[noreturn]] void own_a_cluster(const char* mode) {
  Cluster cluster(small());
  const pid_t script = start_endless_script(cluster);
  cluster.redis(1).restart();
  const Footprint footprint = footprint_of(cluster);
  std::ostringstream line;
  line << footprint.folder;
  for (const pid_t pid : footprint.processes) line << " " << pid;
  line << " " << script;
  if (std::strcmp(mode, "fork") == 0) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (;;) ::pause();
    }
    line << " " << pid;
  }
  std::printf("%s\n", line.str().c_str());
  std::fflush(stdout);
  for (;;) ::pause();
}

}  // namespace
}  // namespace rediscovery::testing

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--own-a-cluster") == 0) rediscovery::testing::own_a_cluster(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
