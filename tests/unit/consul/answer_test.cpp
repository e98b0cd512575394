#include "consul/answer.hpp"

#include <gtest/gtest.h>

namespace rediscovery::consul {
namespace {

HttpAnswer ok(std::string body) { return {200, std::move(body), 7}; }

constexpr const char* kEntry = R"({
  "Node": {"ID":"", "Node":"redis-10-0-0-6", "Address":"10.0.0.6", "Meta":{"external-node":"true"}},
  "Service": {"ID":"master:m:10.0.0.6:6379", "Service":"master", "Tags":["m"], "Address":"10.0.0.6",
              "Meta":{"config_epoch":"7"}, "Port":6379, "Weights":{"Passing":10,"Warning":0}},
  "Checks": [{"Node":"redis-10-0-0-6", "CheckID":"role:x", "Status":"passing", "ServiceID":"x"},
             {"Node":"redis-10-0-0-6", "CheckID":"serfHealth", "Status":"critical", "ServiceID":""}]})";

// ---- keys ------------------------------------------------------------------------------------------------

TEST(KvAnswer, AKeyHasItsValueAndIndex) {
  const auto entry = parse_kv(ok(R"([{"Key":"k","Value":"Zm9v","ModifyIndex":42,"Flags":0}])"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(*entry, (KvEntry{"foo", 42}));
}

TEST(KvAnswer, AKeyWithoutValueIsEmpty) {
  const auto entry = parse_kv(ok(R"([{"Value":null,"ModifyIndex":42}])"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(*entry, (KvEntry{"", 42}));
}

TEST(KvAnswer, NoSuchKeyIsNoError) {
  const auto entry = parse_kv({404, "", 7});
  ASSERT_TRUE(entry);
  EXPECT_EQ(*entry, std::nullopt);
}

TEST(KvAnswer, GarbageIsMalformed) {
  for (const auto* body :
       {"", "null", "{}", "[]", "[1]", "[{}]", "[{},{}]", "<html>", R"([{"Value":"Zm9v"}])",
        R"([{"ModifyIndex":1}])", R"([{"Value":"Zm9v","ModifyIndex":-1}])",
        R"([{"Value":"Zm9v","ModifyIndex":"1"}])", R"([{"Value":1,"ModifyIndex":1}])",
        R"([{"Value":"%%","ModifyIndex":1}])", R"([{"Value":"Zm9v","Modify)"}) {
    const auto entry = parse_kv(ok(body));
    ASSERT_FALSE(entry) << body;
    EXPECT_EQ(entry.error().kind, ErrorKind::malformed) << body;
  }
}

// ---- instances of a service ------------------------------------------------------------------------------

TEST(ServiceAnswer, AnInstanceIsReadWhole) {
  const auto entries = parse_service(ok(std::string("[") + kEntry + "]"));
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  const ServiceEntry expected{"redis-10-0-0-6",
                              "10.0.0.6",
                              "master:m:10.0.0.6:6379",
                              "master",
                              "10.0.0.6",
                              6379,
                              {"m"},
                              {{"config_epoch", "7"}},
                              {{"role:x", "passing"}, {"serfHealth", "critical"}},
                              {10, 0},
                              {{"external-node", "true"}}};
  EXPECT_EQ(entries->front(), expected);
}

TEST(ServiceAnswer, NoInstances) {
  const auto entries = parse_service(ok("[]"));
  ASSERT_TRUE(entries);
  EXPECT_TRUE(entries->empty());
}

TEST(ServiceAnswer, NullTagsMetaAndChecksAreNone) {
  const auto entries = parse_service(ok(R"([{"Node":{"Node":"n","Address":"a"},"Checks":null,
      "Service":{"ID":"i","Service":"s","Tags":null,"Address":"","Meta":null,"Port":0}}])"));
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->front(), (ServiceEntry{"n", "a", "i", "s", "", 0, {}, {}, {}}));
}

TEST(ServiceAnswer, ChecksOfAnyDepthAreRefusedWithoutBeingCopied) {
  const std::string deep(1'000'000, '[');
  const auto entries = parse_service(ok(R"([{"Node":{"Node":"n","Address":"a"},"Checks":)" + deep +
                                        std::string(deep.size(), ']') +
                                        R"(,"Service":{"ID":"i","Service":"s","Address":"","Port":0}}])"));
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().kind, ErrorKind::malformed);
}

TEST(ServiceAnswer, GarbageIsMalformed) {
  const std::string good = kEntry;
  const auto with = [&good](const std::string& part, const std::string& other) {
    std::string text = good;
    return "[" + text.replace(text.find(part), part.size(), other) + "]";
  };
  for (const auto& body : {std::string("{}"),
                           std::string("null"),
                           std::string("[[]]"),
                           std::string("[null]"),
                           std::string(R"([{"Node":{},"Service":{}}])"),
                           with("\"Port\":6379", "\"Port\":\"6379\""),
                           with("\"Port\":6379", "\"Port\":65536"),
                           with("\"Port\":6379", "\"Port\":-1"),
                           with("[\"m\"]", "[1]"),
                           with("[\"m\"]", "\"m\""),
                           with("{\"config_epoch\":\"7\"}", "{\"config_epoch\":7}"),
                           with("\"Passing\":10", "\"Passing\":-1"),
                           with("\"Passing\":10", "\"Passing\":65536"),
                           with("\"Warning\":0", "\"Warning\":null"),
                           with("{\"Passing\":10,\"Warning\":0}", "7"),
                           with("{\"external-node\":\"true\"}", "7"),
                           with("\"passing\"", "1"),
                           with("\"CheckID\":\"role:x\"", "\"CheckID\":null"),
                           with("\"Service\":\"master\"", "\"Service\":[]"),
                           with("\"Node\":\"redis-10-0-0-6\", \"Address\"", "\"Address\"")}) {
    const auto entries = parse_service(ok(body));
    ASSERT_FALSE(entries) << body;
    EXPECT_EQ(entries.error().kind, ErrorKind::malformed) << body;
  }
}

// ---- nodes -----------------------------------------------------------------------------------------------

TEST(NodeAnswer, ANodeAndNoNode) {
  const auto node =
      parse_node(ok(R"({"Node":{"Node":"n","Address":"10.0.0.6","Meta":{"a":"b"}},"Services":{}})"));
  ASSERT_TRUE(node);
  EXPECT_EQ(*node, (NodeEntry{"n", "10.0.0.6", {{"a", "b"}}}));
  const auto none = parse_node(ok("null"));
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, std::nullopt);
}

