#include "updater/state_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "situation.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::redis;
using testing::Situation;

constexpr core::TimePoint kStart = core::TimePoint(std::chrono::hours(1));

class StateText : public ::testing::Test {
 protected:
  StateText() { board_.keep({"mymaster"}); }
  static Report report(const Situation& situation) {
    Report report;
    report.plan = situation.plan();
    report.consensus = situation.consensus;
    return report;
  }
  std::string metrics(core::TimePoint now) { return to_metrics(board_.records(), now, board_.started()); }

  Board board_{1700000000.5};
};

TEST_F(StateText, WhatTheLastReportSaysIsThere) {
  board_.reconciled("mymaster", report(Situation::settled()), kStart);
  const auto text = metrics(kStart + seconds(3));
  EXPECT_THAT(text, HasSubstr("rediscovery_updater_start_time_seconds 1700000000.5\n"));
  EXPECT_THAT(text, HasSubstr("rediscovery_updater_epoch{master=\"mymaster\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("master_info{master=\"mymaster\",address=\"10.0.0.5:6379\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("state{master=\"mymaster\",verdict=\"up_to_date\",cause=\"none\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sentinels{master=\"mymaster\",state=\"readable\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("since_success_seconds{master=\"mymaster\"} 3\n"));
  const auto state = to_state(board_.records(), kStart)["masters"]["mymaster"];
  EXPECT_EQ(state["sentinels"]["replicas"].size(), 2U);
  EXPECT_FALSE(state.contains("trouble"));
}

TEST_F(StateText, TroubleIsCountedAndSaysSinceWhen) {
  Report failed;
  failed.error = consul::Error{consul::ErrorKind::unreachable, "nobody answers"};
  failed.met = {consul::ErrorKind::lost_race, consul::ErrorKind::unreachable};
  board_.reconciled("mymaster", failed, kStart);
  board_.reconciled("mymaster", failed, kStart + seconds(1));
  const auto text = metrics(kStart + seconds(2));
  EXPECT_THAT(text, HasSubstr("reconciles_total{master=\"mymaster\",verdict=\"error\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("consul_errors_total{master=\"mymaster\",kind=\"lost_race\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("state{master=\"mymaster\",verdict=\"error\",cause=\"unreachable\"} 1\n"));
  const auto state = to_state(board_.records(), kStart + seconds(2));
  EXPECT_EQ(state["masters"]["mymaster"]["trouble"]["for_seconds"], 2.0);
}

TEST_F(StateText, ASwitchIsTimedFromSentinelsEventsToDns) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 8);
  board_.heard("+odown", "master mymaster 10.0.0.5 6379 #quorum 2/2", kStart);
  board_.promoted("mymaster", redis(6), kStart + milliseconds(500));
  board_.changed(
      {situation.plan(), 9, Visibility{redis(6), milliseconds(1), kStart + milliseconds(502), {}}});
  board_.heard("+promoted-slave", "slave 10.0.0.6:6379 10.0.0.6 6379 @ mymaster 10.0.0.5 6379",
               kStart + milliseconds(1502));
  const auto text = metrics(kStart + seconds(2));
  EXPECT_THAT(text, HasSubstr("changes_total{master=\"mymaster\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("visible_seconds_count{master=\"mymaster\",from=\"odown\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("visible_seconds_bucket{master=\"mymaster\",from=\"promotion\",le=\"0.002\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("last_visible_seconds{master=\"mymaster\",from=\"announcement\"} -1\n"));
}

TEST_F(StateText, OfSentinelsThatCannotBeReadNoEpochIsSaid) {
  board_.reconciled("mymaster", Report{}, kStart);
  EXPECT_THAT(metrics(kStart), ::testing::Not(HasSubstr("rediscovery_updater_epoch{")));
  const auto sentinels = to_state(board_.records(), kStart)["masters"]["mymaster"]["sentinels"];
  EXPECT_FALSE(sentinels.contains("epoch"));
  EXPECT_FALSE(sentinels.contains("address"));
}

TEST_F(StateText, WhatIsNoLongerConfiguredIsForgotten) {
  board_.keep({"other"});
  board_.heard("+odown", "master mymaster nonsense", kStart);
  EXPECT_THAT(metrics(kStart), ::testing::Not(HasSubstr("mymaster")));
}

}  // namespace
}  // namespace rediscovery::updater
