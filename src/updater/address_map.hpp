// Where clients reach a Redis that Sentinel knows by another address: behind NAT, or in a container. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.hpp"

namespace rediscovery::updater {

// What Sentinel says → what is written into Consul. Sentinel's endpoint stays what a Redis is known by: in
// the fence, in IDs and nodes' names, and for the updater's own connections.
class AddressMap {
 public:
  // `from` is an address, an address with a port, or a host name; `to` an address, with or without a port.
  // Returns why that cannot be, or nullopt.
  [[nodiscard]] std::optional<std::string> add(std::string_view from, std::string_view to);

  [[nodiscard]] bool empty() const { return targets_.empty(); }
  // The most exact entry counts: address and port, then address, then host name. `endpoint` itself if there
  // is none.
  [[nodiscard]] core::Endpoint published(const core::Endpoint& endpoint) const;
  // The address of the node on which everything at `endpoint`'s address is registered. It must not depend on
  // the port: all masters with a Redis at that address write the same node.
  [[nodiscard]] std::string node_address(const core::Endpoint& endpoint) const;

  friend bool operator==(const AddressMap&, const AddressMap&) = default;

 private:
  struct Target {
    std::string address;
    std::uint16_t port = 0;  // 0: the port stays
    friend auto operator<=>(const Target&, const Target&) = default;
  };
  [[nodiscard]] const Target* find(const std::string& key) const;

  std::map<std::string, Target> targets_;  // by "address:port", "address" or lower-case name
};

}  // namespace rediscovery::updater
