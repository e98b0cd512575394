#include "stage.hpp"

#include <httplib.h>

#include <array>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>

#include "support/dnsmasq.hpp"

namespace rediscovery::demo {
namespace {

using testing::Cluster;
using testing::ClusterOptions;

constexpr std::uint16_t kHttpPort = 8080;
constexpr std::chrono::seconds kLiveSession{60};
constexpr std::uint16_t kDnsPort = 5300;  // one that needs no rights

// A program under the cluster's keeper, and what tells that it works.
class Part : public testing::Server {
 public:
  Part(Cluster& cluster, std::string name, std::string ip, std::uint16_t port,
       std::vector<std::string> arguments, std::function<bool()> is_ready)
      : Server(cluster.keeper(), std::move(name), std::move(ip), port),
        arguments_(std::move(arguments)),
        is_ready_(std::move(is_ready)) {}
  [[nodiscard]] bool ready() override { return is_ready_(); }

 protected:
  [[nodiscard]] testing::Program program() const override { return {arguments_, {}, log_path()}; }

 private:
  std::vector<std::string> arguments_;
  std::function<bool()> is_ready_;
};

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) throw std::runtime_error("cannot write " + path.string());
}

ClusterOptions cluster_options(const Options& demo) {
  ClusterOptions options;
  options.down_after = std::chrono::milliseconds(1000);
  options.consul_options.persistent = demo.live.wanted();  // where it may be killed, and returns
  if (is_by_hand(demo.scenario)) {
    options.sentinels = 0;
  } else {
    options.register_roles = false;  // the updater does
  }
  return options;
}

}  // namespace

Stage::Stage(const Options& options, const std::function<void(const std::string&)>& say) : options_(options) {
  const bool sentinels = !is_by_hand(options_.scenario);
  say(sentinels ? "starting three Redis, three Sentinels and Consul" : "starting three Redis and Consul");
  cluster_ = std::make_unique<Cluster>(cluster_options(options_));
  if (options_.live.wanted()) {
    say("starting dnsmasq in front of Consul's DNS");
    start_dns_front();
  }
  if (sentinels) {
    say("starting rediscovery-updater, which registers " + cluster_->master_service_name());
    start_updater();
  }
  if (options_.rate == 0) return;
  seed();
  say("starting st-api");
  start_st_api();
}

Stage::~Stage() {
  if (options_.logs.empty() || !cluster_) return;
  std::error_code problem;
  std::filesystem::create_directories(options_.logs, problem);
  for (const auto& file : std::filesystem::directory_iterator(cluster_->folder(), problem)) {
    const auto extension = file.path().extension();
    if (extension != ".log" && extension != ".jsonl") continue;
    std::filesystem::copy_file(file.path(), options_.logs / file.path().filename(),
                               std::filesystem::copy_options::overwrite_existing, problem);
  }
  if (problem) std::cerr << "demo: the logs could not all be left in " << options_.logs << "\n";
}

void Stage::start_dns_front() {
  const auto consul =
      "server=/consul/" + cluster_->consul().ip() + "#" + std::to_string(testing::Consul::kDnsPort);
  dns_front_ = std::make_unique<testing::Dnsmasq>(cluster_->keeper(), cluster_->addresses().next_free_ip(),
                                                  std::vector<std::string>{consul, "cache-size=0"}, kDnsPort);
}

void Stage::run_updater(const std::vector<std::string>& command) {
  testing::Program program;
  program.arguments = {options_.updater_program};
  program.arguments.insert(program.arguments.end(), command.begin(), command.end());
  program.arguments.insert(program.arguments.end(), {"--config", updater_config_.string()});
  program.log = cluster_->folder() / "updater-by-hand.log";
  const pid_t child = cluster_->keeper().spawn(program);
  std::optional<int> status;
  testing::wait_until([&] { return (status = cluster_->keeper().status(child)).has_value(); },
                      std::chrono::seconds(20), "rediscovery-updater " + command.front() + " to end");
  if (*status != 0) {
    std::ifstream log(program.log);
    const std::string text{std::istreambuf_iterator<char>(log), {}};
    throw std::runtime_error("rediscovery-updater " + command.front() + " " +
                             testing::describe_wait_status(*status) + ": " + text);
  }
}

void Stage::start_updater() {
  updater_config_ = cluster_->folder() / "updater.json";
  nlohmann::json content = {
      {"masters", {cluster_->options().master_name}},
      {"sentinels", {{"addresses", cluster_->sentinel_endpoints()}}},
      {"consul", {{"addresses", {"http://" + cluster_->consul().http_address()}}}},
  };
  if (!options_.updater_promotion.empty()) content["promotion"] = options_.updater_promotion;
  write_file(updater_config_, content.dump(2));
  const auto is_registered = [this] {
    return cluster_->named_masters() == std::vector<std::string>{first_master().ip()};
  };
  updater_ = std::make_unique<Part>(
      *cluster_, "rediscovery-updater", "", std::uint16_t{0},
      std::vector<std::string>{options_.updater_program, "run", "--config", updater_config_.string()},
      is_registered);
  updater_->launch();
  updater_->wait_ready();
}

