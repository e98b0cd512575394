#include "chaos/observer.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "chaos/recorder.hpp"

namespace rediscovery::chaos {

using namespace std::chrono_literals;

Holding holding_of(pid_t process) {
  Holding holding;
  const auto folder = std::filesystem::path("/proc") / std::to_string(process);
  std::ifstream status(folder / "status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream fields(line);
    std::string name;
    long value = 0;
    fields >> name >> value;
    if (name == "VmRSS:") holding.resident_kb = value;
    if (name == "Threads:") holding.threads = value;
  }
  std::error_code ended;
  for (std::filesystem::directory_iterator at(folder / "fd", ended), end; !ended && at != end;
       at.increment(ended))
    ++holding.descriptors;
  return holding;
}

Observer::Observer(World& world) : world_(world) {
  for (std::size_t i = 0; i < world.cluster().redis_count(); ++i) {
    threads_.emplace_back(
        [this, i](const std::stop_token& stop) { watch_node(world_.cluster().redis(i), stop); });
  }
  threads_.emplace_back([this](const std::stop_token& stop) { watch_processes(stop); });
}

void Observer::stop() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

// A promotion is to be seen before the node is replaced, which takes Sentinel more than a second.
void Observer::watch_node(testing::Node& node, const std::stop_token& stop) {
  std::optional<testing::RedisConnection> connection;
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(100ms);
    try {
      if (!connection) connection.emplace(node.connect(300ms));
      const Position position = parse_position(connection->command({"INFO", "replication"}).text);
      if (!position.master) continue;
      const std::lock_guard lock(mutex_);
      histories_.add(position.history, now());
    } catch (const testing::RedisError&) {
      connection.reset();
    }
  }
}

void Observer::watch_processes(const std::stop_token& stop) {
  const Micros started = now();
  const auto note = [&](const std::string& name, Program& program) {
    Holding holding = holding_of(program.pid());
    if (holding.threads == 0) return;
    holding.seconds = static_cast<double>(now() - started) / std::micro::den;
    const std::lock_guard lock(mutex_);
    holdings_[name].push_back(holding);
  };
  for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += 1s) {
    std::this_thread::sleep_until(next);
    for (auto& writer : world_.writers()) note(writer.name, *writer.program);
    for (auto& updater : world_.updaters()) note(updater->name(), *updater);
  }
}

Histories Observer::histories() const {
  const std::lock_guard lock(mutex_);
  return histories_;
}

std::map<std::string, std::vector<Holding>> Observer::holdings() const {
  const std::lock_guard lock(mutex_);
  return holdings_;
}

}  // namespace rediscovery::chaos
