#include "consul/operation.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace rediscovery::consul {
namespace {

using nlohmann::json;

TEST(Operation, ATransactionsBodyIsAsConsulWantsIt) {
  const std::vector<Operation> operations = {
      KvCas{"redis-roles/m", "foo", 1234}, SetNode{"n", "10.0.0.6", {{"external-node", "true"}}},
      DeleteService{"n", "slave:m:10.0.0.6:6379", "slave"},
      SetService{
          "n", "master:m:10.0.0.6:6379", "master", "10.0.0.6", 6379, {"m"}, {{"config_epoch", "7"}}, {10, 0}},
      SetCheck{"n", "role:x", "Redis role", "passing", "text", "master:m:10.0.0.6:6379", "master"}};
  EXPECT_EQ(to_json(operations), json::parse(R"([
    {"KV": {"Verb":"cas", "Key":"redis-roles/m", "Value":"Zm9v", "Index":1234}},
    {"Node": {"Verb":"set", "Node": {"Node":"n", "Address":"10.0.0.6", "Meta":{"external-node":"true"}}}},
    {"Service": {"Verb":"delete", "Node":"n", "Service": {"ID":"slave:m:10.0.0.6:6379", "Service":"slave"}}},
    {"Service": {"Verb":"set", "Node":"n", "Service": {"ID":"master:m:10.0.0.6:6379", "Service":"master",
      "Address":"10.0.0.6", "Port":6379, "Tags":["m"], "Meta":{"config_epoch":"7"},
      "Weights":{"Passing":10, "Warning":0}}}},
    {"Check": {"Verb":"set", "Check": {"Node":"n", "CheckID":"role:x", "Name":"Redis role", "Status":"passing",
      "Output":"text", "ServiceID":"master:m:10.0.0.6:6379", "ServiceName":"master"}}}])"));
}

TEST(Operation, AnIndexThatMustNotHaveChangedIsOnlyCompared) {
  EXPECT_EQ(to_json({KvCheckIndex{"redis-roles/m/heartbeat", 12}}),
            json::parse(R"([{"KV": {"Verb":"check-index", "Key":"redis-roles/m/heartbeat", "Index":12}}])"));
}

TEST(Operation, InAConsulEnterpriseEachOneSaysWhereItBelongs) {
  const std::vector<Operation> operations = {
      KvCas{"k", "", 0}, SetNode{"n", "10.0.0.6", {}}, DeleteService{"n", "a", "slave"},
      SetService{"n", "b", "master", "", 0, {}, {}}, SetCheck{"n", "c", "", "passing", "", "b", "master"}};
  const auto body = to_json(operations, {"team", "part"});
  for (const auto* what : {"/0/KV", "/2/Service/Service", "/3/Service/Service", "/4/Check/Check"}) {
    const auto& fields = body.at(json::json_pointer(what));
    EXPECT_EQ(fields.value("Namespace", ""), "team") << what;
    EXPECT_EQ(fields.value("Partition", ""), "part") << what;
  }
  const auto& node = body.at(json::json_pointer("/1/Node/Node"));
  EXPECT_EQ(node.value("Partition", ""), "part");
  EXPECT_FALSE(node.contains("Namespace")) << "a node is in none";
  EXPECT_FALSE(to_json(operations, {"team", ""})[0]["KV"].contains("Partition"));
}

TEST(Operation, PrintsAsOneLine) {
  std::ostringstream out;
  out << Operation(DeleteService{"n", "id", "slave"});
  EXPECT_EQ(out.str(), "service delete n/id of slave");
}

}  // namespace
}  // namespace rediscovery::consul