void Stage::seed() {
  constexpr int kViewers = 120;
  constexpr int kFilms = 12;
  constexpr std::array kDevices{"tv", "phone", "tablet", "web"};
  constexpr std::array kQualities{"sd", "hd", "uhd"};
  auto redis = first_master().connect();
  nlohmann::json rights;
  for (const char* device : kDevices) rights[device] = kQualities.back();
  for (int film = 0; film < kFilms; ++film) {
    catalog_["film-" + std::to_string(film)] = {{"title", "Film " + std::to_string(film)},
                                                {"rights", rights}};
  }
  for (std::size_t i = 0; i < kViewers; ++i) {
    const std::string viewer = "viewer-" + std::to_string(i);
    const std::string film = "film-" + std::to_string(i % kFilms);
    redis.command({"SADD", "purchases:" + viewer, film});
    purchases_.emplace_back(viewer, film);
    targets_.push_back("/playback/" + film + "?user=" + viewer + "&device=" + kDevices[i % kDevices.size()] +
                       "&quality=" + kQualities[i % kQualities.size()]);
  }
  // A purchase missing after the switch would look like a fault of the switch.
  redis.command({"WAIT", std::to_string(cluster_->redis_count() - 1), "1000"});
}

void Stage::start_st_api() {
  const std::string ip = cluster_->addresses().next_free_ip();
  events_file_ = cluster_->folder() / "st-api-events.jsonl";
  const auto secret_file = cluster_->folder() / "st-api-secret";
  std::random_device random;
  write_file(secret_file, std::to_string(random()) + std::to_string(random()) + "-demo-secret\n");
  const auto catalog_file = cluster_->folder() / "catalog.json";
  write_file(catalog_file, catalog_.dump(2));
  // One thread for each request that can wait at one time: those of the longest answer, and a few more.
  const int threads = options_.rate * 7 / 2 + 64;
  std::vector<std::string> arguments{options_.st_api_program};
  const auto option = [&arguments](const char* name, const std::string& value) {
    arguments.insert(arguments.end(), {name, value});
  };
  option("--listen", ip + ":" + std::to_string(kHttpPort));
  const auto redis = client_options();
  option("--redis", redis.master);
  if (!redis.replicas.empty()) option("--redis-replicas", redis.replicas);
  for (const auto& server : redis.dns_servers) option("--dns", server);
  for (const auto& server : redis.consul_http) option("--consul", server);
  option("--threads", std::to_string(threads));
  // What is written for days must not fill the memory.
  if (options_.live.wanted()) option("--session-lifetime-s", std::to_string(kLiveSession.count()));
  option("--catalog", catalog_file.string());
  option("--secret-file", secret_file.string());
  option("--events", events_file_.string());
  const auto answers = [ip] {
    httplib::Client client(ip, kHttpPort);
    const auto status = client.Get("/status");
    return status && status->status == 200;
  };
  st_api_ = std::make_unique<Part>(*cluster_, "st-api", ip, kHttpPort, std::move(arguments), answers);
  st_api_->launch();
  st_api_->wait_ready();
}

rediscovery::Options Stage::client_options() const {
  rediscovery::Options options;
  options.master = cluster_->master_service_name();
  options.dns_servers = {dns_front_ ? dns_front_->endpoint() : cluster_->consul().dns_address()};
  if (options_.discovery == Discovery::standbys) {
    options.replicas = cluster_->slave_service_name();
  } else {
    options.promotion = rediscovery::Promotion::announced;  // what replicas say themselves is sooner
  }
  if (options_.discovery == Discovery::push) {
    options.consul_http = {"http://" + cluster_->consul().http_address()};
  }
  return options;
}

Load::Settings Stage::load_settings() const {
  Load::Settings settings;
  settings.ip = st_api_->ip();
  settings.port = st_api_->port();
  settings.targets = targets_;
  settings.rate = options_.rate;
  return settings;
}

void Stage::let_fault_happen() {
  switch (options_.scenario) {
    case Scenario::kill:
      return first_master().kill();
    case Scenario::hang:
      return first_master().stop();
    case Scenario::planned:
      return cluster_->start_failover();
    case Scenario::repoint:
      return cluster_->repoint(kNewMaster);
    case Scenario::move:
      chosen_master().replicate("");
      return cluster_->register_roles(kNewMaster, {kOther});
  }
}

testing::Node& Stage::final_master() {
  testing::Node* found = nullptr;
  const auto is_settled = [this, &found] {
    auto& cluster = *cluster_;
    const auto named = cluster.named_masters();
    for (std::size_t i = 0; i < cluster.redis_count(); ++i) {
      testing::Node& node = cluster.redis(i);
      if (named == std::vector{node.ip()} && node.running() && node.role() == "master") found = &node;
    }
    for (std::size_t i = 0; found != nullptr && i < cluster.sentinel_count(); ++i) {
      if (cluster.sentinel(i).master_endpoint() != found->endpoint()) found = nullptr;
    }
    return found != nullptr;
  };
  testing::wait_until(is_settled, std::chrono::seconds(20),
                      "the name and all Sentinels to stand for one master");
  return *found;
}

std::string Stage::fault_text() {
  const std::string master = first_master().endpoint();
  switch (options_.scenario) {
    case Scenario::kill:
      return "the master " + master + " is killed";
    case Scenario::hang:
      return "the master " + master + " is stopped: it answers no more, but its connections stay open";
    case Scenario::planned:
      return "an operator asks Sentinel to replace the master " + master;
    case Scenario::repoint:
      return "an operator makes " + chosen_master().endpoint() + " the master, and " + master +
             " its replica";
    case Scenario::move:
      return "an operator makes " + chosen_master().endpoint() +
             " a master, moves the name to it, and leaves " + master + " a master, too";
  }
  return {};
}

void Stage::check() const {
  if (st_api_) st_api_->check_alive();
  if (updater_) updater_->check_alive();
}

}  // namespace rediscovery::demo
