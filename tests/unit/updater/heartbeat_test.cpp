#include "updater/heartbeat.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

using std::chrono::seconds;
using Act = Heartbeat::Act;
using Action = Heartbeat::Action;

// An interval of 10 s, stale after 60.
class HeartbeatTest : public ::testing::Test {
 protected:
  Action on(const Heartbeat::Event& event) { return heartbeat_.on(event, now_, rng_); }
  // The key has been seen with this index, just now.
  void see(std::uint64_t index) { (void)on(Heartbeat::Beaten{index}); }
  void pass(seconds span) { now_ += span; }

  Heartbeat heartbeat_{{seconds(10), seconds(60)}};
  core::TimePoint now_{std::chrono::hours(1)};
  core::Rng rng_{1};
};

// Every pair of state and event; "old" is seen 60 s ago.
TEST_F(HeartbeatTest, EveryPairOfStateAndEvent) {
  enum State { unseen, fresh, old };
  struct Case {
    State state;
    Heartbeat::Event event;
    Action action;
    bool seen_afterwards;  // or else the next one looks at once
    bool young_afterwards;
  };
  constexpr std::uint64_t kIndex = 7;
  const Action none{Act::none, 0};
  const Action look{Act::look, 0};
  const auto found = [](std::uint64_t index, Standing standing) { return Heartbeat::Found{index, standing}; };
  const std::vector<Case> cases = {
      {unseen, Standing::confirmed, look, false, true},
      {unseen, Standing::blind, look, false, true},
      {unseen, Standing::unsure, none, false, true},
      {unseen, Standing::cut_off, none, false, true},
      {unseen, found(0, Standing::confirmed), {Act::beat, 0}, false, true},
      {unseen, found(0, Standing::blind), none, false, true},
      {unseen, found(kIndex, Standing::confirmed), none, true, true},
      {unseen, found(kIndex, Standing::blind), none, true, true},
      {unseen, Heartbeat::Beaten{8}, none, true, true},
      {unseen, Heartbeat::Outrun{}, none, false, true},

      {fresh, Standing::confirmed, none, true, true},
      {fresh, Standing::blind, none, true, true},
      {fresh, Standing::unsure, none, true, true},
      {fresh, Standing::cut_off, none, false, true},
      {fresh, found(0, Standing::confirmed), {Act::beat, 0}, false, true},
      {fresh, found(0, Standing::blind), none, false, true},
      {fresh, found(kIndex, Standing::confirmed), {Act::beat, kIndex}, true, true},
      {fresh, found(kIndex, Standing::blind), none, true, true},
      {fresh, found(8, Standing::confirmed), none, true, true},
      {fresh, found(8, Standing::blind), none, true, true},
      {fresh, Heartbeat::Beaten{8}, none, true, true},
      {fresh, Heartbeat::Outrun{}, none, false, true},

      {old, Standing::confirmed, look, true, false},
      {old, Standing::blind, look, true, false},
      {old, Standing::unsure, none, true, false},
      {old, Standing::cut_off, none, false, true},
      {old, found(0, Standing::confirmed), {Act::beat, 0}, false, true},
      {old, found(0, Standing::blind), none, false, true},
      {old, found(kIndex, Standing::confirmed), {Act::beat, kIndex}, true, false},
      {old, found(kIndex, Standing::blind), {Act::judge, kIndex}, true, false},
      {old, found(8, Standing::confirmed), none, true, true},
      {old, found(8, Standing::blind), none, true, true},
      {old, Heartbeat::Beaten{8}, none, true, true},
      {old, Heartbeat::Outrun{}, none, false, true},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& one = cases[i];
    heartbeat_ = Heartbeat({seconds(10), seconds(60)});
    if (one.state != unseen) see(kIndex);
    if (one.state == old) pass(seconds(60));
    EXPECT_EQ(on(one.event), one.action) << "case " << i;
    EXPECT_EQ(heartbeat_.age(now_) < seconds(60), one.young_afterwards) << "case " << i;
    (void)on(Standing::blind);
    EXPECT_EQ(heartbeat_.next_deadline().has_value(), one.seen_afterwards) << "case " << i;
  }
}

TEST_F(HeartbeatTest, WhoConfirmsBeatsBetweenHalfTheIntervalAndAllOfIt) {
  for (std::uint64_t index = 1; index <= 100; ++index) {
    see(index);
    pass(seconds(4));
    EXPECT_EQ(on(Standing::confirmed).act, Act::none);
    pass(seconds(6));
    EXPECT_EQ(on(Standing::confirmed).act, Act::look);
    EXPECT_EQ(on(Heartbeat::Found{index, Standing::confirmed}), (Action{Act::beat, index}));
  }
}

