#include <gtest/gtest.h>

#include <algorithm>

#include "sim/simulation.hpp"

// The design's rules, each in a story of its own. Times are exact: nothing here sleeps.
namespace rediscovery::sim {
namespace {

using State = core::MasterFsm::State;

class Rules : public ::testing::Test {
 protected:
  Settings settings_ = [] {
    Settings settings;
    settings.load.patience_low = settings.load.patience_high = 3s;
    settings.load.pause_low = 500us;
    settings.load.pause_high = 1500us;
    settings.load.most = 100'000;
    PoolSettings pool;
    pool.plan.discovery.has_replicas = true;
    settings.pools = {pool};
    return settings;
  }();
  std::unique_ptr<Simulation> simulation_;

  Simulation& begin() {
    simulation_ = std::make_unique<Simulation>(1, settings_);
    simulation_->start();
    simulation_->start_load();
    simulation_->pass(1s);
    EXPECT_EQ(master(), node(0));
    EXPECT_EQ(generation(), 1U);
    return *simulation_;
  }
  void TearDown() override {
    if (!simulation_) return;
    simulation_->stop_load();
    simulation_->pass(4s);
    simulation_->close();
    EXPECT_EQ(simulation_->context().violation.value_or("none"), "none");
  }

  PoolSettings& pool_settings() { return settings_.pools.front(); }
  core::Endpoint node(NodeIndex index) { return simulation_->cluster().nodes().at(index).endpoint; }
  core::Endpoint master() { return simulation_->master_of().master(); }
  std::uint64_t generation() { return simulation_->master_of().generation(); }
  const Totals& totals() { return simulation_->context().totals; }
  // Until the pool has adopted that generation; how long it took.
  Duration until_generation(std::uint64_t wanted, Duration most = 10s) {
    const TimePoint started = simulation_->context().now();
    while (generation() < wanted && simulation_->context().now() - started < most) simulation_->pass(100us);
    EXPECT_EQ(generation(), wanted);
    return simulation_->context().now() - started;
  }
  // Until some replica says that it is a master.
  void until_promotion() {
    const auto promoted = [&] {
      const auto& nodes = simulation_->cluster().nodes();
      return std::any_of(nodes.begin() + 1, nodes.end() - 1,
                         [](const Node& each) { return each.role == core::Role::master; });
    };
    for (int i = 0; i < 100'000 && !promoted(); ++i) simulation_->pass(100us);
    EXPECT_TRUE(promoted());
  }
};

TEST_F(Rules, R1_AReplicaThatDnsNamesAsMasterIsNotUsed) {
  auto& simulation = begin();
  simulation.names().trouble(Lie::wrong, 100, simulation.context().now() + 3s, {node(1)});
  simulation.pass(3s);
  EXPECT_EQ(generation(), 1U);
  EXPECT_EQ(master(), node(0));
}

TEST_F(Rules, R2_OneFailoverIsOneAdoptionHoweverManyConnectionsSeeIt) {
  pool_settings().policy.min_idle = 16;
  auto& simulation = begin();
  simulation.cluster().kill(0);
  simulation.pass(5s);
  EXPECT_EQ(generation(), 2U);
}

TEST_F(Rules, R3_NoAnswerOfDnsChangesNothing) {
  for (const Lie lie : {Lie::nxdomain, Lie::servfail, Lie::time_out, Lie::wrong}) {
    auto& simulation = begin();
    simulation.names().trouble(lie, 100, simulation.context().now() + 20s);
    simulation.pass(20s);
    EXPECT_EQ(generation(), 1U) << to_string(lie);
    EXPECT_EQ(totals().suspicions, 0U) << to_string(lie);
    TearDown();
  }
}

TEST_F(Rules, R3_AnEmptyPushChangesNothing) {
  pool_settings().has_push = true;
  settings_.names.lag_low = settings_.names.lag_high = 20s;
  auto& simulation = begin();
  simulation.names().publish({node(simulation.cluster().stranger())}, {node(1), node(2)});
  EXPECT_LE(until_generation(2), 10ms) << "by the push";
  simulation.pool().push({});
  simulation.pass(3s);
  EXPECT_EQ(generation(), 2U) << "its word still counts more than DNS, which is late";
}

TEST_F(Rules, R4_AFailoverLeavesOnlyInDoubtWhatWasInFlight) {
  settings_.latency_low = 1ms;
  settings_.latency_high = 5ms;
  auto& simulation = begin();
  simulation.cluster().kill(0);
  simulation.pass(3s);
  EXPECT_EQ(generation(), 2U);
  EXPECT_LE(totals().in_doubt, pool_settings().policy.max_connections);
  EXPECT_GT(totals().retries, 0U);
}

TEST_F(Rules, R5_AFailoverShorterThanTheDeadlineCostsLatencyAndNoErrors) {
  auto& simulation = begin();
  const auto wrong = [&] {
    const auto& entries = simulation.ledger().entries();
    return static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(),
        [](const Ledger::Entry& it) { return it.completed && !it.succeeded && it.told == Executed::no; }));
  };
  simulation.cluster().kill(0);
  simulation.pass(6s);
  EXPECT_EQ(generation(), 2U);
  EXPECT_EQ(wrong(), 0U) << "nobody who could wait was turned away";
}

TEST_F(Rules, R5_ACallerIsWokenWhenAMasterIsAdopted) {
  auto& simulation = begin();
  simulation.stop_load();
  simulation.pass(100ms);
  simulation.cluster().kill(0);
  simulation.pass(5ms);
  simulation.pool().front().execute(CommandKind::increment, 60s);
  until_generation(2);
  simulation.pass(12ms);  // a thread may wake up that late
  EXPECT_TRUE(simulation.ledger().entries().back().succeeded);
}

TEST_F(Rules, R6_AHungMasterIsNoticedUnderLoadAndNobodyWaitsForItAfterTheSwitch) {
  settings_.sentinel.down_after = 1s;
  auto& simulation = begin();
  simulation.cluster().hang(0);
  simulation.pass(700ms);
  EXPECT_EQ(simulation.master_of().state(), State::suspect);
  until_promotion();
  EXPECT_LE(until_generation(2), 10ms);
  simulation.pass(50ms);
  const auto& entries = simulation.ledger().entries();
  EXPECT_FALSE(std::any_of(entries.begin(), entries.end(), [&](const Ledger::Entry& it) {
    return !it.completed && it.deadline < simulation.context().now() + 2s;
  })) << "who waited for the hung master has been woken, and had the time for another attempt";
}

TEST_F(Rules, R6_AnIdlePoolNoticesAHungMasterByItself) {
  auto& simulation = begin();
  simulation.stop_load();
  simulation.pass(100ms);
  simulation.cluster().hang(0);
  until_generation(2, 10s);
}

TEST_F(Rules, R7_AZombieThatGoesOnIsRefusedWhateverDnsSays) {
  settings_.sentinel.convert_after = 8s;
  settings_.names.lag_low = settings_.names.lag_high = 20s;
  auto& simulation = begin();
  simulation.cluster().hang(0);
  until_generation(2);
  simulation.pass(500ms);
  simulation.cluster().resume(0);  // DNS still names it
  simulation.pass(300ms);
  EXPECT_EQ(simulation.cluster().nodes()[0].role, core::Role::master);
  EXPECT_EQ(generation(), 2U);
}

TEST_F(Rules, R7_AZombieThatIsStartedAgainIsRefusedWhateverDnsSays) {
  settings_.sentinel.convert_after = 8s;
  settings_.names.lag_low = settings_.names.lag_high = 20s;
  for (const bool with_data : {true, false}) {
    auto& simulation = begin();
    simulation.cluster().kill(0);
    until_generation(2);
    simulation.pass(1500ms);
    simulation.cluster().start(0, with_data);
    simulation.pass(6s);
    EXPECT_EQ(simulation.cluster().nodes()[0].role, core::Role::master);
    EXPECT_EQ(generation(), 2U);
    simulation.pass(10s);
    EXPECT_EQ(generation(), 2U) << "a replica now";
    TearDown();
  }
}

TEST_F(Rules, R7_AGivenUpFailoverLeadsBackByTheWordOfTheOneThatWasPromoted) {
  auto& simulation = begin();
  simulation.sentinel().fail_over_half_way();
  until_generation(2);
  until_generation(3);
  EXPECT_EQ(master(), node(0));
  EXPECT_EQ(simulation.master_of().report().lineage.id, simulation.cluster().nodes()[0].lineage.id);
}

TEST_F(Rules, R7_ARepointToAnotherHistoryCanBeTakenBack) {
  auto& simulation = begin();
  simulation.names().publish({node(simulation.cluster().stranger())}, {node(1), node(2)});
  until_generation(2);
  simulation.names().publish({node(0)}, {node(1), node(2)});
  until_generation(3);
  EXPECT_EQ(master(), node(0));
}

TEST_F(Rules, R8_APromotionIsFollowedWithinAMillisecondAlsoWhileTheOldMasterAnswers) {
  auto& simulation = begin();
  simulation.sentinel().fail_over();
  until_promotion();
  EXPECT_LE(until_generation(2), 2ms);
  EXPECT_TRUE(simulation.cluster().nodes()[0].answers());
}

TEST_F(Rules, R8_APromotionOfAReplicaThatNoNameListsIsFollowedAsQuickly) {
  auto& simulation = begin();
  simulation.names().publish({node(0)}, {node(1)});
  simulation.pass(5s);
  simulation.cluster().promote(2, /*kill_clients=*/true);
  EXPECT_LE(until_generation(2), 2ms);
  EXPECT_EQ(master(), node(2));
}

TEST_F(Rules, R8_APromotionIsFollowedWithinMillisecondsOfAKill) {
  auto& simulation = begin();
  simulation.cluster().kill(0);
  until_promotion();
  EXPECT_LE(until_generation(2), 5ms);
}

TEST_F(Rules, R8_WithAnnouncedPromotionThePoolWaitsForDnsOrTheDemotedMaster) {
  pool_settings().plan.discovery.master.promotion = Promotion::announced;
  auto& simulation = begin();
  simulation.sentinel().fail_over();
  until_promotion();
  EXPECT_GE(until_generation(2), 700ms);
}

TEST_F(Rules, R8_AnOperatorsReplicaOfNoOneIsNotFollowed) {
  auto& simulation = begin();
  simulation.cluster().promote(1, /*kill_clients=*/false);
  simulation.pass(3s);
  EXPECT_EQ(generation(), 1U);
}

TEST_F(Rules, R8_AReplicaRestartedAsAMasterIsNotFollowed) {
  auto& simulation = begin();
  simulation.cluster().kill(1);
  simulation.pass(100ms);
  simulation.cluster().start(1, true, /*as_master=*/true);
  simulation.pass(3s);
  EXPECT_EQ(generation(), 1U);
}

TEST_F(Rules, R9_APlannedSwitchLosesNextToNothingThatWasAcknowledged) {
  settings_.cluster.replication_low = settings_.cluster.replication_high = 50us;
  settings_.load.most = 3000;
  auto& simulation = begin();
  simulation.sentinel().fail_over();
  simulation.pass(4s);
  EXPECT_EQ(generation(), 2U);
  simulation.pass(2s);
  // The cut and the new connection take half a millisecond, in which one writer at 1 kHz may be unlucky.
  EXPECT_LE(simulation.ledger().lost_writes(simulation.cluster().nodes()[simulation.sentinel().master()].log),
            3U);
}

TEST_F(Rules, R9_AWriteInFlightAtTheOldMasterIsNotAcknowledgedAfterTheSwitch) {
  auto& simulation = begin();
  simulation.stop_load();
  simulation.pass(100ms);
  simulation.cluster().node(0).slow_until = simulation.context().now() + 1h;
  simulation.sentinel().fail_over();
  until_promotion();
  simulation.pool().front().execute(CommandKind::increment, 3s);  // before the cut is seen
  simulation.pass(1s);
  const auto& entry = simulation.ledger().entries().back();
  EXPECT_TRUE(entry.completed);
  EXPECT_FALSE(entry.succeeded);
  EXPECT_EQ(entry.told, Executed::maybe);
}

TEST_F(Rules, R10_AnOutageNeitherExceedsTheBoundsNorKeepsTheProcessorBusy) {
  settings_.sentinel.down_after = 1h;
  pool_settings().policy.max_waiters = 20;
  auto& simulation = begin();
  simulation.cluster().kill(0);
  simulation.pass(1s);
  const Totals before = totals();
  simulation.pass(60s);
  EXPECT_LT(totals().dials - before.dials, 60U * 40U);
  EXPECT_LT(totals().lookups - before.lookups, 60U * 20U);
}

// ---- the same for commands that nobody waits for ---------------------------------------------------------

class AsyncRules : public Rules {
 protected:
  AsyncRules() { pool_settings().async.emplace(); }

