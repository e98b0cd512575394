#include "updater/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "simulated_world.hpp"

namespace rediscovery::updater {
namespace {

using consul::ErrorKind;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using testing::redis;
using testing::SimulatedWorld;
using ::testing::SizeIs;

class Reconcile : public ::testing::Test {
 protected:
  Reconcile() {
    config_.masters = {{"mymaster", {}}};
    world_.say(5, 7);
  }
  ReconcileOptions options() {
    ReconcileOptions options;
    options.dry_run = dry_run_;
    options.writer = writer_;
    options.deadline = world_.now() + milliseconds(2000);
    options.on_change = [this](const Change& change) { heard_.push_back(change.index); };
    return options;
  }
  Report once() { return reconcile(world_, config_, config_.masters[0], options(), rng_); }
  // The next one of the same process.
  Report once_after(const Report& before) {
    auto next = options();
    next.unconfirmed = before.unconfirmed;
    return reconcile(world_, config_, config_.masters[0], next, rng_);
  }
  Report until_done() { return reconcile_until_done(world_, config_, config_.masters[0], options(), rng_); }
  static consul::Error error(ErrorKind kind) { return {kind, "text"}; }

  Config config_;
  SimulatedWorld world_;
  core::Rng rng_{1};
  bool dry_run_ = false;
  std::string writer_ = "me:2";
  std::vector<std::uint64_t> heard_;
};

TEST_F(Reconcile, AChangeIsWrittenOnceAndVerified) {
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(report.changes, SizeIs(1));
  EXPECT_EQ(report.changes[0].index, 101U);
  EXPECT_EQ(world_.writes, 1);
  EXPECT_EQ(exit_code(report), 0);
}

TEST_F(Reconcile, WhatIsMadeOfTheConsensusIsWhatIsPlanned) {
  for (auto& sentinel : world_.sentinels)
    sentinel.view->replicas = {{redis(6), sentinel::ReplicaState::healthy}};
  (void)once();
  EXPECT_THAT(world_.entries, SizeIs(2));
  for (auto& sentinel : world_.sentinels) sentinel.view->replicas[0].state = sentinel::ReplicaState::down;
  auto doubtful = options();
  doubtful.on_consensus = [](sentinel::Consensus& consensus) {
    consensus.replicas.at(0).state = sentinel::ReplicaState::unknown;
  };
  EXPECT_TRUE(reconcile(world_, config_, config_.masters[0], doubtful, rng_).changes.empty());
  EXPECT_THAT(world_.entries, SizeIs(2));
  EXPECT_THAT(once().changes, SizeIs(1)) << "without it the replica is removed";
}

TEST_F(Reconcile, AChangeIsReportedEvenIfItCannotBeVerified) {
  world_.after_write = [this] { world_.reads.emplace_back(error(ErrorKind::unreachable)); };
  const auto report = once();
  EXPECT_TRUE(report.error);
  EXPECT_THAT(heard_, ::testing::ElementsAre(101U));
  EXPECT_EQ(exit_code(report), 1);
}

TEST_F(Reconcile, NothingToDoWritesNothing) {
  (void)once();
  const auto report = once();
  EXPECT_THAT(report.changes, SizeIs(0));
  EXPECT_EQ(world_.writes, 1);
}

TEST_F(Reconcile, ADryRunWritesNothing) {
  dry_run_ = true;
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::change);
  EXPECT_EQ(world_.writes, 0);
  EXPECT_EQ(exit_code(report), 0);
}

TEST_F(Reconcile, WhoLosesARaceReadsAgainAndIsDone) {
  bool raced = false;
  world_.before_write = [&] {
    if (std::exchange(raced, true)) return;
    writer_ = "somebody else:2";  // does the same at the same moment
    (void)once();
  };
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(report.changes, SizeIs(0));
  EXPECT_THAT(report.unconfirmed, SizeIs(0));
  EXPECT_EQ(exit_code(report), 0);
}

TEST_F(Reconcile, WhoIsOvertakenByALaterSwitchGivesWay) {
  (void)once();
  world_.say(6, 8);
  bool raced = false;
  world_.before_write = [&] {
    if (std::exchange(raced, true)) return;
    world_.say(7, 9);
    (void)once();
    world_.say(6, 8);  // and this one is still told the old news
  };
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::superseded);
  EXPECT_EQ(world_.fence->address, redis(7));
  EXPECT_EQ(exit_code(report), 0);
}

