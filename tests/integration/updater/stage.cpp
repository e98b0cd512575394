#include "stage.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace rediscovery::testing {

using nlohmann::json;

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "rediscovery-updater-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Stage::Stage(ClusterOptions options, bool with_script)
    : sentinels_(options.sentinels), sentinel_password_(options.sentinel_password) {
  write(config(), default_config());
  options.addresses = addresses_;
  options.register_roles = false;
  if (with_script) {
    const auto script = folder_.path() / "rediscovery-on-reconfig";
    std::filesystem::create_symlink(updater_path(), script);
    options.client_reconfig_script = script.string();
    options.sentinel_environment["REDISCOVERY_UPDATER_CONFIG"] = config();
  }
  cluster_ = std::make_unique<Cluster>(std::move(options));
}

json Stage::default_config() const {
  json sentinels = {{"addresses", json::array()}};
  constexpr int kFirstSentinel = 11;
  for (std::size_t i = 0; i < sentinels_; ++i) {
    sentinels["addresses"].push_back(addresses_->ip(kFirstSentinel + static_cast<int>(i)) + ":26379");
  }
  if (!sentinel_password_.empty()) sentinels["password"] = sentinel_password_;
  constexpr int kConsul = 21;
  return {{"masters", {"mymaster"}},
          {"sentinels", sentinels},
          {"consul", {{"addresses", {addresses_->ip(kConsul) + ":8500"}}}},
          {"reconcile_interval_ms", 2000}};
}

void Stage::write(const std::filesystem::path& path, const json& value) const {
  std::ofstream(path) << value.dump(2) << "\n";
}

std::string Stage::config_with(const std::string& name, const std::function<void(json&)>& change) const {
  json value = default_config();
  change(value);
  const auto path = folder_.path() / name;
  write(path, value);
  return path.string();
}

Finished Stage::run(std::vector<std::string> arguments,
                    const std::map<std::string, std::string>& environment) {
  arguments.insert(arguments.begin() + 1, {"--config", config()});
  return run_updater(cluster_->keeper(), arguments, environment);
}

std::unique_ptr<UpdaterProcess> Stage::start_daemon() { return start_daemon(config()); }

std::unique_ptr<UpdaterProcess> Stage::start_daemon(const std::string& config) {
  return std::make_unique<UpdaterProcess>(cluster_->keeper(),
                                          std::vector<std::string>{"run", "--config", config});
}

json Stage::fence() {
  const auto value = cluster_->consul().kv_get("redis-roles/mymaster");
  return value ? json::parse(*value) : json();
}

std::vector<std::string> Stage::masters() {
  return cluster_->resolve(cluster_->master_service_name()).addresses();
}

std::vector<std::string> Stage::slaves() {
  return cluster_->resolve(cluster_->slave_service_name()).addresses();
}

std::string ask(const std::string& url) {
  std::string text;
  FILE* pipe = popen(("curl -s -m 5 http://" + url).c_str(), "r");
  std::array<char, 4096> part{};
  while (const auto size = fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
  pclose(pipe);
  return text;
}

}  // namespace rediscovery::testing
