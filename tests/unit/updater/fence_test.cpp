#include "updater/fence.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

const Fence kFence{7, {"fd00::6", 6379, {}}, 12, {"master", "slave"}, "host:1", "2026-11-22T12:00:00.000Z"};

TEST(Fence, SurvivesBeingWrittenAndRead) { EXPECT_EQ(parse_fence(to_json_text(kFence)), kFence); }

TEST(Fence, RemembersWhoseWordAnObservationWaitsForAndWhatWasGivenUp) {
  Fence fence = kFence;
  fence.observed = Observed{core::Endpoint{"fd00::1", 26379, {}}, 6};
  fence.given_up_epoch = 9;
  EXPECT_EQ(parse_fence(to_json_text(fence)), fence);
  fence.observed->leader.run_id = "a1";
  const auto read = parse_fence(to_json_text(fence));
  ASSERT_TRUE(read && read->observed);
  EXPECT_EQ(read->observed->leader.run_id, "a1");
  EXPECT_EQ(read->observed->leader.endpoint, fence.observed->leader.endpoint);
}

TEST(Fence, AnObservationThatIsSpoiledIsNone) {
  for (const char* observed :
       {"1", "{}", R"({"leader":"x","from_epoch":1})", R"({"leader":"10.0.1.1:1","from_epoch":-1})"}) {
    const auto fence = parse_fence(
        R"({"epoch":1,"address":"10.0.0.1:1","revision":1,"master_service":"m","slave_service":"s","observed":)" +
        std::string(observed) + "}");
    ASSERT_TRUE(fence) << observed;
    EXPECT_EQ(fence->observed, std::nullopt) << observed;
  }
}

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
