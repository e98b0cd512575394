// A cluster whose Sentinels start the updater, and its configuration file.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/cluster.hpp"
#include "updater_process.hpp"

namespace rediscovery::testing {

// A folder that is there before the cluster, which needs the paths in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Stage {
 public:
  explicit Stage(ClusterOptions options = {}, bool with_script = false);

  [[nodiscard]] Cluster& cluster() { return *cluster_; }
  [[nodiscard]] std::string config() const { return (folder_.path() / "updater.json").string(); }
  // Another configuration, made from the first by `change`; returns its path.
  std::string config_with(const std::string& name, const std::function<void(nlohmann::json&)>& change) const;

  // `command …arguments`, with the configuration.
  Finished run(std::vector<std::string> arguments,
               const std::map<std::string, std::string>& environment = {});
  std::unique_ptr<UpdaterProcess> start_daemon();
  // With a configuration that config_with() has made.
  std::unique_ptr<UpdaterProcess> start_daemon(const std::string& config);

  // The fence's JSON; null if there is none.
  [[nodiscard]] nlohmann::json fence();
  // What DNS answers: addresses, sorted.
  [[nodiscard]] std::vector<std::string> masters();
  [[nodiscard]] std::vector<std::string> slaves();

 private:
  [[nodiscard]] nlohmann::json default_config() const;
  void write(const std::filesystem::path& path, const nlohmann::json& value) const;

  TemporaryFolder folder_;
  std::shared_ptr<AddressBlock> addresses_ = std::make_shared<AddressBlock>();
  std::size_t sentinels_;
  std::string sentinel_password_;
  std::unique_ptr<Cluster> cluster_;
};

// What a daemon answers on its HTTP port, "ip:port/path"; empty if it does not.
[[nodiscard]] std::string ask(const std::string& url);

}  // namespace rediscovery::testing
