// What st-api-gate is told, without servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"

namespace st_gate {
namespace {

using Environment = std::map<std::string, std::string>;

// Of a command that needs nothing else.
ConsulSettings consul_of(const std::vector<std::string>& more, const Environment& environment) {
  std::vector<std::string> arguments{"admit", "node-1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return read_config(arguments, environment).consul;
}

TEST(GateConfig, ATokenFileOfOurOwnCountsBeforeConsulsVariables) {
  Environment environment{{"CONSUL_HTTP_TOKEN", "consuls"}, {"CONSUL_HTTP_TOKEN_FILE", "/consuls"}};
  const ConsulSettings by_option = consul_of({"--consul-token-file", "/ours"}, environment);
  EXPECT_EQ(by_option.token_file, "/ours");
  EXPECT_EQ(by_option.token, "");
  environment["ST_GATE_CONSUL_TOKEN_FILE"] = "/ours";
  const ConsulSettings by_variable = consul_of({}, environment);
  EXPECT_EQ(by_variable.token_file, "/ours");
  EXPECT_EQ(by_variable.token, "");
}

TEST(GateConfig, OfConsulsVariablesTheFileCountsBeforeTheToken) {
  Environment environment{{"CONSUL_HTTP_TOKEN", "consuls"}, {"CONSUL_HTTP_TOKEN_FILE", "/consuls"}};
  EXPECT_EQ(consul_of({}, environment).token_file, "/consuls");
  EXPECT_EQ(consul_of({}, environment).token, "");
  environment["CONSUL_HTTP_TOKEN_FILE"] = "";
  EXPECT_EQ(consul_of({}, environment).token_file, "");
  EXPECT_EQ(consul_of({}, environment).token, "consuls");
}

TEST(GateConfig, ATokenOfOurOwnCountsBeforeAllFiles) {
  const ConsulSettings consul = consul_of(
      {"--consul-token-file", "/ours"},
      {{"ST_GATE_CONSUL_TOKEN", "ours"}, {"CONSUL_HTTP_TOKEN", "consuls"}, {"CONSUL_HTTP_TOKEN_FILE", "/c"}});
  EXPECT_EQ(consul.token, "ours");
  EXPECT_EQ(consul.token_file, "");
}

}  // namespace
}  // namespace st_gate
