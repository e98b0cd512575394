#include "consul/agent.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rediscovery::consul {
namespace {

using nlohmann::json;

const AgentService kService{"master:m:10.0.0.6:6379", "master", "10.0.0.6", 6379, {"m"},
                            {{"config_epoch", "7"}}};

TEST(Agent, AServiceIsRegisteredTogetherWithACheckThatExpires) {
  const AgentCheck check{"role:x", "Redis role", "passing", "text"};
  EXPECT_EQ(to_json(kService, check, std::chrono::milliseconds(5000)), json::parse(R"({
    "ID":"master:m:10.0.0.6:6379", "Name":"master", "Address":"10.0.0.6", "Port":6379, "Tags":["m"],
    "Meta":{"config_epoch":"7"}, "Weights":{"Passing":1, "Warning":1},
    "Check":{"CheckID":"role:x", "Name":"Redis role", "TTL":"5000ms", "Status":"passing", "Notes":"text"}})"));
  EXPECT_EQ(update_of(check), json::parse(R"({"Status":"passing", "Output":"text"})"));
}

TEST(Agent, ItsServicesAreReadAndWhatItLeavesOutIsEmpty) {
  const auto services = parse_agent_services({200, R"({
    "a": {"ID":"master:m:10.0.0.6:6379", "Service":"master", "Tags":["m"], "Meta":{"config_epoch":"7"}, "Port":6379,
          "Address":"10.0.0.6", "TaggedAddresses":{"lan_ipv4":{"Address":"10.0.0.6","Port":6379}}},
    "b": {"ID":"zz", "Service":"zz", "Tags":null, "Weights":{"Passing":5,"Warning":2}}})"});
  ASSERT_TRUE(services);
  ASSERT_EQ(services->size(), 2U);
  EXPECT_EQ((*services)[0], kService);
  EXPECT_EQ((*services)[1], (AgentService{"zz", "zz", "", 0, {}, {}, {5, 2}}));
  EXPECT_TRUE(parse_agent_services({200, "{}"})->empty());
}

TEST(Agent, GarbageIsMalformed) {
  for (const auto* body :
       {"", "[]", "null", R"({"a":1})", R"({"a":{"ID":"x"}})",
        R"({"a":{"ID":"x","Service":"y","Port":65536}})", R"({"a":{"ID":"x","Service":"y","Port":"z"}})",
        R"({"a":{"ID":"x","Service":"y","Port":1e99}})", R"({"a":{"ID":"x","Service":"y","Port":-1}})",
        R"({"a":{"ID":"x","Service":"y","Weights":{"Passing":4294967297}}})",
        R"({"a":{"ID":"x","Service":"y","Weights":{"Warning":1e99}}})",
        R"({"a":{"ID":"x","Service":"y","Tags":[1]}})", R"({"a":{"ID":"x","Service":"y","Weights":[]}})",
        R"({"a":{"ID":7,"Service":"y"}})"}) {
    const auto services = parse_agent_services({200, body});
    ASSERT_FALSE(services) << body;
    EXPECT_EQ(services.error().kind, ErrorKind::malformed);
  }
  for (const auto* body : {"", "[]", "{}", R"({"Config":{}})", R"({"Config":{"NodeName":7}})"}) {
    EXPECT_FALSE(parse_agent_self({200, body})) << body;
  }
}

TEST(Agent, SaysWhichNodeItIs) {
  EXPECT_EQ(*parse_agent_self({200, R"({"Config":{"NodeName":"host-1"}})"}), "host-1");
  EXPECT_EQ(parse_agent_self({403, "Permission denied"}).error().kind, ErrorKind::permission_denied);
}

TEST(Agent, AChangeIsDoneOrRefused) {
  EXPECT_TRUE(parse_done({200, ""}));
  EXPECT_EQ(parse_done({403, "Permission denied"}).error().kind, ErrorKind::permission_denied);
  EXPECT_EQ(parse_done({500, "CheckID \"x\" does not have associated TTL"}).error().kind,
            ErrorKind::unavailable);
}

}  // namespace
}  // namespace rediscovery::consul
