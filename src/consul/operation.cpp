#include "consul/operation.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "consul/base64.hpp"

namespace rediscovery::consul {
namespace {

using nlohmann::json;

struct ToJson {
  json operator()(const KvCas& op) const {
    return {
        {"KV", {{"Verb", "cas"}, {"Key", op.key}, {"Value", base64_encode(op.value)}, {"Index", op.index}}}};
  }
  json operator()(const KvCheckIndex& op) const {
    return {{"KV", {{"Verb", "check-index"}, {"Key", op.key}, {"Index", op.index}}}};
  }
  json operator()(const SetNode& op) const {
    return {{"Node",
             {{"Verb", "set"}, {"Node", {{"Node", op.node}, {"Address", op.address}, {"Meta", op.meta}}}}}};
  }
  json operator()(const SetService& op) const {
    return {{"Service",
             {{"Verb", "set"},
              {"Node", op.node},
              {"Service",
               {{"ID", op.id},
                {"Service", op.service},
                {"Address", op.address},
                {"Port", op.port},
                {"Tags", op.tags},
                {"Meta", op.meta},
                {"Weights", {{"Passing", op.weights.passing}, {"Warning", op.weights.warning}}}}}}}};
  }
  json operator()(const DeleteService& op) const {
    return {{"Service",
             {{"Verb", "delete"}, {"Node", op.node}, {"Service", {{"ID", op.id}, {"Service", op.service}}}}}};
  }
  json operator()(const SetCheck& op) const {
    return {{"Check",
             {{"Verb", "set"},
              {"Check",
               {{"Node", op.node},
                {"CheckID", op.check_id},
                {"Name", op.name},
                {"Status", op.status},
                {"Output", op.output},
                {"ServiceID", op.service_id},
                {"ServiceName", op.service}}}}}};
  }
};

// Nodes are in a partition, everything on them, and keys, in one of its namespaces. Absent fields, not empty
// ones: a Consul that does not know them refuses the whole transaction.
void set_tenancy(json& operation, const Tenancy& tenancy) {
  const bool is_node = operation.contains("Node");
  json& what = is_node                         ? operation["Node"]["Node"]
               : operation.contains("Service") ? operation["Service"]["Service"]
               : operation.contains("Check")   ? operation["Check"]["Check"]
                                               : operation["KV"];
  if (!tenancy.partition.empty()) what["Partition"] = tenancy.partition;
  if (!tenancy.namespace_name.empty() && !is_node) what["Namespace"] = tenancy.namespace_name;
}

struct Print {
  std::ostream& out;
  void operator()(const KvCas& op) const { out << "kv cas " << op.key << "@" << op.index << " " << op.value; }
  void operator()(const KvCheckIndex& op) const { out << "kv check-index " << op.key << "@" << op.index; }
  void operator()(const SetNode& op) const { out << "node set " << op.node << " " << op.address; }
  void operator()(const SetService& op) const {
    out << "service set " << op.node << "/" << op.id << " as " << op.service << " at " << op.address
        << " port " << op.port;
  }
  void operator()(const DeleteService& op) const {
    out << "service delete " << op.node << "/" << op.id << " of " << op.service;
  }
  void operator()(const SetCheck& op) const {
    out << "check set " << op.node << "/" << op.check_id << " " << op.status << " for " << op.service_id;
  }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  std::visit(Print{out}, operation);
  return out;
}

json to_json(const std::vector<Operation>& operations, const Tenancy& tenancy) {
  json body = json::array();
  for (const auto& operation : operations) {
    body.push_back(std::visit(ToJson{}, operation));
    set_tenancy(body.back(), tenancy);
  }
  return body;
}

}  // namespace rediscovery::consul
