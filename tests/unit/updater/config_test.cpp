#include "updater/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace rediscovery::updater {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::optional<std::string> environment(std::string_view name) {
  if (name == "SENTINEL_PASSWORD") return "from-environment";
  if (name == "TWO_WORDS") return "two words";
  return std::nullopt;
}

json minimal() { return {{"masters", {"mymaster"}}, {"sentinels", {{"addresses", {"10.0.0.5:26379"}}}}}; }

Config parse(const json& value) { return parse_config(value.dump(), environment); }

std::string failure(const std::string& text) {
  try {
    (void)parse_config(text, environment);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

// The minimal configuration with one value set at a JSON pointer.
std::string failure(const char* pointer, const json& value) {
  json root = minimal();
  root[json::json_pointer(pointer)] = value;
  return failure(root.dump());
}

TEST(Config, TheSmallestOneHasDefaults) {
  const auto config = parse(minimal());
  ASSERT_EQ(config.masters.size(), 1U);
  EXPECT_EQ(config.masters[0].name, "mymaster");
  EXPECT_EQ(config.masters[0].services, (ServiceNames{"master", "slave"}));
  for (const Role role : {Role::master, Role::replica}) {
    EXPECT_EQ(config.masters[0].labels.of(role), (RoleLabels{{"mymaster"}, {1, 1}, {}}));
  }
  EXPECT_EQ(config.sentinels.addresses[0].to_string(), "10.0.0.5:26379");
  EXPECT_THAT(config.consul.addresses, ElementsAre("http://127.0.0.1:8500"));
  EXPECT_EQ(config.key_prefix, "redis-roles/");
  EXPECT_EQ(config.node_prefix, "redis-");
  EXPECT_EQ(config.reconcile_interval, milliseconds(10'000));
  EXPECT_EQ(config.deadline, milliseconds(10'000));
  EXPECT_EQ(config.replica_hold, milliseconds(5000));
  EXPECT_EQ(config.promotion, Promotion::observed);
  EXPECT_EQ(config.redis.identity.password, "");
  EXPECT_EQ(config.redis.timeout, milliseconds(1000));
}

TEST(Config, ANumberBeyondAllIsRefused) {
  EXPECT_EQ(failure(R"({"masters": ["mymaster"], "deadline_ms": 1e999})"), "a number in it is too large");
}

TEST(Config, PromotionIsObservedOrAnnounced) {
  json root = minimal();
  root["promotion"] = "announced";
  EXPECT_EQ(parse(root).promotion, Promotion::announced);
  root["promotion"] = "observed";
  EXPECT_EQ(parse(root).promotion, Promotion::observed);
  EXPECT_EQ(failure("/promotion", "promised"),
            "promotion: \"promised\" is not known; expected \"observed\" or \"announced\"");
  EXPECT_THAT(failure("/promotion", true), HasSubstr("promotion"));
}

TEST(Config, TheHeartbeatIsOffOrWellBelowWhatMakesItStale) {
  EXPECT_EQ(parse(minimal()).heartbeat.interval, milliseconds(10'000));
  EXPECT_EQ(parse(minimal()).heartbeat.stale_after, milliseconds(60'000));
  json root = minimal();
  root["heartbeat_ms"] = 0;
  EXPECT_EQ(parse(root).heartbeat.interval, milliseconds(0));
  root["heartbeat_ms"] = 200;
  root["stale_after_ms"] = 400;
  EXPECT_EQ(parse(root).heartbeat.interval, milliseconds(200));
  EXPECT_EQ(parse(root).heartbeat.stale_after, milliseconds(400));
  root["stale_after_ms"] = 399;
  EXPECT_EQ(failure(root.dump()),
            "stale_after_ms: 399 is less than twice heartbeat_ms, 200; a single late beat would turn checks "
            "critical");
  EXPECT_THAT(failure("/heartbeat_ms", 49), HasSubstr("heartbeat_ms: 49 is neither 0"));
  EXPECT_THAT(failure("/heartbeat_ms", -1), HasSubstr("heartbeat_ms: -1 is outside"));
  EXPECT_THAT(failure("/stale_after_ms", "1m"), HasSubstr("stale_after_ms"));
}

TEST(Config, BesideAnAgentItMustKnowItsRedisAndThatAgentOnly) {
  EXPECT_EQ(parse(minimal()).agent, std::nullopt);
  json root = minimal();
  root["registration"] = "agent";
  root["agent"] = {{"redis", "10.0.0.6"}};
  ASSERT_TRUE(parse(root).agent);
  EXPECT_EQ(parse(root).agent->redis.to_string(), "10.0.0.6:6379");
  EXPECT_EQ(parse(root).agent->ttl, milliseconds(5000));
  root["agent"] = {{"redis", "[fd00::6]:6380"}, {"ttl_ms", 1000}};
  EXPECT_EQ(parse(root).agent->redis.to_string(), "[fd00::6]:6380");
  EXPECT_EQ(parse(root).agent->ttl, milliseconds(1000));

  root["agent"]["ttl_ms"] = 999;
  EXPECT_THAT(failure(root.dump()), HasSubstr("agent.ttl_ms: 999"));
  root["agent"] = {{"redis", "redis-1:6379"}};
  EXPECT_THAT(failure(root.dump()), HasSubstr("agent.redis: \"redis-1:6379\" is not the numeric address"));
  root["agent"] = json::object();
  EXPECT_THAT(failure(root.dump()), HasSubstr("agent.redis: "));
  root.erase("agent");
  EXPECT_THAT(failure(root.dump()), HasSubstr("agent: is missing"));
  root["agent"] = {{"redis", "10.0.0.6"}};
  root["consul"] = {{"addresses", {"127.0.0.1:8500", "10.0.0.1:8500"}}};
  EXPECT_THAT(failure(root.dump()), HasSubstr("consul.addresses: "));
  EXPECT_THAT(failure("/agent", {{"redis", "10.0.0.6"}}), HasSubstr("agent: is for"));
  root.erase("consul");
  root["slave_fallback"] = true;
  EXPECT_THAT(failure(root.dump()), HasSubstr("slave_fallback: is for"));
}

TEST(Config, HowToLogInAtRedis) {
  json root = minimal();
  root["redis"] = {{"user", "u"}, {"password_env", "SENTINEL_PASSWORD"}, {"timeout_ms", 200}};
  const auto config = parse(root);
  EXPECT_EQ(config.redis.identity.username, "u");
  EXPECT_EQ(config.redis.identity.password, "from-environment");
  EXPECT_EQ(config.redis.timeout, milliseconds(200));
  EXPECT_THAT(failure("/redis/user", "u"), HasSubstr("redis.user: a user needs a password"));
  EXPECT_THAT(failure("/redis/timeout_ms", 9), HasSubstr("redis.timeout_ms"));
  EXPECT_THAT(failure("/redis/pasword", "x"), HasSubstr("redis.pasword"));
}

TEST(Config, TlsIsOffOrOnWithDefaultsOrAsItIsDescribed) {
  for (const std::string section : {"sentinels", "redis"}) {
    json root = minimal();
    const auto tls = [&] {
      const auto config = parse(root);
      return section == "redis" ? config.redis.tls : config.sentinels.tls;
    };
    EXPECT_EQ(tls(), nullptr);
    root[section]["tls"] = false;
    EXPECT_EQ(tls(), nullptr);
    root[section]["tls"] = true;
    ASSERT_NE(tls(), nullptr);
    EXPECT_TRUE(tls()->settings().verify);
    root[section]["tls"] = {{"verify", false}, {"server_name", "redis.example"}};
    ASSERT_NE(tls(), nullptr);
    EXPECT_FALSE(tls()->settings().verify);
    EXPECT_EQ(tls()->settings().server_name, "redis.example");
    EXPECT_EQ(tls()->settings().option_prefix, section + ".tls.");
  }
}

TEST(Config, TlsFilesThatCannotBeUsedAreNamedWithTheirField) {
  for (const std::string section : {"sentinels", "redis"}) {
    const std::string pointer = "/" + section + "/tls";
    EXPECT_EQ(failure(pointer.c_str(), {{"ca_file", "/nowhere/ca.pem"}}),
              section + ".tls.ca_file: '/nowhere/ca.pem' cannot be read: No such file or directory");
    EXPECT_THAT(failure(pointer.c_str(), {{"cert_file", "/nowhere/c.pem"}, {"key_file", "/nowhere/k.pem"}}),
                HasSubstr(section + ".tls.cert_file: '/nowhere/c.pem'"));
    EXPECT_THAT(failure(pointer.c_str(), {{"cert_file", "/c"}}), HasSubstr(section + ".tls.key_file: "));
    EXPECT_THAT(failure(pointer.c_str(), {{"key_file", "/k"}}), HasSubstr(section + ".tls.cert_file: "));
    EXPECT_THAT(failure(pointer.c_str(), "yes"), HasSubstr(section + ".tls: expected true, false or"));
    EXPECT_THAT(failure(pointer.c_str(), {{"cafile", "/x"}}), HasSubstr(section + ".tls.cafile"));
  }
}

TEST(Config, EveryField) {
  const auto config = parse(json::parse(R"({
    "masters": [{"name": "cache", "names": {"master": "cache", "slave": "cache-ro"}}, "sessions"],
    "names": {"master": "{master_name}-master", "slave": "{master_name}-slave"},
    "sentinels": {"addresses": ["10.0.0.5", "[fd00::6]:26380"], "user": "u", "password_env": "SENTINEL_PASSWORD",
                  "dns_servers": ["10.0.0.2", "[fd00::2]:5353"],
                  "timeout_ms": 300},
    "consul": {"addresses": ["https://10.0.0.1:8501"], "token": "t", "datacenter": "dc2",
               "http_auth_env": "SENTINEL_PASSWORD", "namespace": "team", "partition": "part",
               "connect_timeout_ms": 100, "timeout_ms": 900,
               "tls": {"ca_file": "/ca", "ca_path": "/p", "cert_file": "/c", "key_file": "/k",
                       "server_name": "n", "verify": false}},
    "key_prefix": "roles/", "node_prefix": "r-", "reconcile_interval_ms": 500, "deadline_ms": 2000,
    "replica_hold_ms": 0, "registration": "catalog"})"));
  EXPECT_EQ(config.masters[0].services, (ServiceNames{"cache", "cache-ro"}));
  EXPECT_EQ(config.masters[1].services, (ServiceNames{"sessions-master", "sessions-slave"}));
  EXPECT_EQ(config.sentinels.addresses[0].port, 26379);
  EXPECT_EQ(config.sentinels.addresses[1].to_string(), "[fd00::6]:26380");
  EXPECT_EQ(config.sentinels.credentials.user, "u");
  EXPECT_EQ(config.sentinels.credentials.password, "from-environment");
  EXPECT_EQ(config.sentinels.timeout, milliseconds(300));
  EXPECT_EQ(config.consul.token, "t");
  EXPECT_EQ(config.consul.token_file, "");
  EXPECT_EQ(config.consul.http_auth, "from-environment:");
  EXPECT_EQ(config.consul.tenancy, (consul::Tenancy{"team", "part"}));
  EXPECT_EQ(config.consul.datacenter, "dc2");
  EXPECT_EQ(config.consul.connect_timeout, milliseconds(100));
  EXPECT_EQ(config.consul.request_timeout, milliseconds(900));
  EXPECT_EQ(config.consul.tls.ca_file, "/ca");
  EXPECT_EQ(config.consul.tls.server_name, "n");
  EXPECT_EQ(config.consul.tls.verify, false);
  EXPECT_EQ(config.key_prefix, "roles/");
  EXPECT_EQ(config.node_prefix, "r-");
  EXPECT_EQ(config.reconcile_interval, milliseconds(500));
  EXPECT_EQ(config.deadline, milliseconds(2000));
  EXPECT_EQ(config.replica_hold, milliseconds(0));
}

TEST(Config, DnsIsBesideConsulUnlessItIsNamed) {
  json root = minimal();
  const auto servers = [&root] {
    std::vector<std::string> texts;
    for (const auto& server : parse(root).dns.servers) texts.push_back(server.to_string());
    return texts;
  };
  EXPECT_THAT(servers(), ElementsAre("127.0.0.1:8600"));
  root["consul"]["addresses"] = {"consul.example:8500", "10.0.0.8:8500"};
  EXPECT_THAT(servers(), ElementsAre("10.0.0.8:8600"));
  root["consul"]["dns"] = {"10.0.0.9", "[fd00::9]:53"};
  root["consul"]["datacenter"] = "dc2";
  root["consul"]["dns_domain"] = "consul.example";
  EXPECT_THAT(servers(), ElementsAre("10.0.0.9:8600", "[fd00::9]:53"));
  EXPECT_EQ(dns_name(parse(root).dns, "master"), "master.service.dc2.consul.example");
  root["consul"]["dns"] = json::array();
  EXPECT_THAT(servers(), ::testing::IsEmpty());
}

TEST(Config, MastersAreFoundByName) {
  const auto config = parse(minimal());
  EXPECT_NE(config.find_master("mymaster"), nullptr);
  EXPECT_EQ(config.find_master("other"), nullptr);
}

TEST(Config, EveryBadFieldIsNamed) {
  const std::vector<std::pair<const char*, json>> cases = {
      {"/masters", json::array()},
      {"/masters", "mymaster"},
      {"/masters/0", 7},
      {"/masters/0", ""},
      {"/masters/0", "a/b"},
      {"/masters/0", json::object()},
      {"/masters/0", {{"name", "m"}, {"nonsense", 1}}},
      {"/consul/dns", "127.0.0.1:8600"},
      {"/consul/dns", {"consul.example:8600"}},
      {"/consul/dns", {7}},
      {"/consul/dns", {"10.0.0.9:8600", "10.0.0.9"}},
      {"/consul/dns_domain", ""},
      {"/consul/dns_domain", "consul."},
      {"/http", 9121},
      {"/http/address", "0.0.0.0:9121"},
      {"/http/address", "127.0.0.1"},
      {"/http/address", "localhost:9121"},
      {"/names", "x"},
      {"/names/master", ""},
      {"/names/slave", 7},
      {"/names/master", "a.b"},
      {"/names/nonsense", "x"},
      {"/sentinels", 7},
      {"/sentinels/addresses", json::array()},
      {"/sentinels/addresses", "10.0.0.5"},
      {"/sentinels/addresses/0", 7},
      {"/sentinels/addresses/0", "sentinel-1:26379"},
      {"/sentinels/addresses/0", "10.0.0.5:0"},
      {"/sentinels/dns_servers", json::array()},
      {"/sentinels/dns_servers", {"ns1.example"}},
      {"/sentinels/user", "u"},
      {"/sentinels/password", ""},
      {"/sentinels/password_env", "NOT_SET"},
      {"/sentinels/password_file", "/nowhere/at/all"},
      {"/sentinels/timeout_ms", 9},
      {"/sentinels/timeout_ms", 10'001},
      {"/consul", json::array()},
      {"/consul/addresses", json::array()},
      {"/consul/addresses", {"unix://x"}},
      {"/consul/token", 7},
      {"/consul/token_env", "NOT_SET"},
      {"/consul/token_file", "/nowhere/at/all"},
      {"/consul/http_auth", ""},
      {"/consul/http_auth", ":password"},
      {"/consul/http_auth_env", "NOT_SET"},
      {"/consul/http_auth_file", "/nowhere/at/all"},
      {"/consul/namespace", "a b"},
      {"/consul/partition", 7},
      {"/consul/datacenter", ""},
      {"/consul/connect_timeout_ms", 9},
      {"/consul/timeout_ms", 30'001},
      {"/consul/tls", 7},
      {"/consul/tls/ca_file", ""},
      {"/consul/tls/cert_file", "/c"},
      {"/consul/tls/verify", "yes"},
      {"/consul/tls/nonsense", 1},
      {"/consul/nonsense", 1},
      {"/key_prefix", "a b"},
      {"/key_prefix", ""},
      {"/key_prefix", "/redis-roles/"},
      {"/key_prefix", "a/../b"},
      {"/node_prefix", "a_b"},
      {"/node_prefix", std::string(25, 'a')},
      {"/node_prefix", "-a"},
      {"/reconcile_interval_ms", 99},
      {"/reconcile_interval_ms", 3'600'001},
      {"/reconcile_interval_ms", "10s"},
      {"/reconcile_interval_ms", 1.5},
      {"/reconcile_interval_ms", 18446744073709551615ULL},
      {"/deadline_ms", 50'001},
      {"/deadline_ms", -1},
      {"/registration", "node"},
      {"/replica_hold_ms", -1},
      {"/replica_hold_ms", 600'001},
      {"/nonsense", 1},
  };
  for (const auto& [pointer, value] : cases) {
    // An element of a list is named by its list.
    std::string field = pointer;
    if (field.ends_with("/0")) field.resize(field.size() - 2);
    const auto leaf = field.substr(field.rfind('/') + 1);
    const auto message = failure(pointer, value);
    EXPECT_THAT(message, Not(HasSubstr("no error"))) << pointer << " " << value;
    EXPECT_THAT(message, HasSubstr(leaf)) << pointer << " " << value;
  }
}

TEST(Config, ATokenThatCannotBeOneIsNamedByWhereItCameFrom) {
  EXPECT_THAT(failure("/consul/token", "two words"), HasSubstr("consul.token (or token_env): "));
  EXPECT_THAT(failure("/consul/token_env", "TWO_WORDS"), HasSubstr("consul.token (or token_env): "));
  const std::string path = ::testing::TempDir() + "rediscovery_token_" + std::to_string(getpid());
  std::ofstream(path) << "two words\n";
  EXPECT_THAT(failure("/consul/token_file", path), HasSubstr("consul.token_file: "));
  std::remove(path.c_str());
}

TEST(Config, RangesAreSaid) {
  EXPECT_THAT(failure("/deadline_ms", 7), HasSubstr("from 100 to 50000"));
  EXPECT_THAT(failure("/nonsense", 7), HasSubstr("the fields here are"));
  EXPECT_THAT(failure("/registration", "node"), HasSubstr("expected \"catalog\" or \"agent\""));
}

TEST(Config, RequiredFieldsAreAskedFor) {
  EXPECT_THAT(failure("{}"), HasSubstr("masters: "));
  EXPECT_THAT(failure(R"({"masters":["m"]})"), HasSubstr("sentinels.addresses: "));
  EXPECT_THAT(failure("[]"), HasSubstr("object"));
}

TEST(Config, TwoMastersUnderOneNameAreRefusedWithTheRemedy) {
  const auto message = failure("/masters", {"a", "b"});
  EXPECT_THAT(message, HasSubstr("both master of a and master of b"));
  EXPECT_THAT(message, HasSubstr("{master_name}-master"));
  EXPECT_THAT(failure("/masters", {"a", "a"}), HasSubstr("listed twice"));
  EXPECT_THAT(failure("/names", {{"master", "redis"}, {"slave", "Redis"}}),
              HasSubstr("both master of mymaster"));
  EXPECT_THAT(failure("/sentinels/addresses", {"10.0.0.5", "10.0.0.5:26379"}), HasSubstr("listed twice"));
}

TEST(Config, AddressesCanBeMappedForAllMasters) {
  json root = minimal();
  root["masters"] = {"a", "b"};
  root["names"] = {{"master", "{master_name}-master"}, {"slave", "{master_name}-slave"}};
  root["address_map"] = {
      {"10.0.0.5", "203.0.113.5"}, {"10.0.0.6:6379", "203.0.113.6:16379"}, {"redis-1", "203.0.113.7"}};
  for (const auto& master : parse(root).masters) {
    EXPECT_EQ(master.address_map.published({"10.0.0.5", 6379, {}}).to_string(), "203.0.113.5:6379");
    EXPECT_EQ(master.address_map.published({"10.0.0.9", 6379, "redis-1"}).to_string(), "203.0.113.7:6379");
  }
  EXPECT_THAT(failure("/address_map", {{"10.0.0.5", 7}}), HasSubstr("address_map.10.0.0.5: expected"));
  EXPECT_THAT(failure("/address_map", {"10.0.0.5"}), HasSubstr("address_map: expected"));
  EXPECT_THAT(failure("/address_map", {{"10.0.0.5", "redis"}}), HasSubstr("address_map.10.0.0.5: "));
  EXPECT_THAT(failure("/address_map", {{"10.0.0.5", "203.0.113.5:1"}, {"10.0.0.6", "203.0.113.5:1"}}),
              HasSubstr("two Redis cannot be reached at one endpoint"));
}

TEST(Config, TheMasterStandsInForReplicasOnlyWhereThatIsWanted) {
  json root = minimal();
  EXPECT_FALSE(parse(root).masters[0].slave_fallback);
  root["slave_fallback"] = true;
  root["masters"] = {"a", {{"name", "b"}, {"slave_fallback", false}}};
  root["names"] = {{"master", "{master_name}-master"}, {"slave", "{master_name}-slave"}};
  EXPECT_TRUE(parse(root).masters[0].slave_fallback);
  EXPECT_FALSE(parse(root).masters[1].slave_fallback);
  EXPECT_THAT(failure("/slave_fallback", "yes"), HasSubstr("slave_fallback: expected true or false"));
}

TEST(Config, ASecretIsGivenInOneWay) {
  EXPECT_THAT(failure("/sentinels", {{"addresses", {"10.0.0.5"}}, {"password", "a"}, {"password_env", "B"}}),
              HasSubstr("give one of"));
}

TEST(Config, BrokenJsonIsLocatedWithoutQuotingIt) {
  const auto message = failure("{\n  \"sentinels\": {\"password\": \"hunter2\n}");
  EXPECT_THAT(message, HasSubstr("line 2"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(failure(""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(failure("{} x"), HasSubstr("line 1, column 4"));
}

TEST(Config, AFileThatCannotBeReadComesWithTheRemedy) {
  try {
    (void)load_config("/nowhere/at/all", environment);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("--config"));
  }
}

}  // namespace
}  // namespace rediscovery::updater
