// A real Consul, Sentinels that say what they are told, and no Redis at all: for what lies between the
// updater and Consul.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "fake_sentinel.hpp"
#include "stage.hpp"
#include "support/consul.hpp"
#include "updater_process.hpp"

namespace rediscovery::testing {

class ConsulAlone {
 public:
  // `options` gets the address that Consul is going to have, and a folder for what it needs.
  using MakeOptions =
      std::function<ConsulOptions(const std::string& ip, const std::filesystem::path& folder)>;
  explicit ConsulAlone(const MakeOptions& options = {});

  [[nodiscard]] Consul& consul() { return *consul_; }
  [[nodiscard]] FakeSentinels& sentinels() { return sentinels_; }
  [[nodiscard]] Keeper& keeper() { return keeper_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  // Writes the configuration, with `consul` as its section of that name; returns its path.
  std::string config(const nlohmann::json& consul, const nlohmann::json& more = nlohmann::json::object());
  // `apply` with such a configuration.
  Finished apply(const nlohmann::json& consul, const std::map<std::string, std::string>& environment = {});
  // The fence's JSON; null if there is none.
  [[nodiscard]] nlohmann::json fence();

 private:
  TemporaryFolder folder_;
  AddressBlock addresses_;
  Keeper keeper_;
  FakeSentinels sentinels_;
  std::unique_ptr<Consul> consul_;
};

}  // namespace rediscovery::testing