  const Ledger::Entry& entry(CommandId id) { return simulation_->ledger().entries().at(id - 1); }
  // Its number.
  CommandId execute(CommandKind kind, Duration patience = 3s) {
    simulation_->pool().front().execute(kind, patience);
    return simulation_->ledger().entries().size();
  }
  Simulation& begin_without_load() {
    auto& simulation = begin();
    simulation.stop_load();
    simulation.pass(100ms);
    return simulation;
  }
};

TEST_F(AsyncRules, R4_AFailoverLeavesOnlyInDoubtWhatWasInFlight) {
  settings_.latency_low = 1ms;
  settings_.latency_high = 5ms;
  pool_settings().async->dispatch.max_in_flight = 10;
  auto& simulation = begin();
  simulation.cluster().kill(0);
  simulation.pass(3s);
  EXPECT_EQ(generation(), 2U);
  EXPECT_LE(totals().in_doubt, 10U + totals().commands * 3 / 100) << "and what was cancelled";
  EXPECT_GT(totals().retries, 0U);
}

TEST_F(AsyncRules, R4_WhatHasNotLeftIsSentToTheNewMasterAndExecutedOnce) {
  pool_settings().async->window = 1;
  auto& simulation = begin_without_load();
  simulation.cluster().hang(0);
  const CommandId left = execute(CommandKind::increment, 30s);
  const CommandId not_left = execute(CommandKind::increment, 30s);
  until_generation(2);
  simulation.pass(100ms);
  EXPECT_EQ(entry(left).told, Executed::maybe);
  EXPECT_TRUE(entry(not_left).succeeded);
  simulation.cluster().resume(0);
  simulation.pass(10ms);
  EXPECT_EQ(entry(left).executed, 1U) << "by the old master, when it went on";
  EXPECT_EQ(entry(not_left).executed, 1U);
}

TEST_F(AsyncRules, R5_WhatWaitsIsSentWhenAMasterIsAdopted) {
  auto& simulation = begin_without_load();
  simulation.cluster().kill(0);
  simulation.pass(5ms);
  const CommandId first = execute(CommandKind::increment, 60s);
  for (int i = 0; i < 100; ++i) execute(CommandKind::increment, 60s);
  until_generation(2);
  simulation.pass(2ms);
  for (CommandId id = first; id < first + 101; ++id) {
    EXPECT_TRUE(entry(id).succeeded || entry(id).told == Executed::no) << "sent, or cancelled by its caller";
  }
}

TEST_F(AsyncRules, R5_NothingIsSentAfterItsDeadlineAlsoWhenTheLoopWasHeldUp) {
  auto& simulation = begin_without_load();
  simulation.cluster().kill(0);
  simulation.pass(5ms);
  const CommandId late = execute(CommandKind::increment, 100ms);
  simulation.pass(50ms);
  simulation.pool().stall(3s);
  simulation.pass(2s);
  EXPECT_NE(simulation.sentinel().master(), 0U)
      << "the new one is there before anybody has looked at the time";
  simulation.pass(2s);
  EXPECT_EQ(generation(), 2U);
  EXPECT_EQ(entry(late).sent, 0U);
  EXPECT_EQ(entry(late).told, Executed::no);
}

TEST_F(AsyncRules, R6_AHungMasterIsNoticedUnderLoad) {
  settings_.sentinel.down_after = 1s;
  auto& simulation = begin();
  simulation.cluster().hang(0);
  simulation.pass(700ms);
  EXPECT_EQ(simulation.master_of().state(), State::suspect);
}

TEST_F(AsyncRules, R9_AtAPlannedSwitchReadsAreAnsweredWritesAreInDoubtAndIdempotentOnesAreSentAgain) {
  auto& simulation = begin_without_load();
  simulation.cluster().node(0).slow_until = simulation.context().now() + 1h;
  simulation.sentinel().fail_over();
  until_promotion();
  const CommandId read = execute(CommandKind::read);
  const CommandId increment = execute(CommandKind::increment);
  const CommandId set = execute(CommandKind::set);
  simulation.pass(1s);
  EXPECT_EQ(generation(), 2U);
  EXPECT_TRUE(entry(read).succeeded);
  EXPECT_FALSE(entry(increment).succeeded);
  EXPECT_EQ(entry(increment).told, Executed::maybe);
  EXPECT_TRUE(entry(set).succeeded);
  EXPECT_EQ(entry(set).sent, 2U);
}

TEST_F(AsyncRules, R10_AnOutageFillsTheQueueAndNoMore) {
  settings_.sentinel.down_after = 1h;
  pool_settings().async->dispatch.max_waiting = 20;
  auto& simulation = begin();
  simulation.cluster().kill(0);
  simulation.pass(10s);
  const auto& entries = simulation.ledger().entries();
  EXPECT_LE(std::count_if(entries.begin(), entries.end(), [](const auto& it) { return !it.completed; }), 20);
}

}  // namespace
}  // namespace rediscovery::sim
