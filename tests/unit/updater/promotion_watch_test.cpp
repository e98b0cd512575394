#include "updater/promotion_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "situation.hpp"
#include "unit/core/script.hpp"

namespace rediscovery::updater {
namespace {

using namespace std::chrono_literals;
using core::StandbyFsm;
using testing::redis;
using testing::Situation;
using Did = core::Script<PromotionWatch::Action>;
using Dial = PromotionWatch::Dial;
using Ask = PromotionWatch::Ask;
using Close = PromotionWatch::Close;
using Claim = PromotionWatch::Claim;

const Did kNothing{};

core::NodeReport replica(const std::string& run_id = "run-6") {
  core::NodeReport report;
  report.role = core::Role::replica;
  report.run_id = run_id;
  report.lineage = {"old-history", "", -1};
  return report;
}

core::NodeReport promoted(const std::string& run_id = "run-6") {
  core::NodeReport report;
  report.role = core::Role::master;
  report.run_id = run_id;
  report.lineage = {"new-history", "old-history", 100};
  return report;
}

// The replicas are 6 and 7; what happens, happens to 6 unless said otherwise.
class PromotionWatchTest : public ::testing::Test {
 protected:
  Did on(const PromotionWatch::Event& event) { return {watch_.on(event, now_, rng_)}; }
  Did standby(const StandbyFsm::Event& event) { return on(PromotionWatch::Event(event)); }
  Did opened(const core::NodeReport& report) { return standby(StandbyFsm::Opened{redis(6), report}); }
  Did answered(const core::NodeReport& report) { return standby(StandbyFsm::Answered{redis(6), report}); }
  Did cut() { return standby(StandbyFsm::Cut{redis(6)}); }
  Did failed() { return standby(StandbyFsm::Failed{redis(6)}); }
  Did tick() { return standby(StandbyFsm::Tick{}); }
  Did replicas(std::vector<core::Endpoint> endpoints) {
    return on(PromotionWatch::Replicas{std::move(endpoints)});
  }
  static sentinel::Selected selection(std::uint64_t epoch = 8) {
    return {"mymaster", Situation::leader(), epoch, redis(6)};
  }
  Did selected(std::uint64_t epoch = 8) { return on(PromotionWatch::Selected{selection(epoch), 60s}); }
  Did ended(const core::Endpoint& leader) { return on(PromotionWatch::Ended{leader}); }

  // Connections to both, which say that they are replicas.
  void be_warm() {
    (void)replicas({redis(6), redis(7)});
    (void)opened(replica());
    (void)standby(StandbyFsm::Opened{redis(7), replica("run-7")});
  }