TEST(NodeAnswer, GarbageIsMalformed) {
  for (const auto* body : {"", "[]", "{}", R"({"Node":null})", R"({"Node":{"Node":"n"}})"}) {
    const auto node = parse_node(ok(body));
    ASSERT_FALSE(node) << body;
    EXPECT_EQ(node.error().kind, ErrorKind::malformed) << body;
  }
}

TEST(NodeAnswer, TheChecksOfANode) {
  const auto checks = parse_node_checks(ok(R"([{"CheckID":"serfHealth","Status":"passing"}])"));
  ASSERT_TRUE(checks);
  EXPECT_TRUE(checks->contains("serfHealth"));
  EXPECT_FALSE(parse_node_checks(ok("{}")));
}

// ---- transactions ----------------------------------------------------------------------------------------

TEST(TransactionAnswer, TheIndexIsTheKeys) {
  const auto index = parse_transaction(
      ok(R"({"Results":[{"Node":{"ModifyIndex":3}},{"KV":{"Key":"k","ModifyIndex":99}}],"Errors":null})"));
  ASSERT_TRUE(index);
  EXPECT_EQ(*index, 99U);
}

TEST(TransactionAnswer, A200WithoutTheKeysIndexIsMalformed) {
  for (const auto* body : {"", "{}", "[]", R"({"Results":null})", R"({"Results":[]})",
                           R"({"Results":[{"KV":{}}]})", R"({"Results":[{"KV":null}, 1]})"}) {
    const auto index = parse_transaction(ok(body));
    ASSERT_FALSE(index) << body;
    EXPECT_EQ(index.error().kind, ErrorKind::malformed) << body;
  }
}

