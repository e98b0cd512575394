#include "gate/stage.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace rediscovery::demo {

GateStage::GateStage(Programs programs, const StopRequest& stop)
    : programs_(std::move(programs)),
      stop_(stop),
      keeper_(addresses_.lock_fd()),
      consul_(keeper_, "consul", addresses_.ip(21),
              [] {
                testing::ConsulOptions options;
                options.config["node_name"] = "host-1";
                return options;
              }()),
      dns_(keeper_, addresses_.ip(31)) {
  consul_.launch();
  testing::NodeOptions redis;
  redis.program = testing::find_program("redis-server", "REDISCOVERY_REDIS_SERVER");
  for (std::size_t i = 0; i < kNodes; ++i) {
    const int host = 1 + static_cast<int>(i);
    redis_.push_back(std::make_unique<testing::Node>(keeper_, "redis-" + std::to_string(host),
                                                     addresses_.ip(host), redis));
    redis_.back()->launch();
  }
  consul_.wait_ready();
  for (auto& node : redis_) node->wait_ready();
}

void GateStage::start_st_api() {
  const auto catalog = keeper_.folder() / "catalog.json";
  std::ofstream(catalog) << R"({"film-1": {"title": "One", "rights": {"tv": "uhd"}}})";
  for (std::size_t i = 0; i < kNodes; ++i) {
    const std::vector<std::string> command{programs_.st_api,
                                           "--listen",
                                           address(i) + ":8080",
                                           "--redis",
                                           redis_[i]->endpoint(),
                                           "--catalog",
                                           catalog.string(),
                                           "--register",
                                           "http://" + consul_.http_address(),
                                           "--register-id",
                                           id(i),
                                           "--register-interval-ms",
                                           "1000",
                                           "--status-deadline-ms",
                                           "200",
                                           "--log-level",
                                           "error"};
    st_api_.push_back(std::make_unique<testing::ChildProcess>(
        keeper_, id(i), command,
        std::map<std::string, std::string>{{"ST_API_SECRET", "the secret of the demo"}}));
  }
}

std::vector<std::string> GateStage::gate_command(const std::string& command) const {
  std::vector<std::string> words{programs_.gate, command, "--consul", "http://" + consul_.http_address()};
  if (command == "admit" || command == "exclude") return words;
  words.insert(words.end(), {"--name", kName, "--zone", testing::Knot::kZone, "--dns-server", dns_.endpoint(),
                             "--tsig-name", testing::Knot::kKey});
  return words;
}

void GateStage::start_gate(const std::vector<std::string>& rules) {
  auto command = gate_command("run");
  command.insert(command.end(), rules.begin(), rules.end());
  gate_ = std::make_unique<testing::ChildProcess>(
      keeper_, "st-api-gate", command,
      std::map<std::string, std::string>{{"ST_GATE_TSIG_SECRET", testing::Knot::kSecret}});
}

testing::Ended GateStage::gate(const std::vector<std::string>& command) {
  auto words = gate_command(command.front());
  words.insert(words.end(), command.begin() + 1, command.end());
  testing::ChildProcess process(keeper_, "st-api-gate", words,
                                {{"ST_GATE_TSIG_SECRET", testing::Knot::kSecret}});
  auto ended = finish(process);
  // Who watches asks for days.
  std::filesystem::remove(process.log_path());
  return ended;
}

std::string GateStage::health(std::size_t node) const {
  for (const auto& check : consul_.get("/v1/health/checks/st-api")) {
    if (check.at("ServiceID") == id(node)) return check.at("Status");
  }
  return "";
}

bool GateStage::answers(std::size_t node) const {
  const auto all = answer();
  return std::count(all.begin(), all.end(), address(node)) != 0;
}

void GateStage::keep_logs(const std::filesystem::path& folder) const {
  std::error_code none;  // who has not been started has no log
  std::filesystem::create_directories(folder, none);
  const auto copy = [&](const std::filesystem::path& log, const std::string& name) {
    std::filesystem::copy_file(log, folder / (name + ".log"),
                               std::filesystem::copy_options::overwrite_existing, none);
  };
  copy(consul_.log_path(), consul_.name());
  copy(dns_.log_path(), "knot");
  for (const auto& node : redis_) copy(node->log_path(), node->name());
  for (std::size_t i = 0; i < st_api_.size(); ++i) copy(st_api_[i]->log_path(), id(i));
  if (gate_) copy(gate_->log_path(), "st-api-gate");
}

void GateStage::check() const {
  consul_.check_alive();
  dns_.check_alive();
  const auto must_run = [](testing::ChildProcess& process, const std::string& name) {
    if (process.running()) return;
    const auto log = process.output();
    constexpr std::size_t kEnd = 500;
    throw std::runtime_error(name + " has ended: " + log.substr(log.size() - std::min(log.size(), kEnd)));
  };
  for (std::size_t i = 0; i < st_api_.size(); ++i) must_run(*st_api_[i], id(i));
  if (gate_) must_run(*gate_, "st-api-gate");
}

bool GateStage::wait(const std::function<bool()>& done) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (stop_.made()) throw Interrupted{};
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace rediscovery::demo
