// What is counted of a lane, and what reaches those who watch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/hub.hpp"
#include "live/lane_meter.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Clock::time_point kBegin{std::chrono::hours(1)};

Clock::time_point at(int ms) { return kBegin + milliseconds(ms); }

void request(LaneMeter& meter, int sent, int received, bool ok = true, bool in_doubt = false) {
  meter.sent(at(sent));
  meter.ended({at(sent), at(received), ok, in_doubt});
}

TEST(LaneMeter, ATickHasWhatEndedInIt) {
  LaneMeter meter;
  for (int i = 0; i < 100; ++i) request(meter, 0, i + 1);
  request(meter, 0, 500, false, true);
  request(meter, 0, 400, false);
  meter.sent(at(0));
  auto tick = meter.take_tick();
  EXPECT_EQ(tick.count.sent, 103U);
  EXPECT_EQ(tick.count.answered, 100U);
  EXPECT_EQ(tick.count.failed, 2U);
  EXPECT_EQ(tick.count.in_doubt, 1U);
  EXPECT_EQ(tick.waiting, 1U);
  EXPECT_EQ(tick.longest, milliseconds(500));
  EXPECT_EQ(tick.median, milliseconds(51));
  tick = meter.take_tick();
  EXPECT_EQ(tick.count.sent, 0U);
  EXPECT_EQ(tick.median, std::nullopt);
  EXPECT_EQ(meter.totals().sent, 103U);
}

TEST(LaneMeter, TheOldestThatWaitsIsKnown) {
  LaneMeter meter;
  EXPECT_EQ(meter.oldest_waiting(), std::nullopt);
  meter.sent(at(1));
  meter.sent(at(2));
  meter.ended({at(1), at(5), true, false});
  EXPECT_EQ(meter.oldest_waiting(), at(2));
}

TEST(LaneMeter, ACoursesOutageIsTheLongestSilenceThatLastedUntilAfterItsBegin) {
  LaneMeter meter;
  request(meter, 0, 10);
  request(meter, 500, 510);  // half a second before the course
  const auto id = meter.begin_course(at(520));
  request(meter, 530, 600);         // 90
  request(meter, 610, 620, false);  // says nothing of an end
  request(meter, 700, 1000);        // 400
  request(meter, 1000, 1010);
  const auto course = meter.look_at(id, at(1010));
  EXPECT_EQ(course.outage, milliseconds(400));
  EXPECT_EQ(course.longest, milliseconds(300));
  EXPECT_EQ(course.count.sent, 4U);
  EXPECT_EQ(course.count.failed, 1U);
}

TEST(LaneMeter, AnOutageThatGoesOnLastsUntilNow) {
  LaneMeter meter;
  request(meter, 0, 10);
  const auto id = meter.begin_course(at(20));
  EXPECT_EQ(meter.end_course(id, at(910)).outage, milliseconds(900));
}

TEST(LaneMeter, CoursesMayOverlap) {
  LaneMeter meter;
  const auto outer = meter.begin_course(at(0));
  request(meter, 0, 1);
  const auto inner = meter.begin_course(at(2));
  request(meter, 3, 4);
  EXPECT_EQ(meter.end_course(inner, at(5)).count.answered, 1U);
  request(meter, 6, 7);
  EXPECT_EQ(meter.end_course(outer, at(8)).count.answered, 3U);
  EXPECT_THROW(meter.end_course(outer, at(9)), std::logic_error);
}

class LiveHub : public ::testing::Test {
 protected:
  // What there is; empty if there is nothing new.
  static std::string next(Hub::Viewer& viewer) { return viewer.next(milliseconds(0)).value_or("closed"); }
  std::shared_ptr<Hub> hub_ = Hub::create([](const Json& state) {
    return Json{{"enabled", state.value("on", false)}};
  });
};

