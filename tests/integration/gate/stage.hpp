// A real Consul, a real DNS server, and the gate between them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/address_block.hpp"
#include "support/child_process.hpp"
#include "support/consul.hpp"
#include "support/knot.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {

class GateStage {
 public:
  static constexpr const char* kName = "st-api.example.test";
  using Arguments = std::vector<std::string>;

  explicit GateStage(ConsulOptions options = {});

  [[nodiscard]] Consul& consul() { return *consul_; }
  // Another at the same address, that knows nothing; the old one must have been killed.
  void renew_consul();
  [[nodiscard]] Knot& dns() { return dns_; }
  [[nodiscard]] Keeper& keeper() { return keeper_; }
  [[nodiscard]] AddressBlock& addresses() { return addresses_; }

  // Registers an instance of st-api, and an entry for it in the list.
  void enroll(const std::string& id, const std::string& address, bool admitted = true);
  // Its check from now on: "passing", "warning", "critical".
  void set(const std::string& id, const std::string& status) const;
  void admit(const std::string& id) const;

  // The command line of a gate that does not wait for anything but what `more` says.
  [[nodiscard]] Arguments command(const std::string& command, const Arguments& more = {}) const;
  // With the key's secret.
  [[nodiscard]] std::map<std::string, std::string> environment() const;
  Ended gate(const std::string& command, const Arguments& more = {});
  [[nodiscard]] std::unique_ptr<ChildProcess> start(const Arguments& more = {});

  [[nodiscard]] std::vector<std::string> answer() const { return dns_.addresses(kName); }
  void wait_answer(const std::vector<std::string>& expected) const;
  // Puts all instances that are there into the answer.
  void publish();

 private:
  AddressBlock addresses_;
  Keeper keeper_;
  std::unique_ptr<Consul> consul_;
  Knot dns_;
};

[[nodiscard]] std::string gate_path();

}  // namespace rediscovery::testing
