#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <rediscovery/options.hpp>

#include "pool/options_fields.hpp"
#include "unit/pool/refusal.hpp"

namespace rediscovery {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json working() { return {{"master", "master.service.consul"}, {"dns_servers", {"127.0.0.1:8600"}}}; }

Refusal refusal_with(const std::string& field, const json& value) {
  json document = working();
  document[field] = value;
  return refusal_of([&] { (void)Options::from_json(document.dump()); });
}

TEST(OptionsJson, ReadsEveryField) {
  const Options options = Options::from_json(R"({
    "master": "master.service.consul", "replicas": "slave.service.consul", "promotion": "announced",
    "default_port": 6380, "dns_servers": ["127.0.0.1:8600", "::1"], "allowed_networks": ["10.0.0.0/8"],
    "dns_timeout_ms": 100, "refresh_floor_ms": 200, "refresh_ceiling_ms": 300,
    "username": "alice", "password": "secret", "client_name": "st-api", "database": 3,
    "min_idle": 2, "max_connections": 20, "max_waiters": 0, "max_connecting": 4,
    "connect_timeout_ms": 50, "silence_timeout_ms": 60, "idle_check_interval_ms": 700,
    "protocol": 3, "password_env": "", "password_file": "",
    "tls": true, "tls_verify": true, "tls_ca_file": "ca.pem", "tls_cert_file": "cert.pem",
    "tls_key_file": "key.pem", "tls_server_name": "redis.test",
    "max_idle_time_ms": 0, "max_lifetime_ms": 90000})");
  EXPECT_EQ(options.master, "master.service.consul");
  EXPECT_EQ(options.replicas, "slave.service.consul");
  EXPECT_EQ(options.promotion, Promotion::announced);
  EXPECT_EQ(options.default_port, 6380);
  EXPECT_EQ(options.dns_servers, (std::vector<std::string>{"127.0.0.1:8600", "::1"}));
  EXPECT_EQ(options.allowed_networks, (std::vector<std::string>{"10.0.0.0/8"}));
  EXPECT_EQ(options.dns_timeout, 100ms);
  EXPECT_EQ(options.refresh_floor, 200ms);
  EXPECT_EQ(options.refresh_ceiling, 300ms);
  EXPECT_EQ(options.username, "alice");
  EXPECT_EQ(options.password, "secret");
  EXPECT_EQ(options.client_name, "st-api");
  EXPECT_EQ(options.database, 3U);
  EXPECT_EQ(options.min_idle, 2U);
  EXPECT_EQ(options.max_connections, 20U);
  EXPECT_EQ(options.max_waiters, 0U);
  EXPECT_EQ(options.max_connecting, 4U);
  EXPECT_EQ(options.connect_timeout, 50ms);
  EXPECT_EQ(options.silence_timeout, 60ms);
  EXPECT_EQ(options.idle_check_interval, 700ms);
  EXPECT_EQ(options.max_idle_time, 0ms);
  EXPECT_EQ(options.max_lifetime, 90s);
  EXPECT_EQ(options.protocol, 3U);
  EXPECT_TRUE(options.tls);
  EXPECT_TRUE(options.tls_verify);
  EXPECT_EQ(options.tls_ca_file, "ca.pem");
  EXPECT_EQ(options.tls_cert_file, "cert.pem");
  EXPECT_EQ(options.tls_key_file, "key.pem");
  EXPECT_EQ(options.tls_server_name, "redis.test");
}

TEST(OptionsJson, LeavesOutWhatIsAtItsDefault) {
  const Options options = Options::from_json(working().dump());
  EXPECT_EQ(options.default_port, 6379);
  EXPECT_EQ(options.promotion, Promotion::observed);
  EXPECT_FALSE(options.tls);
  EXPECT_TRUE(options.tls_verify);
  EXPECT_EQ(options.dns_timeout, Options{}.dns_timeout);
  EXPECT_EQ(options.max_connections, Options{}.max_connections);
}

TEST(OptionsJson, ReadsPromotionByName) {
  EXPECT_EQ(refusal_with("promotion", "observed"), kAccepted);
  EXPECT_EQ(refusal_with("promotion", "guessed").text,
            "rediscovery options: promotion is 'guessed'; accepted: observed, announced");
}

TEST(OptionsJson, ReadsWhomReadsGoTo) {
  for (const auto& [name, nodes] : {std::pair("master", ReadFrom::master),
                                    {"replica", ReadFrom::replica},
                                    {"any", ReadFrom::any},
                                    {"nearest", ReadFrom::nearest}}) {
    json document = working();
    document.update({{"replicas", "slave.service.consul"}, {"read_from", name}, {"replica_fallback", false}});
    const Options options = Options::from_json(document.dump());
    EXPECT_EQ(options.read_from, nodes) << name;
    EXPECT_FALSE(options.replica_fallback);
  }
  EXPECT_EQ(refusal_with("read_from", "replica").field, "replicas") << "nobody to read from";
  EXPECT_EQ(refusal_with("read_from", "slaves").text,
            "rediscovery options: read_from is 'slaves'; accepted: master, replica, any, nearest");
  EXPECT_EQ(refusal_with("replica_fallback", "yes").text,
            "rediscovery options: replica_fallback must be true or false");
}

