// Reads Consul's answers. Pure: every byte may come from anybody, so nothing is taken on trust.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consul/http.hpp"
#include "consul/operation.hpp"
#include "consul/outcome.hpp"

namespace rediscovery::consul {

struct KvEntry {
  std::string value;
  std::uint64_t modify_index = 0;
  friend bool operator==(const KvEntry&, const KvEntry&) = default;
};

// One instance of a service, with the checks that decide whether DNS shows it.
struct ServiceEntry {
  std::string node;
  std::string node_address;
  std::string id;
  std::string service;
  std::string address;  // empty: the node's address counts
  std::uint16_t port = 0;
  std::vector<std::string> tags;
  Meta meta;
  std::map<std::string, std::string> checks;  // CheckID → status; the node's own checks, too
  Weights weights = {};
  Meta node_meta = {};
  friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

struct NodeEntry {
  std::string node;
  std::string address;
  Meta meta = {};
  friend bool operator==(const NodeEntry&, const NodeEntry&) = default;
};

// GET /v1/kv/<key>: nullopt when there is no such key.
[[nodiscard]] Outcome<std::optional<KvEntry>> parse_kv(const HttpAnswer& answer);
// GET /v1/health/service/<name>
[[nodiscard]] Outcome<std::vector<ServiceEntry>> parse_service(const HttpAnswer& answer);
// GET /v1/catalog/node/<name>: nullopt when there is no such node.
[[nodiscard]] Outcome<std::optional<NodeEntry>> parse_node(const HttpAnswer& answer);
// GET /v1/health/node/<name>: CheckID → status
[[nodiscard]] Outcome<std::map<std::string, std::string>> parse_node_checks(const HttpAnswer& answer);
// PUT /v1/txn: the ModifyIndex of the transaction's first key, which is where its KvCas was written.
[[nodiscard]] Outcome<std::uint64_t> parse_transaction(const HttpAnswer& answer);

// What Consul says of one operation of a transaction that it has not made.
[[nodiscard]] ErrorKind classify_transaction_error(std::string_view what);

// The error behind any status but 200.
[[nodiscard]] Error explain_status(const HttpAnswer& answer);

}  // namespace rediscovery::consul