  PromotionWatch watch_;
  core::Rng rng_{1};
  core::TimePoint now_ = core::TimePoint{} + 1h;
};

TEST_F(PromotionWatchTest, EveryReplicaHasAWarmConnectionLongBeforeItIsNeeded) {
  EXPECT_EQ(replicas({redis(6), redis(7)}), (Did{{Dial{redis(6)}, Dial{redis(7)}}}));
}

TEST_F(PromotionWatchTest, TheSelectedReplicasCutAndItsNextAnswerAreThePromotion) {
  be_warm();
  EXPECT_EQ(selected(), (Did{{Ask{redis(6)}, Ask{redis(7)}}}));
  EXPECT_EQ(cut(), (Did{{Dial{redis(6)}}}));
  EXPECT_EQ(opened(promoted()), (Did{{Claim{selection(), "run-6"}}}));
}

TEST_F(PromotionWatchTest, WithoutTheCutAnAnswerIsEnough) {
  be_warm();
  (void)selected();
  EXPECT_EQ(answered(replica()), kNothing);
  now_ += 2ms;
  EXPECT_EQ(tick(), (Did{{Ask{redis(6)}}}));
  EXPECT_EQ(answered(promoted()), (Did{{Claim{selection(), "run-6"}}}));
}

TEST_F(PromotionWatchTest, ItIsAskedEveryOneToTwoMillisecondsAndLessOftenWhenItTakesLong) {
  be_warm();
  (void)selected();
  (void)answered(replica());
  const auto first = watch_.next_deadline().value() - now_;
  EXPECT_GE(first, 1ms);
  EXPECT_LE(first, 2ms);
  now_ += 30s;
  (void)tick();
  (void)answered(replica());
  EXPECT_LE(watch_.next_deadline().value() - now_, 250ms);
}

// The connection was opened after the promotion, so nobody has seen it as a replica; or somebody restarted
// it.
TEST_F(PromotionWatchTest, AMasterThatWasNotSeenAsAReplicaProvesNothing) {
  (void)replicas({redis(6)});
  (void)selected();
  EXPECT_EQ(opened(promoted()), kNothing);
}

TEST_F(PromotionWatchTest, AnotherProcessProvesNothing) {
  be_warm();
  (void)selected();
  (void)cut();
  EXPECT_EQ(opened(promoted("run-of-a-restart")), kNothing);
}

TEST_F(PromotionWatchTest, AnotherHistoryProvesNothing) {
  be_warm();
  (void)selected();
  (void)cut();
  auto stranger = promoted();
  stranger.lineage.previous_id = "some-other-history";
  EXPECT_EQ(opened(stranger), kNothing);
}

TEST_F(PromotionWatchTest, ThePromotionOfAnotherReplicaIsNotThisOne) {
  be_warm();
  (void)selected();
  (void)standby(StandbyFsm::Cut{redis(7)});
  EXPECT_EQ(standby(StandbyFsm::Opened{redis(7), promoted("run-7")}), kNothing);
}

// An operator's REPLICAOF NO ONE: it has no epoch, and Sentinel will undo it.
TEST_F(PromotionWatchTest, WithoutSentinelsSelectionNothingIsClaimed) {
  be_warm();
  (void)cut();
  EXPECT_EQ(opened(promoted()), kNothing);
}

// A Sentinel far away: its word travels longer than the cut.
TEST_F(PromotionWatchTest, ASelectionThatArrivesAfterThePromotionIsNotTooLate) {
  be_warm();
  (void)cut();
  (void)opened(promoted());
  EXPECT_EQ(selected().actions.back(), PromotionWatch::Action(Claim{selection(), "run-6"}));
}

TEST_F(PromotionWatchTest, ItIsClaimedOnce) {
  be_warm();
  (void)selected();
  (void)cut();
  (void)opened(promoted());
  now_ = watch_.next_deadline().value();
  (void)tick();
  EXPECT_EQ(answered(promoted()), kNothing);
}

TEST_F(PromotionWatchTest, WhenTheLeaderHasGivenUpNothingIsClaimed) {
  be_warm();
  (void)selected();
  EXPECT_EQ(ended(redis(99)), kNothing) << "another Sentinel, which was not elected";
  EXPECT_EQ(ended(Situation::leader()), kNothing);
  (void)cut();
  EXPECT_EQ(opened(promoted()), kNothing);
}

TEST_F(PromotionWatchTest, PatienceEndsWithSentinels) {
  be_warm();
  (void)selected();
  now_ += 60s;
  (void)tick();
  (void)cut();
  EXPECT_EQ(opened(promoted()), kNothing);
}

TEST_F(PromotionWatchTest, TheFailoverWithTheHighestEpochCounts) {
  be_warm();
  (void)selected(9);
  (void)selected(8);
  (void)cut();
  EXPECT_EQ(opened(promoted()), (Did{{Claim{selection(9), "run-6"}}}));
}

TEST_F(PromotionWatchTest, ASelectedReplicaThatNobodyKnewIsDialledAtOnce) {
  EXPECT_EQ(selected(), (Did{{Dial{redis(6)}}}));
}

TEST_F(PromotionWatchTest, OfMoreReplicasThanAreFollowedTheSelectedOneIs) {
  std::vector<core::Endpoint> many;
  for (int number = 10; number < 40; ++number) many.push_back(redis(number));
  many.push_back(redis(6));
  (void)replicas(many);
  const auto did = watch_.on(PromotionWatch::Selected{selection(), 60s}, now_, rng_);
  EXPECT_EQ(std::count(did.begin(), did.end(), PromotionWatch::Action{Dial{redis(6)}}), 1);
}

TEST_F(PromotionWatchTest, ASelectedReplicaWhoseConnectionIsDownIsDialledAtOnce) {
  (void)replicas({redis(6)});
  (void)failed();
  EXPECT_EQ(selected(), (Did{{Dial{redis(6)}}}));
}

TEST_F(PromotionWatchTest, TheSelectedOneIsKeptThoughTheListHasForgottenIt) {
  be_warm();
  (void)selected();
  EXPECT_EQ(replicas({redis(7)}), kNothing);
  (void)cut();
  EXPECT_EQ(opened(promoted()), (Did{{Claim{selection(), "run-6"}}}));
}

TEST_F(PromotionWatchTest, AReplicaThatIsGoneIsForgotten) {
  be_warm();
  EXPECT_EQ(replicas({redis(7)}), (Did{{Close{redis(6)}}}));
}

}  // namespace
}  // namespace rediscovery::updater