TEST(OptionsJson, RefusesUnknownFieldsByName) {
  EXPECT_EQ(refusal_with("max_conections", 5).text,
            "rediscovery options: max_conections is not a known field");
  EXPECT_EQ(refusal_with("", 5).text, "rediscovery options:  is not a known field");
  EXPECT_EQ(refusal_with("Master", "a").field, "Master");
  EXPECT_EQ(refusal_with("max_connections_ms", 5).field, "max_connections_ms");
  EXPECT_EQ(refusal_with("_ms", 5).field, "_ms");
}

TEST(OptionsJson, TellsHowADurationIsWritten) {
  for (const auto& field : options_fields::kDurations) {
    const std::string name(field.name);
    EXPECT_EQ(refusal_with(name, 100).text, "rediscovery options: " + name + " is a duration: write \"" +
                                                name + "_ms\" with a number of milliseconds");
  }
}

TEST(OptionsJson, RefusesEveryFieldOfAnotherType) {
  const json others[] = {nullptr, true, 1.5, -1, "text", json::array({1}), json::object()};
  const auto refuses_all_but = [&](const std::string& field, json::value_t accepted) {
    for (const json& value : others) {
      if (value.type() == accepted) continue;
      EXPECT_EQ(refusal_with(field, value).field.substr(0, field.size()), field) << value;
    }
  };
  for (const auto& field : options_fields::kTexts)
    refuses_all_but(std::string(field.name), json::value_t::string);
  for (const auto& field : options_fields::kTextLists)
    refuses_all_but(std::string(field.name), json::value_t::discarded);
  for (const auto& field : options_fields::kFlags)
    refuses_all_but(std::string(field.name), json::value_t::boolean);
  for (const auto& field : options_fields::kCounts)
    refuses_all_but(std::string(field.name), json::value_t::discarded);
  for (const auto& field : options_fields::kDurations) {
    refuses_all_but(std::string(field.name) + "_ms", json::value_t::discarded);
  }
  for (const auto* field : {"default_port", "database", "promotion", "protocol"})
    refuses_all_but(field, json::value_t::discarded);
}

TEST(OptionsJson, NamesThePlaceInAList) {
  EXPECT_EQ(refusal_with("dns_servers", {"127.0.0.1", 53}).field, "dns_servers[1]");
  EXPECT_EQ(refusal_with("dns_servers", {"127.0.0.1", "localhost"}).field, "dns_servers[1]");
  EXPECT_EQ(refusal_with("allowed_networks", {5}).field, "allowed_networks[0]");
}

TEST(OptionsJson, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(refusal_with("default_port", 65'536).field, "default_port");
  EXPECT_EQ(refusal_with("default_port", 0).field, "default_port");
  EXPECT_EQ(refusal_with("database", 1'000'001).field, "database");
  EXPECT_EQ(refusal_with("protocol", 4).field, "protocol");
  EXPECT_EQ(refusal_with("protocol", 0).field, "protocol");
  EXPECT_EQ(refusal_with("max_connections", 4'294'967'297).field, "max_connections") << "not taken for 1";
  EXPECT_EQ(refusal_with("max_connections", 18'446'744'073'709'551'615ULL).field, "max_connections");
  EXPECT_EQ(refusal_with("dns_timeout_ms", 18'446'744'073'709'551'615ULL).field, "dns_timeout_ms");
}

TEST(OptionsJson, ValidatesWhatItReads) {
  EXPECT_EQ(refusal_with("dns_timeout_ms", 1).field, "dns_timeout");
  EXPECT_EQ(refusal_with("master", "a b").field, "master");
}

TEST(OptionsJson, RefusesWhatIsNoObject) {
  for (const auto* text : {"", "{", "nonsense", "{\"master\": \"\xff\"}", "{} {}", "{'master': 'a'}"}) {
    EXPECT_EQ(refusal_of([&] { (void)Options::from_json(text); }).text,
              "rediscovery options: (document) is not valid JSON")
        << text;
  }
  for (const auto* text : {"[]", "null", "5", "\"master\""}) {
    EXPECT_EQ(refusal_of([&] { (void)Options::from_json(text); }).text,
              "rediscovery options: (document) must be a JSON object")
        << text;
  }
}

TEST(OptionsJson, NoRefusalRepeatsThePassword) {
  for (const auto* text :
       {R"({"password": "secret", "master": 5})", R"({"password": ["secret"], "master": "a"})",
        R"({"password": "secret)", R"({"password": "secret"})"}) {
    const Refusal refusal = refusal_of([&] { (void)Options::from_json(text); });
    EXPECT_NE(refusal, kAccepted) << text;
    EXPECT_THAT(refusal.text, Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace rediscovery
