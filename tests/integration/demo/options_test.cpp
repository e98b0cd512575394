// The demo's command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "options.hpp"

namespace rediscovery::demo {
namespace {

Options parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--st-api", "a", "--updater", "b"});
  return parse_options(arguments);
}

TEST(DemoOptions, ReadsAllOfThem) {
  const auto options = parse({"--scenario", "planned", "--rate=50", "--duration", "6", "--json"});
  EXPECT_EQ(options.scenario, Scenario::planned);
  EXPECT_EQ(options.rate, 50);
  EXPECT_EQ(options.duration, std::chrono::seconds(6));
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.st_api, "a");
}

TEST(DemoOptions, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse_options({"--help"}).help);
  EXPECT_THAT(usage(), ::testing::HasSubstr("--scenario"));
}

TEST(DemoOptions, RefusesWhatItDoesNotKnowAndSaysWhat) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> bad = {
      {{"--scenario", "meteor"}, "meteor"},
      {{"--rate", "0"}, "--rate"},
      {{"--rate", "251"}, "--rate"},
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
