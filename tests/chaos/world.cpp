#include "chaos/world.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "updater_process.hpp"

namespace rediscovery::chaos {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

testing::ClusterOptions cluster_options() {
  testing::ClusterOptions options;
  options.consul = false;
  options.register_roles = false;
  return options;
}

std::string write_file(const std::filesystem::path& path, const json& value) {
  std::ofstream file(path);
  file << value.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
  return path.string();
}

std::string tail_of(const std::filesystem::path& path) {
  constexpr std::streamoff kEnough = 32 * 1024;
  std::ifstream file(path);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::streamoff>(file.tellg());
  if (size <= 0) return {};
  file.seekg(std::max<std::streamoff>(0, size - kEnough));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Program::Program(testing::Keeper& keeper, std::string what, std::vector<std::string> command)
    : keeper_(keeper), what_(std::move(what)), command_(std::move(command)) {}

void Program::start() {
  process_ = std::make_unique<testing::ChildProcess>(keeper_, what_, command_);
  pid_ = process_->pid();
}
void Program::kill() { process_->signal(SIGKILL); }

World::World(int rate) : cluster_(cluster_options()) {
  consuls_ = std::make_unique<testing::ConsulServers>(cluster_.keeper(), cluster_.addresses());
  for (std::size_t i = 0; i < 2; ++i)
    relays_.push_back(std::make_unique<DnsRelay>(cluster_.addresses().next_free_ip(), consuls_->at(i)));
  start_updaters();
  prepare_writers(rate);
}

World::~World() = default;

void World::start_updaters() {
  for (std::size_t i = 0; i < 2; ++i) {
    const json config = {{"masters", {cluster_.options().master_name}},
                         {"sentinels", {{"addresses", cluster_.sentinel_endpoints()}}},
                         {"consul", {{"addresses", consuls_->endpoints(i)}}},
                         {"reconcile_interval_ms", 2000}};
    const std::string name = "updater" + std::to_string(i + 1);
    const auto path = write_file(cluster_.folder() / (name + ".json"), config);
    updaters_.push_back(std::make_unique<Program>(
        cluster_.keeper(), name,
        std::vector<std::string>{testing::updater_path().string(), "run", "--config", path}));
    updaters_.back()->start();
  }
  const std::vector<std::string> wanted{cluster_.master().ip()};
  testing::wait_until(
      [&] {
        return consuls_->at(0).resolve(cluster_.master_service_name(), testing::DnsType::a).addresses() ==
               wanted;
      },
      30s, "the updaters to register the master");
}

void World::prepare_writers(int rate) {
  json options = {{"master", cluster_.master_service_name()}, {"dns_servers", json::array()}};
  for (const auto& relay : relays_) options["dns_servers"].push_back(relay->endpoint());
  const std::string by_name = write_file(cluster_.folder() / "by-name.json", options);
  options["replicas"] = cluster_.slave_service_name();
  for (const auto& endpoint : consuls_->endpoints()) options["consul_http"].push_back("http://" + endpoint);
  const std::string complete = write_file(cluster_.folder() / "complete.json", options);

  const auto add = [&](const std::string& name, const std::string& client, unsigned threads,
                       const std::string& path) {
    const auto journal = cluster_.folder() / (name + ".journal");
    auto program = std::make_unique<Program>(
        cluster_.keeper(), name,
        std::vector<std::string>{CHAOS_WRITER_PATH, name, client, std::to_string(threads),
                                 std::to_string(rate), path, journal.string()});
    writers_.push_back({name, client == "async", path == complete, threads, journal, std::move(program)});
  };
  add("pool", "pool", 4, complete);
  add("async", "async", 1, complete);
  add("name-alone", "pool", 2, by_name);
}

std::string World::servers() {
  const std::string any = cluster_.addresses().ip(1);
  return any.substr(0, any.rfind('.')) + ".0/24";
}

bool World::complete() {
  const auto master = cluster_.find_master();
  if (!master) return false;
  for (std::size_t i = 0; i < cluster_.redis_count(); ++i) {
    if (i != *master && !cluster_.redis(i).linked_to(cluster_.redis(*master).ip())) return false;
  }
  return true;
}

std::vector<Micros> World::last_acknowledged(const Writer& writer) {
  std::vector<Micros> last(writer.threads, 0);
  const std::string text = tail_of(writer.journal);
  // The first line of a part may be the rest of one.
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const auto write = parse_write(line);
    if (write && write->outcome == Outcome::acknowledged && write->thread < last.size())
      last[write->thread] = std::max(last[write->thread], write->sent);
  }
  return last;
}

bool World::all_write_since(Micros since) const {
  return std::ranges::all_of(writers_, [&](const Writer& writer) {
    return std::ranges::all_of(last_acknowledged(writer), [&](Micros last) { return last > since; });
  });
}

}  // namespace rediscovery::chaos
