// The entries of admit and exclude.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/subjects.hpp"

namespace st_gate {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const Time kNow{std::chrono::hours(490'000)};
const Instance kInstance{"st-api-1", "node-1", "192.0.2.1", Health::passing};

Subject admitted() { return {true, "ada", kNow, std::nullopt}; }
Subject excluded(std::optional<Time> until = std::nullopt) {
  return {true, "ada", kNow, Exclusion{"disk", "bob", kNow, until}};
}

TEST(GateSubjects, WithoutAnEntryNobodyIsAllowed) {
  EXPECT_FALSE(judge(kInstance, {}, kNow).allowed);
  EXPECT_THAT(judge(kInstance, {}, kNow).why, HasSubstr("first time"));
}

TEST(GateSubjects, AnAdmissionOfTheNodeOrOfTheInstanceIsEnough) {
  EXPECT_TRUE(judge(kInstance, {{"node-1", admitted()}}, kNow).allowed);
  EXPECT_TRUE(judge(kInstance, {{"st-api-1", admitted()}}, kNow).allowed);
  EXPECT_FALSE(judge(kInstance, {{"node-2", admitted()}}, kNow).allowed);
}

TEST(GateSubjects, AnIdStandsForAllNodesThatHaveItAndANodeForItselfAlone) {
  const Instance other{"st-api-1", "node-2", "192.0.2.2", Health::passing};
  EXPECT_TRUE(judge(other, {{"st-api-1", admitted()}}, kNow).allowed);
  EXPECT_FALSE(judge(other, {{"node-1", admitted()}}, kNow).allowed);
  EXPECT_FALSE(judge(other, {{"node-2", admitted()}, {"st-api-1", excluded()}}, kNow).allowed);
}

TEST(GateSubjects, AnExclusionOfEitherIsEnough) {
  EXPECT_FALSE(judge(kInstance, {{"node-1", excluded()}, {"st-api-1", admitted()}}, kNow).allowed);
  EXPECT_FALSE(judge(kInstance, {{"node-1", admitted()}, {"st-api-1", excluded()}}, kNow).allowed);
}

TEST(GateSubjects, WhoIsExcludedMayHaveBeenAdmittedOrNot) {
  Subject never = excluded();
  never.admitted = false;
  EXPECT_TRUE(judge(kInstance, {{"node-1", excluded()}}, kNow).admitted);
  EXPECT_TRUE(judge(kInstance, {{"node-1", never}, {"st-api-1", admitted()}}, kNow).admitted);
  EXPECT_FALSE(judge(kInstance, {{"node-1", never}}, kNow).admitted);
}

TEST(GateSubjects, AnExclusionEndsAtItsTimeAndNotBefore) {
  const Subjects subjects{{"node-1", excluded(kNow + 1h)}};
  EXPECT_FALSE(judge(kInstance, subjects, kNow + 1h - 1ms).allowed);
  EXPECT_EQ(judge(kInstance, subjects, kNow).changes, kNow + 1h);
  EXPECT_TRUE(judge(kInstance, subjects, kNow + 1h).allowed);
}

TEST(GateSubjects, ComeBackAsTheyWereWritten) {
  for (const auto& subject : {Subject{}, admitted(), excluded(), excluded(kNow + 24h)})
    EXPECT_EQ(parse_subject(to_json(subject).dump()), subject);
  for (const char* text :
       {"", "true", "{}", R"({"admitted":1})", R"({"admitted":true})",
        R"({"admitted":false,"exclusion":{"reason":"r","author":"a","at":"yesterday"}})"}) {
    EXPECT_EQ(parse_subject(text), std::nullopt) << text;
  }
}

TEST(GateSubjects, NamesAreWhatConsulTakesForAKey) {
  EXPECT_TRUE(is_subject_name("node-1.example"));
  for (const char* name : {"", "a/b", "a b", "ä", "a\n"}) EXPECT_FALSE(is_subject_name(name)) << name;
  EXPECT_FALSE(is_subject_name(std::string(129, 'a')));
}

TEST(GateTime, SpansAndTimesAreReadStrictly) {
  EXPECT_EQ(parse_span("90s"), 90s);
  EXPECT_EQ(parse_span("7d"), 168h);
  for (const char* text : {"", "5", "s", "-1s", "0s", "1.5h", "1w", "999999999d"})
    EXPECT_EQ(parse_span(text), std::nullopt) << text;
  EXPECT_EQ(parse_time(to_text(kNow)), kNow);
  for (const char* text : {"", "now", "2026-11-25", "2026-11-25T10:00:00", "2026-11-25T10:00:00+01:00"})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace st_gate
