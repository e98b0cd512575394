#include "updater/check_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "check_situation.hpp"
#include "updater/check_command.hpp"

namespace rediscovery::updater::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string printed(const Findings& findings, bool colours = false) {
  std::ostringstream out;
  print(findings, colours, out);
  return out.str();
}

const Findings kSome = {{"", Area::consul, Grade::ok, "fine", ""},
                        {"a", Area::dns, Grade::warning, "odd", "look"},
                        {"a", Area::redis, Grade::problem, "bad", "mend it"}};

TEST(CheckText, AFindingIsALineWithItsRemedyBelow) {
  EXPECT_EQ(printed(kSome),
            "ok       consul         fine\n"
            "\n"
            "a\n"
            "warning  dns            odd\n"
            "                        -> look\n"
            "PROBLEM  redis          bad\n"
            "                        -> mend it\n"
            "\n"
            "1 problem, 1 warning; somebody must act (exit code 2)\n");
}

TEST(CheckText, ColoursAreOnTheLevelsOnly) {
  EXPECT_THAT(printed(kSome, true), HasSubstr("\033[31mPROBLEM  \033[0m"));
  EXPECT_THAT(printed(kSome), Not(HasSubstr("\033")));
}

TEST(CheckText, WhatAServerSaysCannotSteerTheTerminal) {
  EXPECT_THAT(printed({{"", Area::dns, Grade::ok, "a\033[2Jb\nc", ""}}), HasSubstr("a [2Jb c"));
}

TEST(CheckText, JsonHoldsEveryFindingAndTheExitCode) {
  const auto json = to_json(kSome);
  EXPECT_EQ(json["exit_code"], 2);
  ASSERT_EQ(json["findings"].size(), 3U);
  EXPECT_EQ(json["findings"][2], (nlohmann::json{{"master", "a"},
                                                 {"area", "redis"},
                                                 {"level", "problem"},
                                                 {"heals", false},
                                                 {"text", "bad"},
                                                 {"remedy", "mend it"}}));
}

TEST(CheckText, ColoursFollowTheOptionTheTerminalAndNoColor) {
  const auto unset = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  const auto set = [](std::string_view name) -> std::optional<std::string> {
    return name == "NO_COLOR" ? std::optional<std::string>("1") : std::nullopt;
  };
  EXPECT_TRUE(wants_colours(Colours::automatic, true, unset));
  EXPECT_FALSE(wants_colours(Colours::automatic, false, unset));
  EXPECT_FALSE(wants_colours(Colours::automatic, true, set));
  EXPECT_TRUE(wants_colours(Colours::always, false, set));
  EXPECT_FALSE(wants_colours(Colours::never, true, unset));
}

}  // namespace
}  // namespace rediscovery::updater::testing
