#include "updater/fence.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

const Fence kFence{7, {"fd00::6", 6379, {}}, 12, {"master", "slave"}, "host:1", "2026-11-22T12:00:00.000Z"};

TEST(Fence, SurvivesBeingWrittenAndRead) { EXPECT_EQ(parse_fence(to_json_text(kFence)), kFence); }

TEST(Fence, AHostNameThatIsNoTextDoesNotStopAWrite) {
  Fence fence = kFence;
  fence.writer = "\xff\xfe";
  EXPECT_TRUE(parse_fence(to_json_text(fence)));
}

TEST(Fence, FieldsOfLaterVersionsAreIgnored) {
  EXPECT_TRUE(parse_fence(
      R"({"epoch":1,"address":"10.0.0.1:1","revision":1,"master_service":"m","slave_service":"s","new":[1]})"));
}

TEST(Fence, AnythingElseIsNotOurs) {
  for (const char* text :
       {"", "7", "null", "[]", "{}", "{\"epoch\":1",
        R"({"epoch":-1,"address":"10.0.0.1:1","revision":1,"master_service":"m","slave_service":"s"})",
        R"({"epoch":"1","address":"10.0.0.1:1","revision":1,"master_service":"m","slave_service":"s"})",
        R"({"epoch":1,"address":"host:1","revision":1,"master_service":"m","slave_service":"s"})",
        R"({"epoch":1,"address":1,"revision":1,"master_service":"m","slave_service":"s"})",
        R"({"epoch":1,"address":"10.0.0.1:1","master_service":"m","slave_service":"s"})",
        R"({"epoch":1,"address":"10.0.0.1:1","revision":1,"master_service":"../m","slave_service":"s"})"}) {
    EXPECT_EQ(parse_fence(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace rediscovery::updater
