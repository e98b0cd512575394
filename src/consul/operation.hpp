// The operations of a Consul transaction, and what Consul holds, as values.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "consul/settings.hpp"

namespace rediscovery::consul {

using Meta = std::map<std::string, std::string>;

// Writes the key if its ModifyIndex is still `index`; 0: if there is no such key.
struct KvCas {
  std::string key;
  std::string value;
  std::uint64_t index = 0;
  friend bool operator==(const KvCas&, const KvCas&) = default;
};

// Fails the transaction unless the key's ModifyIndex still is `index`; writes nothing.
struct KvCheckIndex {
  std::string key;
  std::uint64_t index = 0;
  friend bool operator==(const KvCheckIndex&, const KvCheckIndex&) = default;
};

// No Node.ID, ever: Consul would find the node by it, and rename or remove another one.
struct SetNode {
  std::string node;
  std::string address;
  Meta meta;
  friend bool operator==(const SetNode&, const SetNode&) = default;
};

// How DNS spreads clients over instances (SRV).
struct Weights {
  int passing = 1;
  int warning = 1;
  friend bool operator==(const Weights&, const Weights&) = default;
};

// The ID must not exist under another service name: newer Consul refuses that. The weights are always named:
// in a transaction Consul's default is 0, with which it would not be registered otherwise.
struct SetService {
  std::string node;
  std::string id;
  std::string service;
  std::string address;
  std::uint16_t port = 0;
  std::vector<std::string> tags;
  Meta meta;
  Weights weights = {};
  friend bool operator==(const SetService&, const SetService&) = default;
};

// Deletes the service's checks, too. `service` must be its true name: newer Consul checks it.
struct DeleteService {
  std::string node;
  std::string id;
  std::string service;
  friend bool operator==(const DeleteService&, const DeleteService&) = default;
};

struct SetCheck {
  std::string node;
  std::string check_id;
  std::string name;
  std::string status;  // always named: Consul's default is "critical"
  std::string output;
  std::string service_id;
  std::string service;
  friend bool operator==(const SetCheck&, const SetCheck&) = default;
};

using Operation = std::variant<KvCas, SetNode, SetService, DeleteService, SetCheck, KvCheckIndex>;
std::ostream& operator<<(std::ostream& out, const Operation& operation);

// Consul's limit for one transaction.
inline constexpr std::size_t kMostOperations = 64;

// The body of PUT /v1/txn. In a transaction every operation says for itself to which part of a Consul
// Enterprise it belongs.
// Source: https://developer.hashicorp.com/consul/api-docs/txn
[[nodiscard]] nlohmann::json to_json(const std::vector<Operation>& operations, const Tenancy& tenancy = {});

}  // namespace rediscovery::consul
