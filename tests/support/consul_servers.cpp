#include "support/consul_servers.hpp"

#include <stdexcept>
#include <utility>

namespace rediscovery::testing {

ConsulServers::ConsulServers(Keeper& keeper, AddressBlock& addresses, std::size_t count) {
  std::vector<std::string> ips;
  for (std::size_t i = 0; i < count; ++i) ips.push_back(addresses.next_free_ip());
  ConsulOptions options;
  options.persistent = true;
  options.config = {
      {"bootstrap", nullptr}, {"bootstrap_expect", count}, {"retry_join", ips}, {"retry_interval", "1s"}};
  for (std::size_t i = 0; i < count; ++i) {
    servers_.push_back(std::make_unique<Consul>(keeper, "consul" + std::to_string(i + 1), ips[i], options));
    servers_.back()->launch();
  }
  for (const auto& server : servers_) server->wait_ready(std::chrono::seconds(60));
}

std::size_t ConsulServers::leader() {
  for (const auto& server : servers_) {
    const auto reply = server->request("GET", "/v1/status/leader", {}, std::chrono::milliseconds(500));
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (reply.body == "\"" + servers_[i]->ip() + ":8300\"") return i;
    }
  }
  throw std::runtime_error("the Consul servers have no leader");
}

std::vector<std::string> ConsulServers::endpoints(std::size_t first) const {
  std::vector<std::string> endpoints;
  for (std::size_t i = 0; i < servers_.size(); ++i)
    endpoints.push_back(servers_[(first + i) % servers_.size()]->http_address());
  return endpoints;
}

}  // namespace rediscovery::testing