TEST_F(Reconcile, RacesThatNeverEndAreGivenUp) {
  for (int i = 0; i < 100; ++i) world_.failing_writes.emplace_back(error(ErrorKind::lost_race), false);
  const auto report = once();
  ASSERT_TRUE(report.error);
  EXPECT_LE(world_.writes, 20);
  EXPECT_EQ(exit_code(report), 1);
}

TEST_F(Reconcile, SomebodyWhoUndoesEveryWriteIsGivenUpOn) {
  world_.after_write = [this] { world_.entries.clear(); };
  const auto report = once();
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->message, HasSubstr("do not stay"));
  EXPECT_LE(world_.writes, 20);
  EXPECT_EQ(exit_code(report), 1);
}

TEST_F(Reconcile, AWriteWithoutAnswerThatWasAppliedIsNotRepeated) {
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), true);
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(report.changes, SizeIs(1));
  EXPECT_EQ(report.changes[0].index, 101U);
  EXPECT_EQ(world_.writes, 1);
}

TEST_F(Reconcile, AWriteWithoutAnswerThatWasNotAppliedIsRepeatedOnce) {
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), false);
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.writes, 2);

  world_.say(6, 8);
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), false);
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), false);
  EXPECT_EQ(once().error->kind, ErrorKind::timeout);
  EXPECT_THAT(heard_, ::testing::ElementsAre(101U));
}

// Consul was asked again at another of its addresses, after the first had made it and was cut off.
TEST_F(Reconcile, ARaceThatWasLostAgainstOurselvesIsOurChange) {
  world_.failing_writes.emplace_back(error(ErrorKind::lost_race), true);
  const auto report = once();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(report.changes, SizeIs(1));
  EXPECT_EQ(world_.writes, 1);
}

TEST_F(Reconcile, AWriteWithoutAnswerIsConfirmedByTheNextReadingHoweverLateThatIs) {
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), true);
  world_.after_write = [this] { world_.reads.assign(2, error(ErrorKind::unreachable)); };
  auto report = once();
  EXPECT_EQ(report.error->kind, ErrorKind::timeout);
  EXPECT_THAT(report.changes, SizeIs(0));
  report = once_after(report);
  EXPECT_THAT(report.changes, SizeIs(0));
  report = once_after(report);
  EXPECT_THAT(report.changes, SizeIs(1));
  EXPECT_THAT(heard_, ::testing::ElementsAre(101U));
  report = once_after(report);
  EXPECT_THAT(report.changes, SizeIs(0));
  EXPECT_EQ(world_.writes, 1);
}

TEST_F(Reconcile, OfTwoWritesWithoutAnswerTheOneThatWasMadeIsReported) {
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), false);
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), true);
  const auto report = once();
  EXPECT_EQ(report.error->kind, ErrorKind::timeout);
  EXPECT_THAT(report.unconfirmed, SizeIs(2));
  EXPECT_THAT(once_after(report).changes, SizeIs(1));
  EXPECT_EQ(world_.writes, 2);
}

TEST_F(Reconcile, UntilItIsDoneAChangeWithoutAnswerIsReportedOnce) {
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), true);
  world_.after_write = [this] { world_.reads.assign(3, error(ErrorKind::unreachable)); };
  const auto report = until_done();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(report.changes, SizeIs(1));
}

