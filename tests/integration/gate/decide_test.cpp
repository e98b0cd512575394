// The gate's decision, told as stories: which addresses enter and leave, and which do not although health
// asks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story.hpp"

namespace st_gate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(GateDecision, NothingIsDoneWhereTheAnswerIsRight) {
  Story story("abc");
  story.act();
  EXPECT_EQ(story.plan, Plan{});
  EXPECT_EQ(to_text(story.plan), "nothing to do\n");
  const Memory before = story.memory;
  story.pass(10s);
  story.act();
  EXPECT_EQ(story.memory, before) << "and nothing is written to the KV";
}

TEST(GateDecision, ACriticalNodeLeavesAtOnceAndNobodyElseMoves) {
  Story story("abc");
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.2");
  EXPECT_EQ(story.answer(), "ac");
}

TEST(GateDecision, ARecoveredNodeEntersOnceItHasBeenPassingForLongEnough) {
  Story story("abc");
  story.set('b', Health::critical);
  story.act();
  story.pass(60s);
  story.set('b', Health::passing);
  story.act();
  EXPECT_EQ(story.changes(), "");
  EXPECT_EQ(story.held(), "rise 192.0.2.2");
  EXPECT_EQ(story.plan.wake, story.now + 5s);
  story.pass(5s);
  story.act();
  EXPECT_EQ(story.changes(), "+192.0.2.2");
}

TEST(GateDecision, ANodeThatFlapsStaysOutForTheHold) {
  Story story("abc");
  story.set('b', Health::critical);
  story.act();
  story.pass(2s);
  story.set('b', Health::passing);
  story.act();
  EXPECT_EQ(story.held(), "pause 192.0.2.2");
  story.pass(10s);
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.held(), "");
  story.pass(10s);
  story.set('b', Health::passing);
  story.act();
  story.pass(8s);
  story.act();
  EXPECT_EQ(story.changes(), "+192.0.2.2") << "30 s after it left, and 8 s passing";
}

TEST(GateDecision, ACriticalNodeMayBeGivenTimeBeforeItLeaves) {
  Story story("abc");
  story.rules.fall = 3s;
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.held(), "fall 192.0.2.2");
  story.pass(2s);
  story.set('b', Health::passing);
  story.act();
  EXPECT_EQ(story.plan, Plan{});
  story.set('b', Health::critical);
  story.act();
  story.pass(3s);
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.2");
}

TEST(GateDecision, AWarningChangesNothing) {
  Story story("abc");
  story.set('b', Health::warning);
  story.act();
  EXPECT_EQ(story.plan, Plan{});
  story.set('b', Health::critical);
  story.act();
  story.pass(60s);
  story.set('b', Health::warning);
  story.act();
  story.pass(60s);
  story.act();
  EXPECT_EQ(story.answer(), "ac");
}

TEST(GateDecision, ANewNodeStaysOutUntilItIsAdmitted) {
  Story story("abc");
  story.enroll('d');
  story.pass(60s);
  story.act();
  story.pass(60s);
  story.act();
  EXPECT_EQ(story.answer(), "abc");
  story.admit('d');
  story.act();
  EXPECT_EQ(story.answer(), "abcd") << "it has been passing for long enough meanwhile";
}

TEST(GateDecision, WhoIsExcludedLeavesAtOnceAndReturnsAtTheExpiry) {
  Story story("abc");
  story.world.subjects["node-b"].exclusion = {"disk", "ada", story.now, story.now + 1h};
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.2");
  EXPECT_THAT(story.plan.changes.at(0).why, HasSubstr("excluded (node-b) by ada: disk, until "));
  EXPECT_EQ(story.plan.wake, story.now + 1h);
  story.pass(1h);
  story.act();
  EXPECT_EQ(story.changes(), "+192.0.2.2");
}

TEST(GateDecision, AnExclusionCountsForAnInstanceOrForItsNode) {
  Story story("abc");
  story.world.subjects["b"].exclusion = {"by its ID", "ada", story.now, std::nullopt};
  story.act();
  EXPECT_EQ(story.answer(), "ac");
}

TEST(GateDecision, AnAddressStaysWhileOneOfItsInstancesIsGood) {
  Story story("abc");
  story.world.instances.push_back({"b2", "node-b", address_of('b'), Health::passing});
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.plan, Plan{});
}

