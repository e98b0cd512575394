#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <rediscovery/options.hpp>

#include "pool/pool_plan.hpp"
#include "unit/pool/refusal.hpp"

namespace rediscovery {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

Refusal refusal_of_url(const std::string& url) {
  return refusal_of([&] { (void)Options::from_url(url); });
}

TEST(OptionsUrl, ReadsEveryPart) {
  const Options options = Options::from_url(
      "redis://alice:secret@master.service.consul:6380/3?dns=127.0.0.1:8600,[::1]:53"
      "&replicas=slave.service.consul&max_connections=20&dns_timeout_ms=100&promotion=announced");
  EXPECT_EQ(options.username, "alice");
  EXPECT_EQ(options.password, "secret");
  EXPECT_EQ(options.master, "master.service.consul");
  EXPECT_EQ(options.default_port, 6380);
  EXPECT_EQ(options.database, 3U);
  EXPECT_EQ(options.dns_servers, (std::vector<std::string>{"127.0.0.1:8600", "[::1]:53"}));
  EXPECT_EQ(options.replicas, "slave.service.consul");
  EXPECT_EQ(options.max_connections, 20U);
  EXPECT_EQ(options.dns_timeout, 100ms);
  EXPECT_EQ(options.promotion, Promotion::announced);
}

TEST(OptionsUrl, ReadsAnAddress) {
  EXPECT_EQ(Options::from_url("redis://10.0.0.5").master, "10.0.0.5");
  EXPECT_EQ(Options::from_url("redis://10.0.0.5/").master, "10.0.0.5");
  EXPECT_EQ(Options::from_url("redis://10.0.0.5:6380/0").master, "10.0.0.5:6380");
  EXPECT_EQ(Options::from_url("redis://[::1]:6380").master, "[::1]:6380");
  EXPECT_EQ(Options::from_url("redis://[::1]").master, "[::1]");
}

TEST(OptionsUrl, AnAddressWithoutAPortHasTheDefaultOne) {
  const Options options = Options::from_url("redis://10.0.0.5?default_port=7000");
  EXPECT_EQ(driver_plan(options).discovery.fixed_masters.at(0).to_string(), "10.0.0.5:7000");
}

TEST(OptionsUrl, ReadsListsAndTextsOfTheQuery) {
  const Options options = Options::from_url(
      "redis://10.0.0.5?replicas=10.0.0.6:6379,10.0.0.7:6379&allowed_networks=10.0.0.0/"
      "8,fd00::%2F8&client_name=123");
  EXPECT_EQ(options.replicas, "10.0.0.6:6379,10.0.0.7:6379");
  EXPECT_EQ(options.allowed_networks, (std::vector<std::string>{"10.0.0.0/8", "fd00::/8"}));
  EXPECT_EQ(options.client_name, "123") << "a text that looks like a number is one";
  EXPECT_EQ(Options::from_url("redis://master.test?dns_servers=127.0.0.1").dns_servers.size(), 1U);
}

TEST(OptionsUrl, TheSchemeTurnsTlsOn) {
  EXPECT_FALSE(Options::from_url("redis://10.0.0.5").tls);
  EXPECT_TRUE(Options::from_url("rediss://10.0.0.5").tls);
  EXPECT_TRUE(Options::from_url("rediss://10.0.0.5?tls=true").tls);
  EXPECT_TRUE(Options::from_url("redis://10.0.0.5?tls=true").tls);
  EXPECT_EQ(Options::from_url("rediss://:secret@[::1]:6380/3").master, "[::1]:6380");
  EXPECT_EQ(refusal_of_url("rediss://10.0.0.5?tls=false").field, "tls");
}

TEST(OptionsUrl, ReadsFlags) {
  EXPECT_FALSE(Options::from_url("rediss://10.0.0.5?tls_verify=false").tls_verify);
  EXPECT_TRUE(Options::from_url("rediss://10.0.0.5?tls_verify=true").tls_verify);
  EXPECT_EQ(Options::from_url("rediss://10.0.0.5?tls_server_name=true").tls_server_name, "true") << "a text";
  EXPECT_FALSE(
      Options::from_url("redis://10.0.0.5?replicas=10.0.0.6&read_from=replica&replica_fallback=false")
          .replica_fallback);
  for (const auto* value : {"", "no", "0", "1", "TRUE"}) {
    EXPECT_EQ(refusal_of_url("rediss://10.0.0.5?tls_verify=" + std::string(value)).text,
              "rediscovery options: tls_verify must be true or false");
  }
}

TEST(OptionsUrl, ReadsTheExampleOfTheReadme) {
  const Options options = Options::from_url(
      "rediss://app@master.service.consul?dns=127.0.0.1:8600&password_file=/run/secrets/redis"
      "&tls_ca_file=/etc/ssl/redis-ca.pem");
  EXPECT_EQ(options.username, "app");
  EXPECT_EQ(options.password_file, "/run/secrets/redis");
  EXPECT_EQ(options.tls_ca_file, "/etc/ssl/redis-ca.pem");
}

// ---- credentials --------------------------------------------------------------------------------------

TEST(OptionsUrl, ReadsAPasswordWithoutAUser) {
  const Options options = Options::from_url("redis://:secret@10.0.0.5");
  EXPECT_EQ(options.username, "");
  EXPECT_EQ(options.password, "secret");
}

TEST(OptionsUrl, AUsersPasswordMayBeElsewhere) {
  const Options file = Options::from_url("redis://alice@10.0.0.5?password_file=/run/secrets/redis");
  EXPECT_EQ(file.username, "alice");
  EXPECT_EQ(file.password, "");
  EXPECT_EQ(file.password_file, "/run/secrets/redis");
  EXPECT_EQ(Options::from_url("redis://alice@10.0.0.5?password_env=REDIS").password_env, "REDIS");
  EXPECT_EQ(refusal_of_url("redis://alice:secret@10.0.0.5?password_env=REDIS").field, "password_env");
}

TEST(OptionsUrl, ReadsAPasswordWithAnAt) {
  EXPECT_EQ(Options::from_url("redis://:p@ss@10.0.0.5").password, "p@ss");
  EXPECT_EQ(Options::from_url("redis://alice:p@s@s@10.0.0.5").password, "p@s@s");
  EXPECT_EQ(Options::from_url("redis://:p%40ss@10.0.0.5").password, "p@ss");
}

TEST(OptionsUrl, ReadsAPasswordWithColons) {
  EXPECT_EQ(Options::from_url("redis://alice:a:b:c@10.0.0.5").password, "a:b:c");
}

TEST(OptionsUrl, DecodesPercentsOnce) {
  const Options options = Options::from_url("redis://a%6Cice:%2F%3f%25%2540%23@10.0.0.5");
  EXPECT_EQ(options.username, "alice");
  EXPECT_EQ(options.password, "/?%%40#");
  EXPECT_EQ(Options::from_url("redis://:1234@10.0.0.5").password, "1234") << "no number";
}

TEST(OptionsUrl, ReadsAPasswordOfAnyBytes) {
  EXPECT_EQ(Options::from_url("redis://:%ff%FE%00%80@10.0.0.5").password, "\xff\xfe\0\x80"s);
}

TEST(OptionsUrl, RefusesHalfAPercent) {
  for (const auto* part : {"%", "%4", "%zz", "%4z", "%-1", "%+1", "a%", "%%41"}) {
    EXPECT_EQ(refusal_of_url("redis://:" + std::string(part) + "@10.0.0.5").text,
              "rediscovery options: password has a '%' that two hexadecimal digits do not follow")
        << part;
  }
  EXPECT_EQ(refusal_of_url("redis://a%zz:b@10.0.0.5").field, "username");
  EXPECT_EQ(refusal_of_url("redis://ma%ster.test").field, "master");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?client_name=%").field, "client_name");
}

// ---- what is refused ----------------------------------------------------------------------------------

TEST(OptionsUrl, RefusesOtherSchemes) {
  for (const auto* url :
       {"", "10.0.0.5:6379", "http://10.0.0.5", "redis:/10.0.0.5", "REDIS://10.0.0.5", "unix:///run/redis"}) {
    EXPECT_EQ(refusal_of_url(url).text,
              "rediscovery options: (url) must start with redis:// or, for TLS, rediss://")
        << url;
  }
}

TEST(OptionsUrl, RefusesWhatTheFieldsRefuse) {
  EXPECT_EQ(refusal_of_url("redis://").field, "master");
  EXPECT_EQ(refusal_of_url("redis:///3").field, "master");
  EXPECT_EQ(refusal_of_url("redis://:secret@").field, "master");
  EXPECT_EQ(refusal_of_url("redis://master.test").field, "dns_servers");
  EXPECT_EQ(refusal_of_url("redis://master.test:0?dns=127.0.0.1").field, "default_port");
  EXPECT_EQ(refusal_of_url("redis://master.test:65536?dns=127.0.0.1").field, "default_port");
  EXPECT_EQ(refusal_of_url("redis://master.test:x?dns=127.0.0.1").field, "default_port");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5:65536").field, "default_port");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5/x").field, "database");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5/-1").field, "database");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5/1/2").field, "database");
  EXPECT_EQ(refusal_of_url("redis://alice@10.0.0.5").field, "password");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?max_connections=many").field, "max_connections");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?max_connections=99999999999999999999").field, "max_connections");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?max_connections").field, "max_connections");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?max_connectoins=5").text,
            "rediscovery options: max_connectoins is not a known field");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?dns=localhost").field, "dns_servers[0]");
  EXPECT_EQ(refusal_of_url("redis://10.0.0.5?dns_timeout=5").field, "dns_timeout");
}

TEST(OptionsUrl, NoRefusalRepeatsThePassword) {
  for (const auto* url :
       {"rediss://:secret@10.0.0.5?tls=false", "http://:secret@10.0.0.5", "redis://:secret@",
        "redis://:secret@a b", "redis://:secret@master.test", "redis://:secret%@10.0.0.5",
        "redis://:secret@10.0.0.5?max_connections=0", "redis://:secret", "redis://alice:secret",
        // '/' and '?' end the host: what follows must not come back as the name of a field.
        "redis://:x/secret@10.0.0.5", "redis://:x?secret@10.0.0.5", "redis://:x?secret=1@10.0.0.5",
        "redis://:a@b?secret@10.0.0.5", "redis://:secret/x@10.0.0.5", "redis://:secret?x@10.0.0.5"}) {
    const Refusal refusal = refusal_of_url(url);
    EXPECT_NE(refusal, kAccepted) << url;
    EXPECT_THAT(refusal.text, Not(HasSubstr("secret"))) << url;
  }
}

}  // namespace
}  // namespace rediscovery
