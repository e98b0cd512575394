// The demo's command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "options.hpp"

namespace rediscovery::demo {
namespace {

Options parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--st-api-program", "a", "--updater-program", "b"});
  return parse_options(arguments);
}

TEST(DemoOptions, ReadsAllOfThem) {
  const auto options =
      parse({"--scenario", "planned", "--rate=50", "--writer-rate", "1000", "--discovery=push", "--updater",
             "observed", "--duration", "6", "--runs", "20", "--logs", "folder", "--json"});
  EXPECT_EQ(options.scenario, Scenario::planned);
  EXPECT_EQ(options.rate, 50);
  EXPECT_EQ(options.writer_rate, 1000);
  EXPECT_EQ(options.discovery, Discovery::push);
  EXPECT_EQ(options.updater_promotion, "observed");
  EXPECT_EQ(options.duration, std::chrono::seconds(6));
  EXPECT_EQ(options.runs, 20);
  EXPECT_EQ(options.logs, "folder");
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.st_api_program, "a");
  EXPECT_EQ(options.updater_program, "b");
  EXPECT_EQ(options.gate_program, "");
  EXPECT_EQ(parse({"--web", "--gate-program", "c"}).gate_program, "c");
}

TEST(DemoOptions, WithoutAnyThereIsOneRunWithoutAWriter) {
  const auto options = parse({});
  EXPECT_EQ(options.writer_rate, 0);
  EXPECT_EQ(options.runs, 1);
  EXPECT_EQ(options.discovery, Discovery::standbys);
  EXPECT_EQ(options.updater_promotion, "");
}

TEST(DemoOptions, TheWriterMayBeAlone) {
  EXPECT_EQ(parse({"--rate", "0", "--writer-rate", "1"}).rate, 0);
  EXPECT_THROW(parse({"--rate", "0"}), UsageError);
}

TEST(DemoOptions, ThereIsNoUpdaterToConfigureWhereAnOperatorMovesTheName) {
  for (const char* scenario : {"repoint", "move"}) {
    EXPECT_NO_THROW(parse({"--scenario", scenario}));
    EXPECT_THROW(parse({"--scenario", scenario, "--updater", "announced"}), UsageError);
  }
}

TEST(DemoOptions, ThePageHasDefaultsOfItsOwn) {
  const auto options = parse({"--web"});
  EXPECT_TRUE(options.live.web);
  EXPECT_EQ(options.live.port, 8099);
  EXPECT_EQ(options.rate, 300);
  EXPECT_EQ(options.live.duration, std::nullopt);
  EXPECT_EQ(parse({"--web", "--port", "0"}).live.port, 0);
  EXPECT_EQ(parse({"--web", "--duration", "86400"}).live.duration, std::chrono::hours(24));
  EXPECT_FALSE(parse({}).live.wanted());
}

TEST(DemoOptions, FaultsArePressedInTheOrderGiven) {
  const auto options = parse({"--faults", "planned,kill", "--rounds", "10", "--rate", "100", "--json"});
  EXPECT_THAT(options.live.faults, ::testing::ElementsAre("planned", "kill"));
  EXPECT_EQ(options.live.rounds, 10);
  EXPECT_FALSE(options.live.web);
  EXPECT_TRUE(options.live.wanted());
  EXPECT_THAT(parse({"--faults=all"}).live.faults,
              ::testing::ElementsAre("kill", "hang", "planned", "repoint", "dns-down", "consul-down"));
}

TEST(DemoOptions, WhatBelongsToOneScenarioDoesNotGoWithThePage) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--web", "--scenario", "kill"},
                                                    {"--web", "--writer-rate", "1"},
                                                    {"--faults", "all", "--runs", "2"},
                                                    {"--web", "--json"},
                                                    {"--web", "--rounds", "2"},
                                                    {"--web", "--rate", "0"},
                                                    {"--port", "1"},
                                                    {"--faults", "all", "--port", "1"},
                                                    {"--rounds", "2"},
                                                    {"--faults", ""},
                                                    {"--faults", "kill,meteor"},
                                                    {"--faults", "revive"},
                                                    {"--faults", "all", "--rounds", "0"},
                                                    {"--web", "--port", "65536"},
                                                    {"--web", "--duration", "0"}}) {
    EXPECT_THROW(parse(arguments), UsageError) << ::testing::PrintToString(arguments);
  }
}

TEST(DemoOptions, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse_options({"--help"}).help);
  EXPECT_THAT(usage(), ::testing::HasSubstr("--scenario"));
}

TEST(DemoOptions, RefusesWhatItDoesNotKnowAndSaysWhat) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> bad = {
      {{"--scenario", "meteor"}, "meteor"},
      {{"--rate", "-1"}, "--rate"},
      {{"--rate", "301"}, "0 to 300"},
      {{"--writer-rate", "2001"}, "--writer-rate"},
      {{"--writer-rate", "2001"}, "0 to 2000"},
      {{"--discovery", "gossip"}, "standbys, push, dns"},
      {{"--updater", "later"}, "announced, observed"},
      {{"--runs", "0"}, "--runs"},
      {{"--runs", "1001"}, "1 to 1000"},
      {{"--rate", "ten"}, "--rate"},
      {{"--rate", ""}, "--rate"},
      {{"--duration", "5"}, "--duration"},
      {{"--duration", "301"}, "--duration"},
      {{"--verbose"}, "--verbose"},
      {{"stray"}, "stray"},
  };
  for (const auto& [arguments, name] : bad) {
    try {
      parse(arguments);
      ADD_FAILURE() << name;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
    }
  }
  EXPECT_THROW(parse_options({}), UsageError);
  EXPECT_THROW(parse_options({"--rate"}), UsageError);
}

}  // namespace
}  // namespace rediscovery::demo
