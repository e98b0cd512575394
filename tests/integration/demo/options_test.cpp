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
