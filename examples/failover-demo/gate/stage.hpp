// Three st-api with a Redis each, Consul, the DNS server, and the gate.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stop_request.hpp"
#include "support/address_block.hpp"
#include "support/child_process.hpp"
#include "support/consul.hpp"
#include "support/knot.hpp"
#include "support/node.hpp"

namespace rediscovery::demo {

struct Programs {
  std::string st_api;
  std::string gate;
};

// Ctrl-C, where something is waited for.
struct Interrupted {};

class GateStage {
 public:
  static constexpr std::size_t kNodes = 3;
  static constexpr const char* kName = "st-api.example.test";

  GateStage(Programs programs, const StopRequest& stop);

  [[nodiscard]] std::string address(std::size_t node) const {
    return addresses_.ip(41 + static_cast<int>(node));
  }
  [[nodiscard]] static std::string id(std::size_t node) { return "st-api-" + std::to_string(node + 1); }
  void start_st_api();
  // Short enough for somebody who watches.
  [[nodiscard]] static std::vector<std::string> quick_rules() {
    return {"--rise-ms", "2000", "--hold-ms", "5000", "--shrink-window-ms", "8000"};
  }
  // With these rules, beside the names of servers.
  void start_gate(const std::vector<std::string>& rules);
  // Runs `st-api-gate COMMAND…` to its end.
  testing::Ended gate(const std::vector<std::string>& command);

  void take_redis(std::size_t node) { redis_.at(node)->kill(); }
  void give_redis(std::size_t node) { redis_.at(node)->restart(); }
  [[nodiscard]] bool has_redis(std::size_t node) const { return redis_.at(node)->running(); }
  [[nodiscard]] std::string health(std::size_t node) const;  // "passing"; "" while it is not registered
  [[nodiscard]] std::vector<std::string> answer() const { return dns_.addresses(kName); }
  [[nodiscard]] bool answers(std::size_t node) const;
  [[nodiscard]] std::string gate_log() const { return gate_->output(); }
  [[nodiscard]] const std::filesystem::path& gate_log_path() const { return gate_->log_path(); }
  // Leaves the logs of all in that folder.
  void keep_logs(const std::filesystem::path& folder) const;
  // Throws std::runtime_error with the end of its log when one has died that should live.
  void check() const;
  // False: not in time. Throws Interrupted.
  bool wait(const std::function<bool()>& done) const;

  [[nodiscard]] testing::Consul& consul() { return consul_; }
  [[nodiscard]] testing::Knot& dns() { return dns_; }

 private:
  [[nodiscard]] std::vector<std::string> gate_command(const std::string& command) const;

  Programs programs_;
  const StopRequest& stop_;
  testing::AddressBlock addresses_;
  testing::Keeper keeper_;
  testing::Consul consul_;
  testing::Knot dns_;
  std::vector<std::unique_ptr<testing::Node>> redis_;
  std::vector<std::unique_ptr<testing::ChildProcess>> st_api_;
  std::unique_ptr<testing::ChildProcess> gate_;
};

}  // namespace rediscovery::demo
