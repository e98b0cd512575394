// Several runs become one table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runs.hpp"

namespace rediscovery::demo {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;

std::vector<Json> runs_with(const std::string& name, const std::vector<Json>& values) {
  std::vector<Json> runs;
  for (const auto& value : values) runs.push_back({{"scenario", "kill"}, {name, value}});
  return runs;
}

TEST(Runs, TheMedianIsTheMiddleOneOrBetweenTheTwo) {
  EXPECT_EQ(summarize(runs_with("x_ms", {3, 1, 2}))["median"]["x_ms"], 2);
  EXPECT_EQ(summarize(runs_with("x_ms", {4, 1, 2, 3.5}))["median"]["x_ms"], 2.75);
  EXPECT_EQ(summarize(runs_with("x_ms", {4}))["median"]["x_ms"], 4);
}

TEST(Runs, TheWorstIsTheHighestAndOfWhatSucceededTheLowest) {
  EXPECT_EQ(summarize(runs_with("failed", {0, 7, 2}))["worst"]["failed"], 7);
  EXPECT_EQ(summarize(runs_with("ok", {100, 7, 90}))["worst"]["ok"], 7);
}

TEST(Runs, WhatDidNotHappenIsWorseThanAnyNumber) {
  const auto once = summarize(runs_with("x_ms", {5, nullptr, 6}));
  EXPECT_EQ(once["median"]["x_ms"], 6);
  EXPECT_TRUE(once["worst"]["x_ms"].is_null());
  EXPECT_TRUE(summarize(runs_with("x_ms", {5, nullptr}))["median"]["x_ms"].is_null());
}

TEST(Runs, FiguresOfTheWriterAreSummarizedWithinIt) {
  const auto all = summarize({Json{{"scenario", "kill"}, {"writer", {{"ok", 10}}}},
                              Json{{"scenario", "kill"}, {"writer", {{"ok", 8}}}}});
  EXPECT_EQ(all.dump(),
            R"({"scenario":"kill","runs":2,"median":{"writer":{"ok":9}},"worst":{"writer":{"ok":8}}})");
}

TEST(Runs, TheTableHasALineForEachFigure) {
  const auto all =
      summarize({Json{{"scenario", "kill"}, {"ok", 3}, {"x_ms", nullptr}, {"writer", {{"ok", 10}}}}});
  EXPECT_THAT(table(all), ElementsAre(ContainsRegex("median +worst"), ContainsRegex("^ok +3 +3$"),
                                      ContainsRegex("^x_ms +- +-$"), ContainsRegex("^writer.ok +10 +10$")));
}

}  // namespace
}  // namespace rediscovery::demo