TEST(GateDecision, NodesThatRegisterTheSameIdAreToldApart) {
  Story story("abcdef");
  for (auto& instance : story.world.instances) instance.id = "st-api";
  auto& instances = story.world.instances;
  instances.at(1).health = Health::critical;
  story.act();
  EXPECT_EQ(story.answer(), "acdef");
  story.pass(2min);
  instances.at(2).health = Health::critical;
  story.act();
  EXPECT_EQ(story.answer(), "adef");
  story.pass(2min);
  instances.at(2).health = Health::passing;
  instances.at(3).health = Health::critical;
  story.act();
  EXPECT_EQ(story.answer(), "aef");
  EXPECT_EQ(story.held(), "rise 192.0.2.3") << "that b is critical for good is not c's health";
  story.pass(5s);
  story.act();
  EXPECT_EQ(story.changes(), "+192.0.2.3") << "and that d has just left is no pause of c's";
}

TEST(GateDecision, WhoIsNotRegisteredAnyMoreLeaves) {
  Story story("abc");
  story.unregister('b');
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.2");
  EXPECT_EQ(story.plan.changes.at(0).why, "not registered any more");
}

TEST(GateDecision, WhoHasLeftByBeingDeregisteredWaitsForTheRiseAlone) {
  Story story("abc");
  story.unregister('b');
  story.act();
  ASSERT_EQ(story.answer(), "ac");
  story.pass(2s);
  story.enroll('b');
  story.act();
  EXPECT_EQ(story.held(), "rise 192.0.2.2");
  story.pass(5s);
  story.act();
  EXPECT_EQ(story.changes(), "+192.0.2.2");
}

TEST(GateDecision, RecordsOfOthersAreLeftAlone) {
  Story story("abc");
  story.publish('z', false);
  story.act();
  EXPECT_EQ(story.plan, Plan{});
  story.enroll('z', Health::critical);
  story.admit('z');
  story.act();
  EXPECT_EQ(story.changes(), "");
  EXPECT_THAT(story.plan.findings,
              ElementsAre(HasSubstr("192.0.2.26 (z on node-z, critical) is in the answer, but not ours")));
  story.set('z', Health::passing);
  story.pass(60s);
  story.act();
  EXPECT_EQ(story.changes(), "") << "nor are they taken over";
}

TEST(GateDecision, AnInstanceWithoutAnAddressIsReported) {
  Story story("abc");
  story.world.instances.push_back({"x", "node-x", "", Health::passing});
  story.act();
  EXPECT_THAT(story.plan.findings, ElementsAre("x on node-x has no numeric address: it cannot be published"));
}

TEST(GateDecision, WithoutALeaderInConsulNothingIsChanged) {
  Story story("abc");
  story.world.known_leader = false;
  story.set_all(Health::critical);
  story.act();
  EXPECT_EQ(story.changes(), "");
  EXPECT_TRUE(story.plan.frozen);
  EXPECT_TRUE(story.plan.guarded());
  EXPECT_EQ(story.answer(), "abc");
}

TEST(GateDecision, AListOfTheAdmittedThatIsGoneChangesNothing) {
  Story story("abc");
  story.world.subjects.clear();
  story.pass(1h);
  story.act();
  EXPECT_TRUE(story.plan.frozen);
  EXPECT_EQ(story.answer(), "abc");
}

TEST(GateDecision, WhenAllFailAtOnceNobodyIsRemovedAndLaterTheFloorHolds) {
  Story story("abc");
  story.set_all(Health::critical);
  story.act();
  EXPECT_EQ(story.answer(), "abc");
  EXPECT_THAT(story.held(), HasSubstr("freeze"));
  story.pass(60s);
  story.act();
  EXPECT_EQ(story.answer().size(), 2U) << "half of three, rounded up";
  EXPECT_EQ(story.plan.held.at(0).hold, Hold::floor);
  for (int i = 0; i < 20; ++i) {
    story.pass(60s);
    story.act();
  }
  EXPECT_EQ(story.answer().size(), 2U);
}

TEST(GateDecision, NobodyRegisteredAtAllLeavesTheFloor) {
  Story story("abc");
  for (const char name : {'a', 'b', 'c'}) story.unregister(name);
  story.act();
  EXPECT_EQ(story.answer(), "abc");
  story.pass(60s);
  story.act();
  EXPECT_EQ(story.answer().size(), 1U);
  story.pass(60s);
  story.act();
  EXPECT_EQ(story.answer().size(), 1U);
}