struct Refusal {
  const char* what;
  ErrorKind kind;
};

TEST(TransactionAnswer, A409SaysInWordsWhatItIs) {
  for (const auto& [what, kind] : {
           Refusal{R"(failed to set key \"redis-roles/m\", index is stale)", ErrorKind::lost_race},
           Refusal{"Permission denied", ErrorKind::permission_denied},
           Refusal{"permission denied: token lacks node:write", ErrorKind::permission_denied},
           Refusal{"ACL not found", ErrorKind::permission_denied},
           Refusal{"Missing node registration", ErrorKind::missing_registration},
           Refusal{"Missing service registration", ErrorKind::missing_registration},
           Refusal{"service name does not match existing service name", ErrorKind::rejected},
       }) {
    const auto index = parse_transaction(
        {409, std::string(R"({"Results":null,"Errors":[{"OpIndex":0,"What":")") + what + R"("}]})", 0});
    ASSERT_FALSE(index);
    EXPECT_EQ(index.error().kind, kind) << what;
  }
}

TEST(TransactionAnswer, OfSeveralErrorsTheDecisiveOneCounts) {
  const auto of = [](const std::string& first, const std::string& second) {
    return parse_transaction(
               {409, R"({"Errors":[{"What":")" + first + R"("},{"What":")" + second + R"("}]})", 0})
        .error()
        .kind;
  };
  EXPECT_EQ(of("index is stale", "Missing node registration"), ErrorKind::lost_race);
  EXPECT_EQ(of("Missing node registration", "index is stale"), ErrorKind::lost_race);
  EXPECT_EQ(of("index is stale", "Permission denied"), ErrorKind::permission_denied);
  EXPECT_EQ(of("Missing node registration", "something new"), ErrorKind::rejected);
}

TEST(TransactionAnswer, A409WithoutWordsIsMalformed) {
  for (const auto* body : {"", "{}", R"({"Errors":[]})", R"({"Errors":null})", R"({"Errors":[{}]})",
                           R"({"Errors":[{"What":3}]})", "Conflict"}) {
    EXPECT_EQ(parse_transaction({409, body, 0}).error().kind, ErrorKind::malformed) << body;
  }
}

// ---- other statuses --------------------------------------------------------------------------------------

TEST(StatusAnswer, EachStatusHasItsMeaning) {
  EXPECT_EQ(explain_status({403, "Permission denied", 0}).kind, ErrorKind::permission_denied);
  EXPECT_EQ(explain_status({403, "ACL not found", 0}).kind, ErrorKind::permission_denied);
  EXPECT_EQ(explain_status({401, "", 0}).kind, ErrorKind::permission_denied);
  EXPECT_EQ(explain_status({500, "No cluster leader", 0}).kind, ErrorKind::unavailable);
  EXPECT_EQ(explain_status({500, "rpc error making call: Permission denied", 0}).kind,
            ErrorKind::permission_denied);
  EXPECT_EQ(explain_status({502, "<html>bad gateway</html>", 0}).kind, ErrorKind::unavailable);
  EXPECT_EQ(explain_status({429, "", 0}).kind, ErrorKind::unavailable);
  EXPECT_EQ(explain_status({413, "Request body too large", 0}).kind, ErrorKind::too_large);
  EXPECT_EQ(explain_status({400, "Bad request", 0}).kind, ErrorKind::rejected);
  EXPECT_EQ(explain_status({301, "", 0}).kind, ErrorKind::malformed);
}

TEST(StatusAnswer, OnlyWhatMayPassByItselfIsTransient) {
  EXPECT_TRUE(is_transient(ErrorKind::unreachable));
  EXPECT_TRUE(is_transient(ErrorKind::timeout));
  EXPECT_TRUE(is_transient(ErrorKind::unavailable));
  EXPECT_TRUE(is_transient(ErrorKind::lost_race));
  EXPECT_FALSE(is_transient(ErrorKind::permission_denied));
  EXPECT_FALSE(is_transient(ErrorKind::rejected));
  EXPECT_FALSE(is_transient(ErrorKind::tls));
}

}  // namespace
}  // namespace rediscovery::consul
