// What the figures of the writer mean, on made-up records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "figures.hpp"
#include "report.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const Clock::time_point kFault = Clock::time_point(std::chrono::hours(1));

Write write(int ended, std::uint64_t generation, Write::Outcome outcome = Write::Outcome::acknowledged) {
  return {"write:" + std::to_string(ended), kFault + milliseconds(ended - 1), kFault + milliseconds(ended),
          outcome, generation};
}
Moment moment(int at, What what) { return {kFault + milliseconds(at), what, "", {}}; }

// A write every 10 ms; the old master acknowledges the last at 20, the replica is promoted at 21 and adopted
// at 23, and acknowledges the first at `resumed`.
Record record(int resumed) {
  Record record;
  record.fault = kFault;
  record.ended = kFault + milliseconds(resumed + 101);
  for (int at = -100; at <= 20; at += 10) record.writes.push_back(write(at, 1));
  for (int at = 0; at <= 100; at += 10) record.writes.push_back(write(resumed + at, 2));
  record.moments = {moment(0, What::fault), moment(21, What::promoted), moment(23, What::writer_adopted)};
  return record;
}

double value(std::optional<Milliseconds> span) { return span ? span->count() : -1; }

TEST(WriterFigures, WithoutAWriterThereAreNone) {
  EXPECT_FALSE(compute_writer(Record{}));
  EXPECT_FALSE(to_json(compute(Record{})).contains("writer"));
}

TEST(WriterFigures, EveryWriteIsCountedOnceAndThoseInDoubtAmongTheFailed) {
  auto seen = record(25);
  seen.writes.push_back(write(200, 2, Write::Outcome::in_doubt));
  seen.writes.push_back(write(210, 2, Write::Outcome::failed));
  const auto figures = compute_writer(seen).value();
  EXPECT_EQ(figures.writes, 26U);
  EXPECT_EQ(figures.ok, 24U);
  EXPECT_EQ(figures.failed, 2U);
  EXPECT_EQ(figures.in_doubt, 1U);
}

TEST(WriterFigures, TheFirstWriteOnTheNewMasterIsTheFirstOfItsGeneration) {
  const auto figures = compute_writer(record(25)).value();
  EXPECT_DOUBLE_EQ(value(figures.adopted), 23);
  EXPECT_DOUBLE_EQ(value(figures.first_after_promotion), 4);
  EXPECT_DOUBLE_EQ(value(figures.outage), 10);
}

TEST(WriterFigures, AnAcknowledgementThatWasLostIsNotTheNewMasters) {
  auto seen = record(25);
  seen.lost_writes = {"write:25"};
  const auto figures = compute_writer(seen).value();
  EXPECT_EQ(figures.lost, 1U);
  EXPECT_DOUBLE_EQ(value(figures.first_after_promotion), 14);
}

TEST(WriterFigures, AWriterThatFollowedNobodyHasNoFirstWrite) {
  auto seen = record(25);
  std::erase_if(seen.writes, [](const Write& write) { return write.generation == 2; });
  const auto figures = compute_writer(seen).value();
  EXPECT_FALSE(figures.first_after_promotion);
  EXPECT_DOUBLE_EQ(value(figures.outage), 106);
}

TEST(WriterFigures, OnlyWhereAnOperatorMovesTheNameItIsWhatTheWriterWaitsFor) {
  auto seen = record(25);
  seen.moments.push_back(moment(22, What::name_moved));
  EXPECT_FALSE(compute_writer(seen)->first_after_dns_change);
  for (const auto by_hand : {Scenario::repoint, Scenario::move}) {
    seen.scenario = by_hand;
    EXPECT_DOUBLE_EQ(value(compute_writer(seen)->first_after_dns_change), 3);
  }
  seen.moments.back() = moment(30, What::name_moved);
  EXPECT_DOUBLE_EQ(value(compute_writer(seen)->first_after_dns_change), -5);
}

TEST(WriterFigures, AreInTheJsonToTheMicrosecond) {
  auto seen = record(25);
  seen.moments[1].at -= std::chrono::microseconds(123);
  EXPECT_EQ(
      to_json(compute(seen)).at("writer").dump(),
      R"({"writes":24,"ok":24,"failed":0,"in_doubt":0,"acknowledged_writes_lost":0,"outage_ms":10.0,)"
      R"("adopted_ms":23.0,"first_write_after_promotion_ms":4.123,"first_write_after_dns_change_ms":null})");
}

TEST(WriterFigures, AreToldInPlainWords) {
  auto seen = record(25);
  seen.scenario = Scenario::move;
  seen.moments.push_back(moment(24, What::name_moved));
  seen.lost_writes = {"write:20"};
  const auto lines = summary(compute(seen));
  EXPECT_THAT(lines, Contains("24 writes by the writer: all of them were acknowledged, none failed."));
  EXPECT_THAT(lines, Contains("The new master acknowledged the writer's first write 4.00 ms after its "
                              "promotion, 1.00 ms after the name had moved."));
  EXPECT_THAT(lines, Contains("1 of its 24 acknowledged writes were lost: they are not on the new master."));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("viewer"))));  // there were none
}

}  // namespace
}  // namespace rediscovery::demo