TEST(GateDecision, WhoHasFailedLastStaysForTheFloor) {
  Story story("abc");
  for (const char name : {'b', 'c', 'a'}) {
    story.set(name, Health::critical);
    story.act();
    story.pass(2min);
  }
  story.act();
  EXPECT_EQ(story.answer(), "ac") << "b has left, c has failed before a, and the floor is two";
  EXPECT_THAT(story.held(), HasSubstr("floor"));
}

TEST(GateDecision, ForTheFloorTheFailedStaysBeforeTheExcluded) {
  Story story("ab");
  story.rules.shrink_percent = 100;
  story.world.subjects["node-a"].exclusion = {"why", "ada", story.now, std::nullopt};
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.answer(), "b");
}

TEST(GateDecision, NewNodesThatNobodyHasVerifiedDoNotRaiseTheFloor) {
  Story story("abc");
  for (char name = 'd'; name <= 'p'; ++name) story.enroll(name);
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.answer(), "ac");
}

TEST(GateDecision, WhoIsExcludedCountsForTheFloorOnlyIfItHasBeenAdmitted) {
  Story story("abcd");
  story.world.subjects["node-a"].exclusion = {"disk", "ada", story.now, std::nullopt};
  for (char name = 'e'; name <= 'p'; ++name) {
    story.enroll(name);
    story.world.subjects[std::string("node-") + name].exclusion = {"ill", "ada", story.now, std::nullopt};
  }
  story.act();
  EXPECT_EQ(story.answer(), "bcd");
  const Decision decision = decide(story.world, story.memory, story.rules, story.now);
  EXPECT_EQ(decision.registered, 4U);
  EXPECT_EQ(decision.floor, 2U);
}

TEST(GateDecision, AtTheFloorOneThatEntersLetsOneLeave) {
  Story story("ab");
  story.rules.floor_count = 2;
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(story.held(), "floor 192.0.2.2");
  story.enroll('c');
  story.admit('c');
  story.act();
  story.pass(5s);
  story.act();
  EXPECT_EQ(story.changes(), "+192.0.2.3 -192.0.2.2");
}

TEST(GateDecision, ChangesRightAfterAnUpdateAreGatheredIntoTheNext) {
  Story story("abcdefgh");
  story.set('a', Health::critical);
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.1");
  story.pass(100ms);
  story.set('b', Health::critical);
  story.act();
  story.pass(100ms);
  story.set('c', Health::critical);
  story.act();
  EXPECT_EQ(story.changes(), "");
  EXPECT_EQ(story.held(), "pace 192.0.2.2 pace 192.0.2.3");
  story.pass(800ms);
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.2 -192.0.2.3");
}

TEST(GateDecision, ThePauseThatTheServerAsksForIsKeptHoweverOftenSomebodyLooks) {
  Story story("abc");
  story.set('b', Health::critical);
  story.memory.pace = after_failure(story.memory.pace, story.rules, story.now, 0.5, 2min);
  for (int i = 0; i < 12; ++i, story.pass(10s)) {
    story.act();
    EXPECT_EQ(story.held(), "pace 192.0.2.2") << i;
  }
  story.act();
  EXPECT_EQ(story.changes(), "-192.0.2.2");
}

TEST(GateDecision, AClockThatWasSetBackHoldsNothingUp) {
  Story story("abc");
  story.set('a', Health::critical);
  story.act();
  story.now -= 24h;
  story.set('a', Health::passing);
  story.set('b', Health::critical);
  story.act();
  story.pass(1s);
  story.act();
  EXPECT_EQ(story.held(), "pause 192.0.2.1 floor 192.0.2.2");
  story.pass(40s);
  story.act();
  EXPECT_EQ(story.answer(), "ac");
}

TEST(GateDecision, ThePlanCanBeReadByPeopleAndByMachines) {
  Story story("abc");
  story.set('b', Health::critical);
  story.act();
  EXPECT_EQ(to_text(story.plan), "- 192.0.2.2  b on node-b  critical\n");
  story.set('c', Health::critical);
  story.act();
  EXPECT_THAT(to_text(story.plan),
              HasSubstr("= not removed (freeze: 1 are healthy, of 3 a short while ago; believed at "));
  const auto json = to_json(story.plan);
  EXPECT_EQ(json.at("held").at(0).at("held_by"), "freeze");
  EXPECT_EQ(json.at("held").at(0).at("address"), "192.0.2.3");
}

}  // namespace
}  // namespace st_gate