TEST_F(Reconcile, WhileTheSentinelsCannotBeReadAChangeWithoutAnswerIsKeptInMind) {
  world_.failing_writes.emplace_back(error(ErrorKind::timeout), true);
  world_.after_write = [this] { world_.sentinels.clear(); };
  const auto report = once();
  EXPECT_THAT(report.changes, SizeIs(0));
  world_.say(5, 7);
  EXPECT_THAT(once_after(report).changes, SizeIs(1));
}

TEST_F(Reconcile, WhatCanNotBeMadeAnyMoreIsForgotten) {
  world_.failing_writes.emplace_back(error(ErrorKind::permission_denied), false);
  const auto report = once();
  EXPECT_THAT(report.unconfirmed, SizeIs(1));
  writer_ = "somebody else:2";
  (void)once();
  EXPECT_THAT(once_after(report).unconfirmed, SizeIs(0));
  EXPECT_THAT(heard_, ::testing::ElementsAre(101U)) << "of somebody else";
}

TEST_F(Reconcile, PermanentErrorsEndItAtOnce) {
  for (const auto kind :
       {ErrorKind::permission_denied, ErrorKind::rejected, ErrorKind::too_large, ErrorKind::tls}) {
    world_.failing_writes.emplace_back(error(kind), false);
    const auto report = until_done();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, kind);
    EXPECT_EQ(exit_code(report), 2);
  }
  EXPECT_EQ(world_.pauses, 0);
}

TEST_F(Reconcile, WhileConsulIsAwayItIsTriedUntilItIsBack) {
  for (int i = 0; i < 5; ++i) world_.reads.emplace_back(error(ErrorKind::unreachable));
  const auto report = until_done();
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(report.changes, SizeIs(1));
  EXPECT_EQ(world_.pauses, 5);
}

TEST_F(Reconcile, AtTheDeadlineItIsTransient) {
  for (int i = 0; i < 10'000; ++i) world_.reads.emplace_back(error(ErrorKind::unavailable));
  const auto deadline = options().deadline;
  const auto report = until_done();
  EXPECT_EQ(exit_code(report), 1);
  EXPECT_LE(world_.now(), deadline);
}

TEST_F(Reconcile, ATryThatTheDeadlineCutsShortDoesNotHideTheCause) {
  world_.reads.emplace_back(error(ErrorKind::unavailable));
  world_.reads.emplace_back(error(ErrorKind::timeout));
  world_.before_read = [this] {
    if (world_.reads.size() == 1) (void)world_.pause(milliseconds(5000));
  };
  const auto report = until_done();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->kind, ErrorKind::unavailable);
}

TEST_F(Reconcile, TheExitCodeIsTheOneSentinelUnderstands) {
  world_.sentinels.clear();
  EXPECT_EQ(exit_code(once()), 1);  // nobody could be read
  world_.say(5, 7);
  (void)once();
  world_.say(6, 7);
  EXPECT_EQ(exit_code(once()), 2);  // conflict
  world_.say(6, 6);
  EXPECT_EQ(exit_code(once()), 0);  // superseded
}

// A daemon's: Consul was read before the switch.
class ReconcileAhead : public Reconcile {
 protected:
  ReconcileAhead() {
    replicas({6, 7});
    (void)once();
    ahead_ = read_ahead(world_, config_.masters[0], options().deadline);
    world_.before_write = [this] { reads_before_writing_ = std::exchange(reads_, 0); };
    world_.before_read = [this] { ++reads_; };
  }
  void replicas(const std::vector<int>& numbers) {
    for (auto& sentinel : world_.sentinels) {
      sentinel.view->replicas.clear();
      for (const int number : numbers)
        sentinel.view->replicas.push_back({redis(number), sentinel::ReplicaState::healthy});
    }
  }
  void switch_to(int number, const std::vector<int>& others) {
    world_.say(number, 8);
    replicas(others);
  }
  Report with_ahead() {
    auto with = options();
    with.ahead = ahead_;
    return reconcile(world_, config_, config_.masters[0], with, rng_);
  }

  std::optional<ConsulReading> ahead_;
  int reads_ = 0;
  int reads_before_writing_ = 0;
};

