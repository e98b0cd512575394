// What the gate keeps in Consul's KV between decisions.
#include <gtest/gtest.h>

#include "story.hpp"

namespace st_gate {
namespace {

using namespace std::chrono_literals;

TEST(GateMemory, ComesBackAsItWasWritten) {
  Story story("abc");
  story.set('b', Health::critical);
  story.act();
  story.memory.pace = after_failure(story.memory.pace, story.rules, story.now, 0.5);
  EXPECT_EQ(parse_memory(to_json(story.memory).dump()), story.memory);
}

TEST(GateMemory, WhatIsNoMemoryIsRefused) {
  for (const char* text : {"", "nonsense", "{}", "[]", R"({"format":2})", R"({"format":1,"instances":3})",
                           R"({"format":1,"instances":{"a":{"good":"yes"}},"before":[],"pace":{}})",
                           R"({"format":1,"instances":{},"before":[],
                               "pace":{"last":0,"spent":0,"failures":1e99,"not_before":0}})",
                           R"({"format":1,"instances":{"a":{"good":true,"since":-1e99,"left":0}},"before":[],
                               "pace":{"last":0,"spent":0,"failures":0,"not_before":0}})"}) {
    EXPECT_EQ(parse_memory(text), std::nullopt) << text;
  }
}

TEST(GateMemory, ForgetsInstancesThatAreGone) {
  Story story("abc");
  story.unregister('c');
  story.act();
  story.pass(1h);
  story.act();
  EXPECT_EQ(story.memory.instances.count("node-c/c"), 0U);
  EXPECT_EQ(story.memory.instances.count("node-a/a"), 1U);
}

TEST(GateMemory, AClockThatWasSetBackMakesNobodyWaitForLongerThanAServerMayAskFor) {
  const Story story("abc");
  Memory memory;
  memory.pace = after_failure({}, story.rules, story.now, 1.0, 1h);
  EXPECT_EQ(not_after(memory, story.now, story.rules), memory);
  const Time earlier = story.now - 24h;
  EXPECT_EQ(not_after(memory, earlier, story.rules).pace.not_before, earlier + story.rules.asked_longest);
}

TEST(GateMemory, WhatIsKeptByAnIdAloneIsNobodysAndIsForgotten) {
  Story story("abc");
  const auto old =
      parse_memory(R"({"format":1,"instances":{"a":{"good":false,"since":7,"left":7}},"before":[],
                       "healthy":3,"pace":{"last":0,"spent":0,"failures":0,"not_before":0}})");
  ASSERT_TRUE(old);
  story.memory = *old;
  story.act();
  EXPECT_EQ(story.plan, Plan{});
  EXPECT_EQ(story.memory.instances.count("a"), 0U);
  EXPECT_EQ(story.memory.instances.count("node-a/a"), 1U);
}

}  // namespace
}  // namespace st_gate