TEST_F(LiveHub, AViewerIsToldThePresentFirstAndThenWhatIsNew) {
  hub_->set_state(1, {{"on", true}});
  hub_->add_tick({{"t_ms", 2}});
  hub_->add_happening({{"n", 1}});
  hub_->add_summary({{"fault", "kill"}});
  const auto viewer = hub_->join();
  EXPECT_EQ(next(*viewer),
            "event: hello\ndata: {\"enabled\":true}\n\n"
            "event: history\ndata: {\"ticks\":[{\"t_ms\":2}],\"happenings\":[{\"n\":1}],"
            "\"summaries\":[{\"fault\":\"kill\"}]}\n\n"
            "event: state\ndata: {\"t_ms\":1.0,\"on\":true}\n\n");
  EXPECT_EQ(next(*viewer), "");
  hub_->add_tick({{"t_ms", 3}});
  hub_->add_happening({{"n", 2}});
  EXPECT_EQ(next(*viewer), "event: tick\ndata: {\"t_ms\":3}\n\nevent: happening\ndata: {\"n\":2}\n\n");
}

TEST_F(LiveHub, AStateIsToldOnlyWhenItIsAnother) {
  const auto viewer = hub_->join();
  next(*viewer);
  hub_->set_state(1, {{"on", true}});
  EXPECT_NE(next(*viewer), "");
  hub_->set_state(2, {{"on", true}});
  EXPECT_EQ(next(*viewer), "");
}

TEST_F(LiveHub, TheGateIsToldOnlyWhenItIsAnotherAndToNewcomersAfterTheState) {
  const auto viewer = hub_->join();
  next(*viewer);
  hub_->set_gate({{"phase", "off"}});
  EXPECT_EQ(next(*viewer), "event: gate\ndata: {\"phase\":\"off\"}\n\n");
  hub_->set_gate({{"phase", "off"}});
  EXPECT_EQ(next(*viewer), "");
  const auto newcomer = hub_->join();
  EXPECT_TRUE(next(*newcomer).ends_with("event: gate\ndata: {\"phase\":\"off\"}\n\n"));
}

TEST_F(LiveHub, AViewerThatIsTooSlowBeginsAnewWithThePresent) {
  const auto slow = hub_->join();
  const auto quick = hub_->join();
  next(*slow);
  next(*quick);
  for (int i = 0; i < 1000; ++i) {
    hub_->add_tick({{"t_ms", i}});
    EXPECT_THAT(next(*quick), StartsWith("event: tick"));
  }
  const auto text = next(*slow);
  EXPECT_THAT(text, StartsWith("event: hello"));
  EXPECT_THAT(text, HasSubstr("\"t_ms\":999"));
  EXPECT_THAT(text, Not(HasSubstr("\"t_ms\":1}")));
  EXPECT_EQ(next(*slow), "");
}

TEST_F(LiveHub, WhatIsKeptIsBounded) {
  for (int i = 0; i < 5000; ++i) {
    hub_->add_tick({{"t_ms", i}});
    hub_->add_happening({{"n", i}});
    hub_->add_summary({{"t_ms", i}});
  }
  const auto present = hub_->present();
  EXPECT_EQ(present["history"]["ticks"].size(), 480U);
  EXPECT_EQ(present["history"]["ticks"].back()["t_ms"], 4999);
  EXPECT_EQ(present["history"]["happenings"].size(), 200U);
  EXPECT_EQ(present["summaries"].size(), 50U);
}

TEST_F(LiveHub, ThereAreOnlySoManyViewersUntilOneLeaves) {
  std::vector<std::unique_ptr<Hub::Viewer>> viewers;
  for (std::size_t i = 0; i < Hub::kMostViewers; ++i) viewers.push_back(hub_->join());
  EXPECT_EQ(hub_->join(), nullptr);
  viewers.pop_back();
  EXPECT_NE(hub_->join(), nullptr);
}

TEST_F(LiveHub, WhenItIsClosedEveryViewerEnds) {
  const auto viewer = hub_->join();
  hub_->close();
  EXPECT_EQ(viewer->next(std::chrono::hours(1)), std::nullopt);
  EXPECT_EQ(hub_->join(), nullptr);
}

TEST_F(LiveHub, WhatIsNoTextIsReplaced) {
  const auto viewer = hub_->join();
  next(*viewer);
  hub_->add_happening({{"text", "\xff"}});
  EXPECT_THAT(next(*viewer), HasSubstr("\xef\xbf\xbd"));
}

}  // namespace
}  // namespace rediscovery::demo::live