TEST_F(ReconcileAhead, ASwitchThatWasPreparedIsOnlyWritten) {
  switch_to(6, {5, 7});
  const auto report = with_ahead();
  EXPECT_EQ(reads_before_writing_, 0);
  EXPECT_EQ(reads_, 1) << "it is verified like any";
  EXPECT_THAT(report.changes, SizeIs(1));
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.fence->address, redis(6));
}

TEST_F(ReconcileAhead, WhatHasHappenedToTheFenceSinceIsNoticed) {
  world_.fence->revision = 9;
  ++world_.index;
  switch_to(6, {5, 7});
  EXPECT_EQ(with_ahead().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.fence->revision, 10U);
  EXPECT_EQ(world_.fence->address, redis(6));
}

TEST_F(ReconcileAhead, WhatHasHappenedToTheRegistrationsSinceIsRepaired) {
  std::erase_if(world_.entries, [](const auto& entry) { return entry.address == "10.0.0.7"; });
  switch_to(6, {5, 7});
  EXPECT_EQ(with_ahead().plan.verdict, Verdict::up_to_date);
  EXPECT_THAT(world_.entries, SizeIs(3));
}

TEST_F(ReconcileAhead, NothingButATransactionFollowsFromIt) {
  world_.fence = std::nullopt;
  world_.entries.clear();
  EXPECT_THAT(with_ahead().changes, SizeIs(1)) << "it was up to date then, and is not now";
}

TEST_F(ReconcileAhead, AnOldOneIsNotUsed) {
  (void)world_.pause(std::chrono::seconds(6));
  switch_to(6, {5, 7});
  EXPECT_EQ(with_ahead().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(reads_before_writing_, 1);
}

TEST_F(ReconcileAhead, WhereANodeWasNotAskedForItIsNotUsed) {
  switch_to(8, {5, 7});
  EXPECT_EQ(with_ahead().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(reads_before_writing_, 1);
}

TEST_F(ReconcileAhead, WithoutAFenceItIsNotUsed) {
  world_.fence = std::nullopt;
  world_.entries.clear();
  ahead_ = read_ahead(world_, config_.masters[0], options().deadline);
  reads_ = 0;
  EXPECT_THAT(with_ahead().changes, SizeIs(1));
  EXPECT_EQ(reads_before_writing_, 1);
}

TEST_F(Reconcile, AChangeOfTheMasterIsFollowedIntoDns) {
  world_.dns_answers = {{{}, {}, "NXDOMAIN from 127.0.0.1:8600"}, {{redis(4)}, {}, ""}};
  const auto report = once();
  ASSERT_THAT(report.changes, SizeIs(1));
  ASSERT_TRUE(report.changes[0].visibility);
  EXPECT_GT(report.changes[0].visibility->after, milliseconds(0));
  EXPECT_EQ(world_.pauses, 2);
  EXPECT_EQ(exit_code(report), 0);
}

TEST_F(Reconcile, WhoDoesNotAwaitDnsIsNotHeldUpByIt) {
  world_.dns_answers.assign(10'000, {{redis(4)}, {}, ""});
  auto hurried = options();
  hurried.awaits_visibility = false;
  const auto report = reconcile(world_, config_, config_.masters[0], hurried, rng_);
  ASSERT_THAT(report.changes, SizeIs(1));
  EXPECT_FALSE(report.changes[0].visibility);
  EXPECT_EQ(world_.dns_answers.size(), 10'000U);
  EXPECT_EQ(world_.pauses, 0);
}

TEST_F(Reconcile, WhatDnsDoesNotShowIsDoneAllTheSame) {
  for (int i = 0; i < 10'000; ++i) world_.dns_answers.push_back({{redis(4)}, {}, ""});
  const auto report = once();
  ASSERT_THAT(report.changes, SizeIs(1));
  EXPECT_FALSE(report.changes[0].visibility->after);
  EXPECT_EQ(report.plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(exit_code(report), 0);
}

}  // namespace
}  // namespace rediscovery::updater
