// An observed promotion from its registration to its announcement or its end, as reconciliations in their
// order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "simulated_world.hpp"
#include "updater/observed_world.hpp"
#include "updater/reconcile.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::redis;
using testing::SimulatedWorld;
using testing::Situation;

// Three Sentinels that say 5 at epoch 7; the first of them leads the failover 8 to 6.
class ObservedPromotion : public ::testing::Test {
 protected:
  ObservedPromotion() {
    config_.masters = {{"mymaster", {}}};
    say(5, 7);
    EXPECT_EQ(reconcile_all().changes.size(), 1U);
  }
  // All of them, the leader in the middle of a failover or not.
  void say(int number, std::uint64_t epoch, bool failing_over = false) {
    std::vector<sentinel::ReplicaView> replicas;
    for (const int replica : {5, 6, 7}) {
      if (replica != number) replicas.push_back({redis(replica), sentinel::ReplicaState::healthy});
    }
    world_.sentinels.clear();
    for (int i = 1; i <= 3; ++i) {
      sentinel::MasterView view{redis(number), epoch, 2, 2, replicas};
      view.failing_over = failing_over && i == 1;
      world_.sentinels.push_back(
          {{"10.0.1." + std::to_string(i), 26379, {}}, sentinel::Reading::ok, "", view});
    }
  }
  void leader_is_away() {
    world_.sentinels[0].reading = sentinel::Reading::unreachable;
    world_.sentinels[0].view.reset();
  }
  ReconcileOptions options() {
    ReconcileOptions options;
    options.writer = "me:2";
    options.deadline = world_.now() + milliseconds(2000);
    return options;
  }
  // What every event, script and interval does.
  Report reconcile_all() { return reconcile(world_, config_, config_.masters[0], options(), rng_); }
  ObservedWorld observed_world() {
    return ObservedWorld(world_, selection_, sentinel::agree(world_.sentinels));
  }
  Report claim(ObservedWorld& observed, std::optional<ConsulReading> ahead = {}) {
    auto with_leader = options();
    with_leader.ahead = std::move(ahead);
    with_leader.observed_leader = selection_.leader;
    return reconcile(observed, config_, config_.masters[0], with_leader, rng_);
  }
  Report claim() {
    auto observed = observed_world();
    return claim(observed);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> ids;
    for (const auto& entry : world_.entries) ids.push_back(entry.id);
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  Config config_;
  SimulatedWorld world_;
  core::Rng rng_{1};
  sentinel::Selected selection_{"mymaster", Situation::leader(), 8, redis(6)};
};

TEST_F(ObservedPromotion, IsRegisteredOnceAndTheAnnouncementWritesNothing) {
  say(5, 7, true);
  EXPECT_EQ(claim().changes.size(), 1U);
  EXPECT_THAT(names(), ElementsAre("master:mymaster:10.0.0.6:6379", "slave:mymaster:10.0.0.7:6379"));
  const auto fence = world_.fence;
  EXPECT_EQ(reconcile_all().plan.cause, Cause::unannounced);
  EXPECT_EQ(claim().plan.verdict, Verdict::up_to_date);
  // The leader announces, ahead of the others; the replicas have not been told yet.
  say(5, 7);
  world_.sentinels[0].view =
      sentinel::MasterView{redis(6), 8, 2, 2, {{redis(7), sentinel::ReplicaState::unknown}}, true};
  EXPECT_EQ(reconcile_all().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.fence, fence);
}

// The observer hands it on: a reading that finds all as it should be has nothing to compare with.
TEST_F(ObservedPromotion, WhoseAnswerWasLostIsAChangeOfTheNextReading) {
  say(5, 7, true);
  world_.failing_writes.emplace_back(consul::Error{consul::ErrorKind::timeout, "late"}, true);
  world_.after_write = [this] {
    world_.reads.emplace_back(consul::Error{consul::ErrorKind::unreachable, "away"});
  };
  const auto claimed = claim();
  EXPECT_TRUE(claimed.changes.empty());
  auto next = options();
  next.unconfirmed = claimed.unconfirmed;
  const auto report = reconcile(world_, config_, config_.masters[0], next, rng_);
  EXPECT_EQ(report.plan.cause, Cause::unannounced);
  ASSERT_EQ(report.changes.size(), 1U);
  EXPECT_EQ(report.changes[0].plan.after.address, redis(6));
}

TEST_F(ObservedPromotion, StaysWhileTheLeaderIsAwayAndTheNodeIsAMaster) {
  say(5, 7, true);
  (void)claim();
  leader_is_away();
  EXPECT_EQ(reconcile_all().plan.cause, Cause::unannounced);
  core::NodeReport master;
  master.role = core::Role::master;
  world_.node = master;
  EXPECT_EQ(reconcile_all().plan.cause, Cause::unannounced);
  EXPECT_EQ(world_.fence->address, redis(6));
  EXPECT_THAT(world_.asked, ElementsAre(redis(6), redis(6)));
}

TEST_F(ObservedPromotion, IsTakenBackWhenTheLeaderIsAtRestAgain) {
  say(5, 7, true);
  (void)claim();
  say(5, 7);
  const auto report = reconcile_all();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(report.changes.size(), 1U);
  EXPECT_EQ(world_.fence->address, redis(5));
  EXPECT_EQ(world_.fence->epoch, 7U);
  EXPECT_THAT(world_.asked, IsEmpty()) << "the leader's word is enough";
  // One more observer, too late.
  EXPECT_EQ(claim().plan.verdict, Verdict::superseded);
  EXPECT_EQ(world_.fence->address, redis(5));
}

TEST_F(ObservedPromotion, IsTakenBackWhenTheLeaderIsAwayAndTheNodeIsAReplicaAgain) {
  say(5, 7, true);
  (void)claim();
  leader_is_away();
  world_.node = core::NodeReport{};
  EXPECT_EQ(reconcile_all().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.fence->address, redis(5));
}

// Its leader may have announced it to nobody who can be read, and another failover has replaced it since.
TEST_F(ObservedPromotion, StaysWhileTheLeaderIsAwayAndTheNodeFollowsSomebodyElse) {
  say(5, 7, true);
  (void)claim();
  leader_is_away();
  core::NodeReport replica;
  replica.master = redis(7);
  world_.node = replica;
  EXPECT_EQ(reconcile_all().plan.cause, Cause::unannounced);
  EXPECT_EQ(world_.fence->address, redis(6));
  world_.node->master = redis(5);
  EXPECT_EQ(reconcile_all().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.fence->address, redis(5));
}

// Whoever asked the Sentinels just before the failover, and Consul just after the promotion, has seen a
// leader at rest: it must not take that for the failover's end.
TEST_F(ObservedPromotion, IsNotTakenBackByAReadingFromBeforeIt) {
  int readings = 0;
  bool promoted = false;
  world_.before_ask = [&] {
    if (++readings > 1) say(5, 7, true);
  };
  world_.before_read = [&] {
    if (!std::exchange(promoted, true)) (void)claim();
  };
  const auto report = reconcile_all();
  EXPECT_EQ(report.plan.cause, Cause::unannounced);
  EXPECT_EQ(readings, 2);
  EXPECT_EQ(world_.fence->address, redis(6));
}

TEST_F(ObservedPromotion, WhatWasReadAheadIsReadAgainIfItHasChanged) {
  say(5, 7, true);
  auto observed = observed_world();
  auto ahead = read_ahead(observed, config_.masters[0], world_.now() + milliseconds(100));
  ASSERT_TRUE(ahead);
  world_.entries.pop_back();
  world_.fence->revision = 9;
  ++world_.index;
  const auto report = claim(observed, std::move(ahead));
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.fence->revision, 10U);
  EXPECT_EQ(world_.fence->address, redis(6));
}

TEST_F(ObservedPromotion, ThePromotedProcessIsKnownByItsRunId) {
  auto observed = observed_world();
  EXPECT_EQ(sentinel::agree(observed.ask_sentinels("mymaster", world_.now())).run_id, "");
  observed.promoted("run-6");
  EXPECT_EQ(sentinel::agree(observed.ask_sentinels("mymaster", world_.now())).run_id, "run-6");
}

TEST_F(ObservedPromotion, ALaterFailoverIsNotHeldUp) {
  say(5, 7, true);
  (void)claim();
  say(7, 9);
  EXPECT_EQ(reconcile_all().changes.size(), 1U);
  EXPECT_EQ(world_.fence->address, redis(7));
  EXPECT_EQ(world_.fence->observed, std::nullopt);
}

}  // namespace
}  // namespace rediscovery::updater