TEST_F(HeartbeatTest, WhoFindsAnothersBeatWaitsAsLongAgain) {
  see(1);
  pass(seconds(10));
  EXPECT_EQ(on(Standing::confirmed).act, Act::look);
  EXPECT_EQ(on(Heartbeat::Found{2, Standing::confirmed}).act, Act::none);
  pass(seconds(4));
  EXPECT_EQ(on(Standing::confirmed).act, Act::none);
}

TEST_F(HeartbeatTest, ABlindOneLooksTenTimesUntilItIsStaleAndThenJudges) {
  EXPECT_EQ(on(Standing::blind).act, Act::look);
  EXPECT_EQ(on(Heartbeat::Found{5, Standing::blind}).act, Act::none);
  int looks = 0;
  for (int second = 1; second < 60; ++second) {
    pass(seconds(1));
    if (on(Standing::blind).act != Act::look) continue;
    ++looks;
    EXPECT_EQ(on(Heartbeat::Found{5, Standing::blind}).act, Act::none) << second;
  }
  EXPECT_EQ(looks, 9);
  pass(seconds(1));
  EXPECT_EQ(on(Standing::blind).act, Act::look);
  EXPECT_EQ(on(Heartbeat::Found{5, Standing::blind}), (Action{Act::judge, 5}));
}

TEST_F(HeartbeatTest, TimeDuringWhichConsulWasAwayDoesNotCount) {
  (void)on(Heartbeat::Found{5, Standing::blind});
  pass(seconds(59));
  (void)on(Standing::cut_off);
  pass(seconds(30));
  EXPECT_EQ(on(Standing::blind).act, Act::look);
  EXPECT_EQ(on(Heartbeat::Found{5, Standing::blind}).act, Act::none);
  pass(seconds(60));
  EXPECT_EQ(on(Heartbeat::Found{5, Standing::blind}).act, Act::judge);
}

TEST_F(HeartbeatTest, AMasterThatNobodyEverBeatForNeverGoesStale) {
  for (int i = 0; i < 100; ++i) {
    pass(seconds(10));
    EXPECT_EQ(on(Standing::blind).act, Act::look);
    EXPECT_EQ(on(Heartbeat::Found{0, Standing::blind}).act, Act::none);
  }
}

TEST_F(HeartbeatTest, SaysWhenItWantsToBeAskedAgain) {
  EXPECT_EQ(heartbeat_.next_deadline(), std::nullopt);
  see(5);
  (void)on(Standing::confirmed);
  EXPECT_EQ(heartbeat_.next_deadline(), now_ + seconds(10));
  (void)on(Standing::blind);
  EXPECT_EQ(heartbeat_.next_deadline(), now_ + seconds(6));
  (void)on(Standing::unsure);
  EXPECT_EQ(heartbeat_.next_deadline(), std::nullopt);
}

class StandingOf : public ::testing::Test {
 protected:
  StandingOf() {
    report_.consensus.kind = sentinel::Consensus::Kind::agreed;
    report_.consensus.asked = 3;
    report_.consensus.quorum = 2;
    report_.consensus.supporters = 2;
    report_.plan.verdict = Verdict::up_to_date;
  }
  Report report_;
};

TEST_F(StandingOf, AMajorityThatFindsNothingToChangeConfirms) {
  EXPECT_EQ(standing_of(report_), Standing::confirmed);
}

TEST_F(StandingOf, LessThanAMajorityOrThanTheQuorumIsBlindWhateverItSays) {
  report_.consensus.supporters = 1;
  EXPECT_EQ(standing_of(report_), Standing::blind);
  report_.consensus.supporters = 2;
  report_.consensus.quorum = 3;
  EXPECT_EQ(standing_of(report_), Standing::blind);
  report_.consensus.kind = sentinel::Consensus::Kind::unreadable;
  EXPECT_EQ(standing_of(report_), Standing::blind);
}

TEST_F(StandingOf, ConflictsRefusalsAndLaterSwitchesAreNeither) {
  for (const auto verdict : {Verdict::change, Verdict::superseded, Verdict::conflict, Verdict::refused}) {
    report_.plan.verdict = verdict;
    EXPECT_EQ(standing_of(report_), Standing::unsure);
  }
  for (const auto kind : {sentinel::Consensus::Kind::conflict, sentinel::Consensus::Kind::unknown_master}) {
    report_.consensus.kind = kind;
    EXPECT_EQ(standing_of(report_), Standing::unsure);
  }
}

TEST_F(StandingOf, WithoutConsulItIsCutOff) {
  report_.error = consul::Error{consul::ErrorKind::unreachable, ""};
  EXPECT_EQ(standing_of(report_), Standing::cut_off);
}

}  // namespace
}  // namespace rediscovery::updater
