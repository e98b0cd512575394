#include "consul/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace rediscovery::consul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment environment(std::map<std::string, std::string> variables) {
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

std::string failure(const Settings& settings, const Environment& variables) {
  try {
    (void)complete(settings, variables);
  } catch (const SettingsError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ConsulSettings, WithNothingGivenTheLocalAgentIsMeant) {
  const auto settings = complete({}, environment({}));
  EXPECT_THAT(settings.addresses, ElementsAre("http://127.0.0.1:8500"));
  EXPECT_EQ(settings.token, "");
  EXPECT_EQ(settings.tls.verify, true);
}

TEST(ConsulSettings, ConsulsOwnVariablesFillWhatIsOpen) {
  const auto settings = complete({}, environment({{"CONSUL_HTTP_ADDR", "consul:8501"},
                                                  {"CONSUL_HTTP_SSL", "true"},
                                                  {"CONSUL_HTTP_SSL_VERIFY", "0"},
                                                  {"CONSUL_HTTP_TOKEN", "abc"},
                                                  {"CONSUL_CACERT", "/ca"},
                                                  {"CONSUL_CAPATH", "/capath"},
                                                  {"CONSUL_CLIENT_CERT", "/cert"},
                                                  {"CONSUL_CLIENT_KEY", "/key"},
                                                  {"CONSUL_TLS_SERVER_NAME", "server.dc1.consul"}}));
  EXPECT_THAT(settings.addresses, ElementsAre("https://consul:8501"));
  EXPECT_EQ(settings.token, "abc");
  EXPECT_EQ(settings.tls.ca_file, "/ca");
  EXPECT_EQ(settings.tls.ca_path, "/capath");
  EXPECT_EQ(settings.tls.cert_file, "/cert");
  EXPECT_EQ(settings.tls.key_file, "/key");
  EXPECT_EQ(settings.tls.server_name, "server.dc1.consul");
  EXPECT_EQ(settings.tls.verify, false);
}

TEST(ConsulSettings, TheConfigurationWins) {
  Settings given;
  given.addresses = {"10.0.0.1:8500", "https://10.0.0.2:8501/"};
  given.token = "mine";
  given.tls.verify = true;
  const auto settings = complete(given, environment({{"CONSUL_HTTP_ADDR", "elsewhere:1"},
                                                     {"CONSUL_HTTP_TOKEN", "other"},
                                                     {"CONSUL_HTTP_SSL_VERIFY", "false"}}));
  EXPECT_THAT(settings.addresses, ElementsAre("http://10.0.0.1:8500", "https://10.0.0.2:8501"));
  EXPECT_EQ(settings.token, "mine");
  EXPECT_EQ(settings.tls.verify, true);
}

TEST(ConsulSettings, EmptyVariablesAreUnset) {
  const auto settings = complete(
      {}, environment({{"CONSUL_HTTP_ADDR", ""}, {"CONSUL_HTTP_SSL", ""}, {"CONSUL_HTTP_TOKEN_FILE", ""}}));
  EXPECT_THAT(settings.addresses, ElementsAre("http://127.0.0.1:8500"));
}

TEST(ConsulSettings, AddressesThatCannotWorkAreRefused) {
  for (const auto* address :
       {"unix://run/consul.sock", "unix:///", "unix:/a", "ftp://a:1", "http://", "http://a:1/v1",
        "http://user:pw@a:1", "a b", "http://a\r\nX: y", "a:x", "a:65536", "::1:8500", "http://[::1"}) {
    EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_ADDR", address}})), HasSubstr("CONSUL_HTTP_ADDR: "))
        << address;
    Settings given;
    given.addresses = {address};
    EXPECT_THAT(failure(given, environment({})), HasSubstr("consul.addresses: ")) << address;
  }
  EXPECT_EQ(failure({}, environment({{"CONSUL_HTTP_ADDR", "http://[fd00::1]:8500"}})), "no error");
}

TEST(ConsulSettings, UnixSocketsStayAsTheyAre) {
  EXPECT_THAT(
      complete({}, environment({{"CONSUL_HTTP_ADDR", "unix:///run/c.sock"}, {"CONSUL_HTTP_SSL", "1"}}))
          .addresses,
      ElementsAre("unix:///run/c.sock"));
}

// As Consul's own client: what is asked for with CONSUL_HTTP_SSL is not taken back by the other variable.
TEST(ConsulSettings, TlsByVariableWinsOverTheSchemeInTheVariableButNotOverTheConfiguration) {
  const auto variables =
      environment({{"CONSUL_HTTP_ADDR", "http://consul:8501"}, {"CONSUL_HTTP_SSL", "true"}});
  EXPECT_THAT(complete({}, variables).addresses, ElementsAre("https://consul:8501"));
  Settings given;
  given.addresses = {"http://10.0.0.1:8500", "10.0.0.2:8501"};
  EXPECT_THAT(complete(given, variables).addresses,
              ElementsAre("http://10.0.0.1:8500", "https://10.0.0.2:8501"));
}

TEST(ConsulSettings, NamespacePartitionAndLoginComeFromTheVariables) {
  const auto variables = environment(
      {{"CONSUL_NAMESPACE", "team"}, {"CONSUL_PARTITION", "part"}, {"CONSUL_HTTP_AUTH", "nginx:a:b"}});
  auto settings = complete({}, variables);
  EXPECT_EQ(settings.tenancy, (Tenancy{"team", "part"}));
  EXPECT_EQ(settings.http_auth, "nginx:a:b");
  Settings given;
  given.tenancy = {"mine", "ours"};
  given.http_auth = "me:x";
  settings = complete(given, variables);
  EXPECT_EQ(settings.tenancy, (Tenancy{"mine", "ours"}));
  EXPECT_EQ(settings.http_auth, "me:x");
  EXPECT_EQ(complete({}, environment({{"CONSUL_HTTP_AUTH", "nginx"}})).http_auth, "nginx:");
}

TEST(ConsulSettings, OnlyATokenFromAFileIsReadAgain) {
  EXPECT_EQ(complete({}, environment({{"CONSUL_HTTP_TOKEN", "abc"}})).token_file, "");
  Settings given;
  given.token = "mine";
  EXPECT_EQ(complete(given, environment({{"CONSUL_HTTP_TOKEN_FILE", "/elsewhere"}})).token_file, "");
}

TEST(ConsulSettings, OtherMistakesAreNamed) {
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_AUTH", ":pw"}})), HasSubstr("CONSUL_HTTP_AUTH"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_AUTH", "a:\nb"}})), HasSubstr("user:password"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_NAMESPACE", "a/b"}})), HasSubstr("CONSUL_NAMESPACE"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_PARTITION", std::string(64, 'a')}})),
              HasSubstr("CONSUL_PARTITION"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_SSL", "yes"}})), HasSubstr("CONSUL_HTTP_SSL"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_TOKEN", "a\nb"}})), HasSubstr("CONSUL_HTTP_TOKEN"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_TOKEN_FILE", "/nowhere/at/all"}})),
              HasSubstr("/nowhere/at/all"));
  EXPECT_THAT(failure({}, environment({{"CONSUL_CLIENT_CERT", "/cert"}})), HasSubstr("key_file"));
}

TEST(ConsulSettings, ErrorsHoldNoSecrets) {
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_TOKEN", "hunter2 "}})),
              ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_ADDR", "http://u:hunter2@a"}})),
              ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(failure({}, environment({{"CONSUL_HTTP_AUTH", "u:hunter2\n"}})),
              ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace rediscovery::consul
