// The page's decisions about the nodes in public DNS: what can be done when, and what is told of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/gate_story.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Clock::time_point kBegin{std::chrono::hours(1)};

GateNode node(const std::string& number) {
  return {"st-api-" + number, "127.0.0.4" + number, true, "passing", true, "", ""};
}

// All three are in.
GateSituation all_well() {
  GateSituation situation;
  situation.nodes = {node("1"), node("2"), node("3")};
  situation.answer = {"127.0.0.41", "127.0.0.42", "127.0.0.43"};
  return situation;
}

std::string why(const std::string& name, const GateSituation& situation) {
  const auto order = find_gate_order(name, situation);
  return order ? why_not(*order, situation) : "unknown";
}

TEST(LiveGate, AnOrderIsForOneNodeOrForAll) {
  const auto situation = all_well();
  EXPECT_THAT(find_gate_order("take-redis/st-api-2", situation)->nodes, ElementsAre(1));
  EXPECT_THAT(find_gate_order("admit", situation)->nodes, ElementsAre(0, 1, 2));
  for (const char* name :
       {"", "/", "kill", "take-redis/", "take-redis/st-api-4", "take-redis/st-api-2/x", "Admit"})
    EXPECT_FALSE(find_gate_order(name, situation)) << name;
}

TEST(LiveGate, WhatWouldMakeNoDifferenceIsRefused) {
  auto situation = all_well();
  EXPECT_EQ(why("take-redis/st-api-1", situation), "");
  EXPECT_THAT(why("give-redis/st-api-1", situation), HasSubstr("not been taken away"));
  EXPECT_THAT(why("admit", situation), HasSubstr("admitted already"));
  EXPECT_EQ(why("exclude/st-api-3", situation), "");
  situation.nodes[0].redis = false;
  situation.nodes[2].admitted = false;
  EXPECT_THAT(why("take-redis/st-api-1", situation), HasSubstr("already"));
  EXPECT_EQ(why("take-redis", situation), "") << "two are left";
  EXPECT_THAT(concerned(*find_gate_order("take-redis", situation), situation), ElementsAre(1, 2));
  EXPECT_THAT(concerned(*find_gate_order("admit", situation), situation), ElementsAre(2));
  EXPECT_THAT(why("exclude/st-api-3", situation), HasSubstr("out already"));
}

TEST(LiveGate, TheGatesOwnWordsSayWhoIsAdmittedAndWhatIsHeld) {
  auto situation = all_well();
  note_status(nlohmann::json::parse(R"({
    "instances": [{"id": "st-api-1", "admitted": true},
                  {"id": "st-api-2", "admitted": false, "why": "seen for the first time"}],
    "plan": {"held": [{"address": "127.0.0.41", "held_by": "floor"}]},
    "floor": {"least": 2, "of": 3}})"),
              situation);
  EXPECT_TRUE(situation.nodes[0].admitted);
  EXPECT_EQ(situation.nodes[0].held_by, "floor");
  EXPECT_EQ(situation.nodes[1].why, "seen for the first time");
  EXPECT_THAT(situation.nodes[2].why, HasSubstr("does not know it"));
  const auto json = to_json(situation);
  EXPECT_EQ(json["guard"], "floor");
  EXPECT_EQ(json["floor"].dump(), R"({"least":2,"of":3})");
  EXPECT_TRUE(json["nodes"][0]["in_answer"]);
  EXPECT_THROW(note_status({{"instances", 3}}, situation), nlohmann::json::exception);
}

TEST(LiveGate, AServerThatDoesNotAnswerIsNotOneWithoutAddresses) {
  auto situation = all_well();
  situation.answer.reset();
  EXPECT_TRUE(to_json(situation)["answer"].is_null());
  EXPECT_FALSE(to_json(situation)["nodes"][0]["in_answer"]);
  situation.answer.emplace();
  EXPECT_EQ(to_json(situation)["answer"].dump(), "[]");
}

class LiveGateStory : public ::testing::Test {
 protected:
  static Clock::time_point at(int ms) { return kBegin + milliseconds(ms); }
  [[nodiscard]] std::vector<std::string> phases() const {
    std::vector<std::string> texts;
    const auto took = story_.took();
    for (const auto& phase : took.back()["phases"])
      texts.push_back(phase["name"].get<std::string>() + " " + std::to_string(phase["ms"].get<int>()));
    return texts;
  }
  GateStory story_{all_well().nodes, kBegin};
};

TEST_F(LiveGateStory, SplitsTheTimeIntoConsulsPartAndTheGates) {
  story_.acted({GateAct::take_redis, {1}}, at(100));
  story_.checked(1, "critical", at(700));
  story_.answered(1, false, at(720));
  EXPECT_THAT(phases(),
              ElementsAre("Redis gone → check critical 600", "check critical → out of the answer 20"));
  EXPECT_EQ(story_.took().back()["id"], "st-api-2");
  const auto line = story_.lines().back();
  EXPECT_EQ(line["since_fault_ms"], 620);
  EXPECT_THAT(line["text"].get<std::string>(),
              HasSubstr("127.0.0.42 (st-api-2) is out of the answer: 600 ms until"));
}

TEST_F(LiveGateStory, WhatWasHeldSaysWhy) {
  story_.acted({GateAct::give_redis, {1}}, at(0));
  story_.checked(1, "passing", at(500));
  story_.told({{"message", "held: not added yet"}, {"address", "127.0.0.42"}, {"held_by", "rise"}}, at(510));
  story_.answered(1, true, at(2600));
  EXPECT_THAT(phases().back(), HasSubstr("in the answer (it must be passing for a while first) 2100"));
}

TEST_F(LiveGateStory, WhatIsHeldIsToldOnceUntilSomethingChanges) {
  const nlohmann::json held{
      {"message", "held: not removed"}, {"address", "127.0.0.42"}, {"held_by", "freeze"}, {"because", "why"}};
  story_.told(held, at(0));
  story_.told(held, at(1));
  EXPECT_EQ(story_.lines().size(), 1U);
  auto floor = held;
  floor["held_by"] = "floor";
  story_.told(floor, at(2));
  story_.checked(1, "passing", at(3));
  story_.told(floor, at(4));
  EXPECT_EQ(story_.lines().size(), 4U);
}

TEST_F(LiveGateStory, WithoutACheckThereIsOnePart) {
  story_.acted({GateAct::exclude, {0}}, at(0));
  story_.answered(0, false, at(30));
  EXPECT_THAT(phases(), ElementsAre("excluded → out of the answer 30"));
}

TEST_F(LiveGateStory, WhatNobodyDidHasNoFigures) {
  story_.answered(0, false, at(30));
  EXPECT_THAT(story_.took(), IsEmpty());
  // Nor has what ends otherwise than the hand meant it.
  story_.acted({GateAct::give_redis, {1}}, at(40));
  story_.answered(1, false, at(50));
  EXPECT_THAT(story_.took(), IsEmpty());
}

TEST_F(LiveGateStory, WhatIsKeptIsBounded) {
  for (int i = 0; i < 500; ++i) {
    story_.acted({GateAct::take_redis, {0, 1, 2}}, at(10 * i));
    story_.answered(1, false, at(10 * i + 1));
  }
  EXPECT_EQ(story_.lines().size(), 60U);
  EXPECT_EQ(story_.took().size(), 6U);
  EXPECT_EQ(story_.lines().back()["n"], 1000);
}

}  // namespace
}  // namespace rediscovery::demo::live
