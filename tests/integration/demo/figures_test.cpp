// What the demo's figures mean, on made-up records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "figures.hpp"
#include "report.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;

const Clock::time_point kFault = Clock::time_point(std::chrono::hours(1));

Answer ok(int received, const std::string& session) {
  return {kFault + milliseconds(received - 1), kFault + milliseconds(received), 200, session, false};
}
Answer failed(int sent, int received, bool in_doubt) {
  return {kFault + milliseconds(sent), kFault + milliseconds(received), 503, "", in_doubt};
}
Moment moment(int at, What what) { return {kFault + milliseconds(at), what, ""}; }

// Acknowledged every 10 ms for 100 ms before and, from `resumed` on, 100 ms after.
Record record(int resumed) {
  Record record;
  record.fault = kFault;
  record.ended = kFault + milliseconds(resumed + 101);
  for (int at = -100; at < 0; at += 10) record.answers.push_back(ok(at, "before" + std::to_string(at)));
  for (int at = 0; at <= 100; at += 10) {
    record.answers.push_back(ok(resumed + at, "after" + std::to_string(at)));
  }
  record.moments = {moment(-500, What::adopted), moment(0, What::fault)};
  return record;
}

double value(std::optional<Milliseconds> span) { return span ? span->count() : -1; }

TEST(Figures, TheOutageIsTheLongestTimeBetweenAcknowledgements) {
  EXPECT_DOUBLE_EQ(value(compute(record(1000)).outage), 1010);
}

TEST(Figures, AGapBeforeTheFaultIsNoOutage) {
  auto seen = record(20);
  seen.answers.insert(seen.answers.begin(), ok(-5000, "first"));
  EXPECT_DOUBLE_EQ(value(compute(seen).outage), 30);
}

TEST(Figures, AnOutageWithoutEndLastsUntilTheEnd) {
  auto seen = record(1000);
  std::erase_if(seen.answers, [](const Answer& answer) { return answer.session.starts_with("after"); });
  EXPECT_DOUBLE_EQ(value(compute(seen).outage), 1111);
}

TEST(Figures, LostWritesCountAsNotAvailable) {
  auto seen = record(10);
  seen.lost = {"after0", "after10", "after20"};
  const auto figures = compute(seen);
  EXPECT_EQ(figures.lost, 3U);
  EXPECT_EQ(figures.ok, 21U);
  EXPECT_DOUBLE_EQ(value(figures.outage), 20);
  EXPECT_DOUBLE_EQ(value(figures.outage_kept), 50);
}

TEST(Figures, RecoveryIsTheFirstKeptWriteAfterTheAdoption) {
  auto seen = record(10);
  seen.moments.push_back(moment(5, What::promoted));
  seen.moments.push_back(moment(25, What::adopted));
  seen.lost = {"after20"};  // received at 30
  const auto figures = compute(seen);
  EXPECT_DOUBLE_EQ(value(figures.promotion), 5);
  EXPECT_DOUBLE_EQ(value(figures.adopted), 25);
  EXPECT_DOUBLE_EQ(value(figures.recovered_after_promotion), 35);
}

TEST(Figures, APromotionThatThePoolSawFirstHappenedThen) {
  auto seen = record(10);
  seen.moments.push_back(moment(27, What::promoted));
  seen.moments.push_back(moment(25, What::adopted));
  const auto figures = compute(seen);
  EXPECT_DOUBLE_EQ(value(figures.promotion), 25);
  EXPECT_DOUBLE_EQ(value(figures.recovered_after_promotion), 5);
}

TEST(Figures, ThePromotionIsAtMostAsLateAsThePoolLeavesOpen) {
  auto seen = record(10);
  seen.moments.push_back({kFault + milliseconds(27), What::promoted, "", milliseconds(5)});
  EXPECT_DOUBLE_EQ(value(compute(seen).promotion_late_by), 5);
  seen.moments.push_back(moment(25, What::adopted));
  EXPECT_DOUBLE_EQ(value(compute(seen).promotion_late_by), 3);
  seen.moments.push_back(moment(20, What::writer_adopted));
  EXPECT_DOUBLE_EQ(value(compute(seen).promotion), 20);
  EXPECT_DOUBLE_EQ(value(compute(seen).promotion_late_by), 0);
}

TEST(Figures, ASecondPromotionIsCountedAndTold) {
  auto seen = record(10);
  seen.moments.push_back(moment(5, What::promoted));
  EXPECT_EQ(compute(seen).promotions, 1U);
  seen.moments.push_back(moment(3000, What::promoted));
  EXPECT_EQ(compute(seen).promotions, 2U);
  EXPECT_DOUBLE_EQ(value(compute(seen).promotion), 5);
  EXPECT_THAT(summary(compute(seen)),
              ::testing::Contains(::testing::HasSubstr("replaced the new master, too")));
}

TEST(Figures, WhatDidNotHappenHasNoTime) {
  const auto figures = compute(record(10));
  EXPECT_FALSE(figures.promotion);
  EXPECT_FALSE(figures.adopted);  // the one before the fault does not count
  EXPECT_FALSE(figures.recovered_after_promotion);
  EXPECT_FALSE(figures.switch_master);
}

TEST(Figures, FailuresAreCountedAndThoseInDoubtAmongThem) {
  auto seen = record(10);
  seen.answers.push_back(failed(1, 3001, true));
  seen.answers.push_back(failed(2, 3000, false));
  const auto figures = compute(seen);
  EXPECT_EQ(figures.requests, 23U);
  EXPECT_EQ(figures.failed, 2U);
  EXPECT_EQ(figures.in_doubt, 1U);
  EXPECT_DOUBLE_EQ(value(figures.longest_answer), 3000);
}

TEST(Figures, NothingAtAllIsReportedToo) {
  Record seen;
  seen.fault = kFault;
  const auto figures = compute(seen);
  EXPECT_EQ(figures.requests, 0U);
  EXPECT_FALSE(figures.outage);
  EXPECT_FALSE(summary(figures).empty());
}

TEST(Report, JsonHasNullForWhatDidNotHappen) {
  auto seen = record(1000);
  seen.scenario = Scenario::repoint;
  EXPECT_THAT(
      to_json(compute(seen)).dump(),
      ::testing::StartsWith(
          R"({"scenario":"repoint","requests":21,"ok":21,"failed":0,"in_doubt":0,"acknowledged_writes_lost":0,)"
          R"("outage_ms":1010.0,"outage_kept_ms":1010.0,"promotions":0,)"));
}

TEST(Report, NumbersHaveCommas) {
  EXPECT_EQ(in_words(Milliseconds(1364.6)), "1,365 ms");
  EXPECT_EQ(in_words(Milliseconds(0.4)), "0 ms");
  EXPECT_EQ(in_words(Milliseconds(1'234'567)), "1,234,567 ms");
  EXPECT_EQ(in_words(Milliseconds(-1500)), "-1,500 ms");
  EXPECT_EQ(in_words(std::nullopt), "-");
}

}  // namespace
}  // namespace rediscovery::demo
