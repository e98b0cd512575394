#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "client.hpp"
#include "support/wait.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPython = "/usr/bin/python3";  // Debian's: it alone has Debian's redis-py

Clock::time_point monotonic(std::int64_t nanoseconds) {
  return Clock::time_point(std::chrono::nanoseconds(nanoseconds));
}

// A program that writes, and a file with a line for each write.
class Peer : public Client {
 public:
  Peer(testing::Cluster& cluster, const ClientSettings& settings, const std::string& name,
       std::vector<std::string> program)
      : Client(name), keeper_(cluster.keeper()), file_(cluster.folder() / (name + ".writes")) {
    nlohmann::json sentinels = nlohmann::json::array();
    for (std::size_t i = 0; i < cluster.sentinel_count(); ++i)
      sentinels.push_back({cluster.sentinel(i).ip(), cluster.sentinel(i).port()});
    program.push_back(nlohmann::json{
        {"client", name},
        {"sentinels", sentinels},
        {"master", cluster.options().master_name},
        {"rate", settings.rate},
        {"timeout_s", 0.5},  // the library's silence_timeout
        {"file",
         file_.string()}}.dump());
    testing::Program what;
    what.arguments = std::move(program);
    what.log = cluster.folder() / (name + ".log");
    if (!settings.peers.empty()) what.environment["NODE_PATH"] = settings.peers + "/node_modules";
    log_ = what.log;
    pid_ = keeper_.spawn(what);
  }
  ~Peer() override { keeper_.signal(pid_, SIGKILL); }

  std::vector<Write> writes() override {
    if (!stopping_ && keeper_.status(pid_)) throw std::runtime_error(name() + " has ended: " + log_tail());
    std::vector<Write> writes;
    std::ifstream file(file_);
    std::string line;
    while (std::getline(file, line) && !file.eof()) {  // the last may be incomplete
      std::istringstream fields(line);
      Write write;
      std::int64_t sent = 0;
      std::int64_t ended = 0;
      std::string outcome;
      if (!(fields >> write.number >> sent >> ended >> outcome))
        throw std::runtime_error(name() + ": " + line);
      write.sent = monotonic(sent);
      write.ended = monotonic(ended);
      write.outcome = outcome == "acknowledged" ? Outcome::acknowledged
                      : outcome == "failed"     ? Outcome::failed
                                                : Outcome::in_doubt;
      writes.push_back(write);
    }
    return writes;
  }
  void stop() override {
    stopping_ = true;
    keeper_.signal(pid_, SIGTERM);
    testing::wait_until([this] { return keeper_.status(pid_).has_value(); }, 20s, name() + " to end");
  }

 private:
  [[nodiscard]] std::string log_tail() const {
    std::ifstream file(log_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  testing::Keeper& keeper_;
  std::filesystem::path file_;
  std::filesystem::path log_;
  pid_t pid_ = -1;
  bool stopping_ = false;
};

std::string script(const char* name) { return std::string(REDISCOVERY_BENCH_PEERS) + "/" + name; }

bool works(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

std::unique_ptr<Client> make_redis_py_client(testing::Cluster& cluster, const ClientSettings& settings) {
  return std::make_unique<Peer>(cluster, settings, "redis-py",
                                std::vector<std::string>{kPython, script("redis_py_writer.py")});
}

std::unique_ptr<Client> make_ioredis_client(testing::Cluster& cluster, const ClientSettings& settings) {
  return std::make_unique<Peer>(cluster, settings, "ioredis",
                                std::vector<std::string>{"node", script("ioredis_writer.js")});
}

std::string redis_py_missing() {
  if (works(std::string(kPython) + " -c 'import redis'")) return "";
  return "redis-py is left out: install Debian's python3-redis";
}

std::string ioredis_missing(const std::string& peers) {
  if (peers.empty()) return "ioredis is left out: scripts/bench failover provides it";
  if (!std::filesystem::is_directory(peers + "/node_modules/ioredis") || !works("node --version"))
    return "ioredis is left out: there is no node, or no " + peers + "/node_modules/ioredis";
  return "";
}

}  // namespace rediscovery::bench
