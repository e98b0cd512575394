#include "consul_alone.hpp"

#include <fstream>

namespace rediscovery::testing {

using nlohmann::json;

ConsulAlone::ConsulAlone(const MakeOptions& options) : sentinels_(addresses_, 3) {
  sentinels_.tell("10.0.0.5", 7, {"10.0.0.6"});
  const auto ip = addresses_.next_free_ip();
  consul_ =
      std::make_unique<Consul>(keeper_, "consul", ip, options ? options(ip, folder()) : ConsulOptions{});
  consul_->launch();
  consul_->wait_ready();
}

std::string ConsulAlone::config(const json& consul, const json& more) {
  json root = {{"masters", {"mymaster"}},
               {"sentinels", {{"addresses", sentinels_.endpoints()}}},
               {"consul", consul},
               {"reconcile_interval_ms", 200}};
  root.merge_patch(more);
  const auto path = folder() / "updater.json";
  std::ofstream(path) << root.dump(2) << "\n";
  return path.string();
}

Finished ConsulAlone::apply(const json& consul, const std::map<std::string, std::string>& environment) {
  return run_updater(keeper_, {"apply", "--config", config(consul), "--timeout-ms", "3000"}, environment);
}

json ConsulAlone::fence() {
  const auto value = consul_->kv_get("redis-roles/mymaster");
  return value ? json::parse(*value) : json();
}

}  // namespace rediscovery::testing
