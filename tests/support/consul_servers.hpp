#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/address_block.hpp"
#include "support/consul.hpp"

namespace rediscovery::testing {

/// Several Consul servers that elect a leader among them, and keep their data over a restart.
class ConsulServers {
 public:
  /// Returns when they have a leader and each of them answers.
  ConsulServers(Keeper& keeper, AddressBlock& addresses, std::size_t count = 3);

  [[nodiscard]] std::size_t size() const { return servers_.size(); }
  [[nodiscard]] Consul& at(std::size_t index) { return *servers_.at(index); }
  [[nodiscard]] std::size_t leader();
  /// "ip:8500" of all, beginning with `first`.
  [[nodiscard]] std::vector<std::string> endpoints(std::size_t first = 0) const;

 private:
  std::vector<std::unique_ptr<Consul>> servers_;
};

}  // namespace rediscovery::testing
