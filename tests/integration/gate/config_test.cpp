// What st-api-gate is told, without servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "common/settings.hpp"

namespace st_gate {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Environment = std::map<std::string, std::string>;

// What is wrong; empty: nothing.
std::string problem(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  try {
    (void)read_config(arguments, environment);
  } catch (const st_api::UsageError& error) {
    return error.what();
  }
  return {};
}

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

TEST(GateConfig, AnEndIsRefusedWhereItWouldNotBeKept) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"admit", "a", "--for", "2h"},
                                                    {"admit", "a", "--for=2h"},
                                                    {"status", "--for", "2h"},
                                                    {"run", "--for", "2h"}}) {
    EXPECT_THAT(problem(arguments), HasSubstr("--for goes with exclude only")) << arguments.front();
  }
  EXPECT_EQ(read_config({"exclude", "a", "--reason", "disk", "--for", "2h"}, {}).span, 2h);
}

TEST(GateConfig, AnEndInTheEnvironmentStandsForExclusionsAndDoesNotDisturbAdmissions) {
  const Environment environment{{"ST_GATE_FOR", "2h"}};
  EXPECT_EQ(problem({"admit", "a"}, environment), "");
  EXPECT_EQ(read_config({"exclude", "a", "--reason", "disk"}, environment).span, 2h);
}

TEST(GateConfig, TheHelpSaysWhichOptionsAreForTheCommandLineAlone) {
  EXPECT_THAT(help_text(), HasSubstr("All options but --json can be given as ST_GATE_"));
  EXPECT_THAT(problem({"admit", "a"}, {{"ST_GATE_JSON", "true"}}), HasSubstr("ST_GATE_JSON"));
  EXPECT_EQ(problem({"admit", "a"}, {{"ST_GATE_CONFIG", ""}}), "");
}

}  // namespace
}  // namespace st_gate
