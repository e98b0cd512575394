// Everything that takes part in the demo: the servers, the updater, st-api, and what is in Redis beforehand.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <rediscovery/options.hpp>

#include "load.hpp"
#include "options.hpp"
#include "support/cluster.hpp"

namespace rediscovery::demo {

class Stage {
 public:
  // Returns when st-api answers, if there are to be requests. `say` is told what is being done. Throws
  // std::runtime_error that tells which part did not start, with the end of its log.
  Stage(const Options& options, const std::function<void(const std::string&)>& say);
  ~Stage();

  [[nodiscard]] testing::Cluster& cluster() { return *cluster_; }
  // The master before the fault is the cluster's first node.
  [[nodiscard]] testing::Node& first_master() { return cluster_->redis(0); }
  [[nodiscard]] const std::filesystem::path& events_file() const { return events_file_; }
  [[nodiscard]] bool has_st_api() const { return st_api_ != nullptr; }
  [[nodiscard]] Load::Settings load_settings() const;
  // Who has purchased what: user and film.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& purchases() const {
    return purchases_;
  }
  // Where its HTTP API answers.
  [[nodiscard]] const testing::Server& st_api() const { return *st_api_; }
  // The clients' name server, only where faults happen at will; elsewhere they ask Consul itself.
  [[nodiscard]] testing::Server& dns_front() { return *dns_front_; }
  [[nodiscard]] bool updater_running() const { return updater_ && updater_->running(); }
  // Runs a command of the updater's program with its configuration. Throws std::runtime_error with its log
  // when it fails.
  void run_updater(const std::vector<std::string>& command);

  // What every client of Redis is told about where its master is.
  [[nodiscard]] rediscovery::Options client_options() const;

  // Lets the fault happen; returns when that is done, which may be after its effect. By hand, it is done when
  // Consul has moved the name.
  void let_fault_happen();
  // The one that says so itself, and that the name and all Sentinels stand for; waits until there is one.
  testing::Node& final_master();
  // The one that an operator chooses.
  [[nodiscard]] testing::Node& chosen_master() { return cluster_->redis(kNewMaster); }
  // What is about to happen, for people.
  [[nodiscard]] std::string fault_text();
  // Throws std::runtime_error when st-api or the updater has died.
  void check() const;

 private:
  static constexpr std::size_t kNewMaster = 1;
  static constexpr std::size_t kOther = 2;

  void start_dns_front();
  void start_updater();
  void seed();
  void start_st_api();

  const Options options_;
  std::unique_ptr<testing::Cluster> cluster_;
  std::unique_ptr<testing::Server> dns_front_;
  std::unique_ptr<testing::Server> updater_;  // none without Sentinels
  std::unique_ptr<testing::Server> st_api_;   // none without requests
  std::filesystem::path updater_config_;
  std::filesystem::path events_file_;
  nlohmann::json catalog_;  // of st-api: what the viewers have purchased
  std::vector<std::string> targets_;
  std::vector<std::pair<std::string, std::string>> purchases_;
};

}  // namespace rediscovery::demo
