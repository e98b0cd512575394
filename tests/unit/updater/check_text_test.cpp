#include "updater/check_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "check_situation.hpp"
#include "updater/check_command.hpp"
#include "updater/status_table.hpp"

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

TEST(StatusTable, ShowsWhatEverybodySaysInAlignedColumns) {
  CheckSituation situation;
  situation.node(7).report->master_link_up = false;
  situation.consul().entries[1].checks["heartbeat"] = "critical";
  std::ostringstream out;
  print(statuses_of(situation.facts), out);
  EXPECT_EQ(out.str(),
            "mymaster: 10.0.0.5:6379 at config-epoch 7\n"
            "  sentinels  3 of 3 agree, quorum 2\n"
            "  consul     epoch 7, since then\n"
            "             by other:1\n"
            "\n"
            "  REDIS          SAYS              SENTINELS  CONSUL\n"
            "  10.0.0.5:6379  master            master     master\n"
            "  10.0.0.6:6379  slave             healthy    critical\n"
            "  10.0.0.7:6379  slave, link down  healthy    slave\n"
            "\n"
            "  DNS            NAME                   ANSWER\n"
            "  10.0.2.1:8600  master.service.consul  10.0.0.5:6379\n"
            "  10.0.2.1:8600  slave.service.consul   10.0.0.6:6379\n"
            "                                        10.0.0.7:6379\n");
}

TEST(StatusTable, WithoutSentinelsTheFenceNamesTheMaster) {
  CheckSituation situation;
  for (std::size_t i = 1; i <= 3; ++i) situation.cannot_be_reached(i);
  const auto statuses = statuses_of(situation.facts);
  EXPECT_EQ(statuses[0].address, redis(5));
  EXPECT_EQ(statuses[0].supporters, 0U);
  EXPECT_EQ(exit_code(statuses), 1);
}

TEST(StatusTable, JsonHasTheSame) {
  const CheckSituation situation;
  const auto json = to_json(statuses_of(situation.facts));
  EXPECT_EQ(json[0]["address"], "10.0.0.5:6379");
  EXPECT_EQ(json[0]["sentinels"]["agree"], 3);
  EXPECT_EQ(json[0]["fence"]["writer"], "other:1");
  EXPECT_EQ(json[0]["nodes"][1]["sentinels"], "healthy");
  EXPECT_EQ(json[0]["dns"][0]["answer"], "10.0.0.5:6379");
  EXPECT_EQ(exit_code(statuses_of(situation.facts)), 0);
}

}  // namespace
}  // namespace rediscovery::updater::testing
