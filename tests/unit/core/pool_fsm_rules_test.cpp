#include <gtest/gtest.h>

#include <algorithm>

#include "core/pool_fsm.hpp"
#include "unit/core/pool_script.hpp"

// How many connections there are, who gets them, and when they end.
namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using PoolFsmRules = PoolScript;

class PoolWith : public PoolScript {
 protected:
  PoolWith() { configure(policy_); }
  template <typename Change>
  void with(Change change) {
    change(policy_);
    configure(policy_);
  }
  PoolPolicy policy_ = small();
};

// ---- fairness -----------------------------------------------------------------------------------------

TEST_F(PoolFsmRules, CallersAreServedInTheOrderTheyCame) {
  serve();
  acquire(1);
  for (WaiterId waiter = 11; waiter <= 15; ++waiter) acquire(waiter);
  for (WaiterId waiter = 11; waiter <= 15; ++waiter) EXPECT_EQ(release(1), (PoolDid{{Lend{waiter, 1}}}));
}

TEST_F(PoolFsmRules, NobodyOvertakesAWaiterAfterAPause) {
  serve();
  suspended();
  acquire(1);
  EXPECT_EQ(confirmed(2), (PoolDid{{Lend{1, 2}}}));
  acquire(2);  // takes the other
  acquire(3);
  acquire(4);
  EXPECT_EQ(opened(3), (PoolDid{{Lend{3, 3}}}));
  EXPECT_EQ(opened(4), (PoolDid{{Lend{4, 4}}}));
}

TEST_F(PoolFsmRules, TheConnectionUsedLastIsLentFirst) {
  serve(3);
  acquire(1);
  acquire(2);
  release(2);
  release(3);
  EXPECT_EQ(acquire(3), (PoolDid{{Lend{3, 3}}})) << "so that the others can grow old and be closed";
}

// ---- bounds -------------------------------------------------------------------------------------------

TEST_F(PoolFsmRules, NoMoreThanMaxConnectingAtOneTime) {
  serve();
  acquire(1);
  EXPECT_EQ(acquire(2), PoolDid{{Connect{1}}});
  EXPECT_EQ(acquire(3), PoolDid{{Connect{1}}});
  EXPECT_EQ(acquire(4), nothing_);
  EXPECT_EQ(opened(2), (PoolDid{{Lend{2, 2}, Connect{1}}})) << "whom the bound held up is thought of";
  EXPECT_EQ(connect_failed(), PoolDid{{Connect{1}}});
}

TEST_F(PoolWith, NoMoreThanMaxConnections) {
  with([](PoolPolicy& policy) { policy.max_connections = 2; });
  serve();
  acquire(1);
  EXPECT_EQ(acquire(2), PoolDid{{Connect{1}}});
  EXPECT_EQ(acquire(3), nothing_);
  EXPECT_EQ(opened(2), (PoolDid{{Lend{2, 2}}}));
  EXPECT_EQ(acquire(4), nothing_);
}

TEST_F(PoolWith, AConfirmedConnectionThatIsOneTooManyIsClosed) {
  with([](PoolPolicy& policy) { policy.max_connections = 2; });
  serve(2);
  suspended();
  EXPECT_EQ(confirmed(3), (PoolDid{{Close{3, "one too many"}}}));
  EXPECT_EQ(state(), State::serving);
}

TEST_F(PoolWith, ConnectionsOfOlderGenerationsDoNotCount) {
  with([](PoolPolicy& policy) { policy.max_connections = 1; });
  serve();
  acquire(1);
  adopted(2, 10);
  EXPECT_EQ(acquire(2), (PoolDid{{Lend{2, 10}}}));
  EXPECT_EQ(fsm_.lent(), 2U);
}

TEST_F(PoolWith, WithoutWaitersAllowedACallerIsServedAtOnceOrNotAtAll) {
  with([](PoolPolicy& policy) { policy.max_waiters = 0; });
  EXPECT_EQ(acquire(1), PoolDid{{overloaded(1, 0)}});
  serve();
  EXPECT_EQ(acquire(2), (PoolDid{{Lend{2, 1}}}));
  EXPECT_EQ(acquire(3), (PoolDid{{overloaded(3, 0), Connect{1}}})) << "for whoever comes next";
  EXPECT_EQ(acquire(4), PoolDid{{overloaded(4, 0)}});
  opened(2);
  EXPECT_EQ(acquire(5), (PoolDid{{Lend{5, 2}}}));
}

TEST_F(PoolWith, WithoutWaitersAllowedAPoolThatHasLostItsConnectionsGetsOneAgain) {
  with([](PoolPolicy& policy) {
    policy.max_waiters = 0;
    policy.min_idle = 0;
  });
  serve();
  lost(1);
  EXPECT_EQ(acquire(2), (PoolDid{{overloaded(2, 0), Connect{1}}}));
}

TEST_F(PoolFsmRules, AWaiterWhoGaveUpFreesItsPlace) {
  for (WaiterId waiter = 1; waiter <= 5; ++waiter) acquire(waiter);
  give_up(3);
  EXPECT_EQ(acquire(6), nothing_);
  EXPECT_EQ(acquire(7), PoolDid{{overloaded(7, 5)}});
}

// ---- connections kept ready ---------------------------------------------------------------------------

TEST_F(PoolWith, AdoptionOpensAsManyAsAreToBeKeptReady) {
  with([](PoolPolicy& policy) { policy.min_idle = 3; });
  EXPECT_EQ(adopted(1, 1), (PoolDid{{Connect{1}, Connect{1}}}));
  EXPECT_EQ(opened(2), nothing_);
  EXPECT_EQ(opened(3), nothing_);
  EXPECT_EQ(tick(), nothing_);
}

TEST_F(PoolWith, ALostIdleConnectionIsReplaced) {
  with([](PoolPolicy& policy) { policy.min_idle = 1; });
  serve();
  EXPECT_EQ(lost(1), (PoolDid{{Close{1, "closed by the server"}, Connect{1}}}));
  EXPECT_EQ(lost(1), nothing_) << "said twice";
}

TEST_F(PoolWith, NothingIsConnectedWhilePaused) {
  with([](PoolPolicy& policy) { policy.min_idle = 1; });
  serve();
  suspended();
  EXPECT_EQ(lost(1), (PoolDid{{Close{1, "closed by the server"}}})) << "to a master that may be gone";
  EXPECT_EQ(tick(), nothing_);
  EXPECT_EQ(confirmed(2), nothing_) << "and then one is ready";
}

TEST_F(PoolWith, AConnectionBeingCheckedCountsAsReady) {
  with([](PoolPolicy& policy) { policy.min_idle = 1; });
  serve();
  EXPECT_EQ(tick_at_deadline(), PoolDid{{Check{1}}});
}

// ---- a new master -------------------------------------------------------------------------------------

TEST_F(PoolFsmRules, DrainedIsToldOnceWhenTheLastOldConnectionIsGone) {
  serve(3);
  for (WaiterId waiter = 1; waiter <= 3; ++waiter) acquire(waiter);
  adopted(2, 10);
  EXPECT_EQ(release(1), (PoolDid{{Close{1, "drained"}}}));
  EXPECT_EQ(release_spent(2), (PoolDid{{Close{2, "drained"}}}));
  EXPECT_EQ(release(3), (PoolDid{{Close{3, "drained"}, Drained{2}}}));
  EXPECT_EQ(tick(), nothing_);
}

TEST_F(PoolFsmRules, DrainedIsToldAtOnceWhenNoOldConnectionIsLent) {
  serve();
  EXPECT_EQ(adopted(2, 10), (PoolDid{{Close{1, "of an older generation"}, Drained{2}}}));
  EXPECT_EQ(adopted(3, 11), (PoolDid{{Close{10, "of an older generation"}, Drained{3}}}));
}

TEST_F(PoolFsmRules, TheFirstAdoptionHasNothingToDrain) { EXPECT_EQ(adopted(1, 1), nothing_); }

TEST_F(PoolFsmRules, TwoAdoptionsInARowDrainTogether) {
  serve();
  acquire(1);
  adopted(2, 10);
  acquire(2);
  EXPECT_EQ(adopted(3, 20), nothing_);
  EXPECT_EQ(release(1), (PoolDid{{Close{1, "drained"}}}));
  EXPECT_EQ(release(10), (PoolDid{{Close{10, "drained"}, Drained{3}}}));
}

TEST_F(PoolFsmRules, ACheckThatEndsAfterTheAdoptionIsForgotten) {
  serve();
  tick_at_deadline();
  EXPECT_EQ(adopted(2, 10), (PoolDid{{Close{1, "of an older generation"}, Drained{2}}}));
  EXPECT_EQ(checked(1, true), nothing_);
  EXPECT_EQ(fsm_.idle(), 1U);
}

TEST_F(PoolFsmRules, ConnectsOfTheOldGenerationDoNotHoldUpTheNew) {
  serve();
  acquire(1);
  acquire(2);
  acquire(3);
  ASSERT_EQ(fsm_.connecting(), 2U);
  EXPECT_EQ(adopted(2, 10), (PoolDid{{Lend{2, 10}, Connect{2}}}));
  EXPECT_EQ(fsm_.connecting(), 1U);
}

// ---- age ----------------------------------------------------------------------------------------------

class PoolWithLifetime : public PoolWith {
 protected:
  PoolWithLifetime() {
    with([](PoolPolicy& policy) {
      policy.max_lifetime = 10s;
      policy.idle_check_interval = 1h;
    });
  }
};

TEST_F(PoolWithLifetime, EndsIdleConnectionsATenthEitherWay) {
  with([](PoolPolicy& policy) { policy.max_connections = 200; });
  serve(200);
  std::vector<Duration> ends;
  const TimePoint start = now_;
  while (fsm_.idle() > 0) {
    for (std::size_t i = tick_at_deadline().actions.size(); i > 0; --i) ends.push_back(now_ - start);
  }
  ASSERT_EQ(ends.size(), 200U);
  EXPECT_GE(ends.front(), 9s);
  EXPECT_LE(ends.back(), 11s);
  EXPECT_GT(ends.back() - ends.front(), 1s) << "connections opened together do not end together";
}

TEST_F(PoolWithLifetime, EndsALentConnectionWhenItIsReleased) {
  serve();
  acquire(1);
  pass(12s);
  EXPECT_EQ(tick(), nothing_);
  EXPECT_EQ(release(1), (PoolDid{{Close{1, "lifetime"}}}));
}

TEST_F(PoolWithLifetime, LendsNoneThatIsTooOld) {
  serve(2);
  pass(12s);
  EXPECT_EQ(acquire(1), (PoolDid{{Close{2, "lifetime"}, Close{1, "lifetime"}, Connect{1}}}));
}

TEST_F(PoolWithLifetime, ReplacesTheOnesToBeKeptReady) {
  with([](PoolPolicy& policy) { policy.min_idle = 1; });
  serve();
  EXPECT_EQ(tick_at_deadline(), (PoolDid{{Close{1, "lifetime"}, Connect{1}}}));
}

TEST_F(PoolWithLifetime, HoldsWhilePausedToo) {
  serve();
  suspended();
  EXPECT_EQ(tick_at_deadline(), (PoolDid{{Close{1, "lifetime"}}}));
}

class PoolWithIdleTime : public PoolWith {
 protected:
  PoolWithIdleTime() {
    with([](PoolPolicy& policy) {
      policy.max_idle_time = 10s;
      policy.idle_check_interval = 1h;
      policy.min_idle = 1;
    });
  }
};

TEST_F(PoolWithIdleTime, ClosesTheLongestUnusedButKeepsMinIdle) {
  serve(3);
  pass(10s);
  EXPECT_EQ(tick(), (PoolDid{{Close{1, "idle for too long"}, Close{2, "idle for too long"}}}));
  EXPECT_EQ(fsm_.idle(), 1U);
  pass(10s);
  EXPECT_EQ(tick(), nothing_);
  EXPECT_GT(pause().value(), 1s) << "nor is it tried again and again";
}

TEST_F(PoolWithIdleTime, CountsFromTheLastUse) {
  serve(2);
  pass(6s);
  acquire(1);
  release(2);
  pass(4s);
  EXPECT_EQ(tick(), (PoolDid{{Close{1, "idle for too long"}}}));
}

TEST_F(PoolFsmRules, WithoutAnIdleTimeConnectionsStay) {
  serve(3);
  pass(24h);
  EXPECT_EQ(tick().actions.size(), 3U) << "three checks";
  EXPECT_EQ(fsm_.connecting(), 0U);
  for (ConnectionId id = 1; id <= 3; ++id) EXPECT_EQ(checked(id, true), nothing_);
  EXPECT_EQ(fsm_.idle(), 3U);
}

// ---- checks -------------------------------------------------------------------------------------------

TEST_F(PoolFsmRules, AnUnusedConnectionIsCheckedAtIntervals) {
  serve();
  EXPECT_EQ(pause(), 5s);
  EXPECT_EQ(tick_at_deadline(), PoolDid{{Check{1}}});
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
  pass(10ms);
  EXPECT_EQ(checked(1, true), nothing_);
  EXPECT_EQ(pause(), 5s);
}

// What the master says of itself and its replicas has to be heard also where nothing is ever idle for long.
TEST_F(PoolFsmRules, WhereNoConnectionIsIdleOneIsCheckedWhenItComesBack) {
  serve(2);
  acquire(1);
  acquire(2);
  pass(4999ms);
  EXPECT_EQ(release(1), nothing_);
  acquire(3);
  pass(1ms);
  EXPECT_EQ(release(1), PoolDid{{Check{1}}});
  EXPECT_EQ(release(2), nothing_) << "one for all";
}

TEST_F(PoolFsmRules, WhereAnIdleOneIsCheckedAUsedOneIsNot) {
  serve(2);
  acquire(1);
  pass(5s);
  EXPECT_EQ(tick(), PoolDid{{Check{1}}});
  EXPECT_EQ(release(2), nothing_);
}

TEST_F(PoolFsmRules, WhoWaitsForTheConnectionThatIsCheckedHasItThen) {
  serve();
  acquire(1);
  acquire(2);
  pass(5s);
  EXPECT_EQ(release(1), PoolDid{{Check{1}}});
  EXPECT_EQ(checked(1, true), (PoolDid{{Lend{2, 1}}}));
}

TEST_F(PoolFsmRules, NoConnectionThatComesBackIsCheckedWhilePaused) {
  serve();
  acquire(1);
  pass(5s);
  suspended();
  EXPECT_EQ(release(1), nothing_);
  EXPECT_EQ(fsm_.idle(), 1U);
}

TEST_F(PoolFsmRules, AConnectionIsNotLentWhileItIsChecked) {
  serve();
  tick_at_deadline();
  EXPECT_EQ(acquire(1), PoolDid{{Connect{1}}});
  EXPECT_EQ(checked(1, true), (PoolDid{{Lend{1, 1}}})) << "but as soon as it has passed";
}

TEST_F(PoolFsmRules, AConnectionThatFailsItsCheckIsClosed) {
  serve();
  tick_at_deadline();
  acquire(1);
  EXPECT_EQ(checked(1, false), (PoolDid{{Close{1, "did not pass its check"}}}));
  EXPECT_EQ(fsm_.connecting(), 1U);
}

TEST_F(PoolFsmRules, AConnectionThatIsLostDuringItsCheckIsClosedOnce) {
  serve();
  tick_at_deadline();
  EXPECT_EQ(lost(1), (PoolDid{{Close{1, "closed by the server"}}}));
  EXPECT_EQ(checked(1, false), nothing_);
}

TEST_F(PoolFsmRules, ACheckPassedWhilePausedDoesNotLend) {
  serve();
  tick_at_deadline();
  suspended();
  acquire(1);
  EXPECT_EQ(checked(1, true), nothing_);
  EXPECT_EQ(fsm_.idle(), 1U);
}

TEST_F(PoolFsmRules, NothingIsCheckedWhilePaused) {
  serve();
  suspended();
  pass(1h);
  EXPECT_EQ(tick(), nothing_) << "the verification of the master is the check";
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
}

// ---- the end ------------------------------------------------------------------------------------------

TEST_F(PoolFsmRules, CloseDuringEverythingLeavesNothingBehind) {
  serve(4);
  for (WaiterId waiter = 1; waiter <= 2; ++waiter) acquire(waiter);  // lent: 4 and 3
  adopted(2, 10);                                                    // … now draining
  acquire(5);                                                        // lent: 10
  acquire(6);                                                        // waits, connects
  EXPECT_EQ(close(), PoolDid{{closed(6)}});
  EXPECT_EQ(opened(11, 2), (PoolDid{{Close{11, "came too late"}}}));
  EXPECT_EQ(adopted(3, 12), (PoolDid{{Close{12, "the pool was closed"}}}));
  EXPECT_EQ(confirmed(13), (PoolDid{{Close{13, "the pool was closed"}}}));
  EXPECT_EQ(tick(), nothing_);
  EXPECT_EQ(release(10), (PoolDid{{Close{10, "the pool was closed"}}}));
  EXPECT_EQ(release(4), (PoolDid{{Close{4, "drained"}}}));
  EXPECT_EQ(release(3), (PoolDid{{Close{3, "drained"}, Drained{2}}}));
  EXPECT_EQ(fsm_.idle() + fsm_.lent() + fsm_.waiting() + fsm_.connecting(), 0U);
}

TEST_F(PoolFsmRules, CloseWhileAConnectionIsCheckedClosesIt) {
  serve();
  tick_at_deadline();
  EXPECT_EQ(close(), (PoolDid{{Close{1, "the pool was closed"}}}));
  EXPECT_EQ(checked(1, true), nothing_);
}

TEST_F(PoolFsmRules, AfterTheGraceWhatIsStillLentIsCutOff) {
  serve();
  acquire(1);
  close();
  EXPECT_EQ(grace_over(), (PoolDid{{CutOff{1}}}));
  EXPECT_EQ(release_spent(1), (PoolDid{{Close{1, "the pool was closed"}}}));
  EXPECT_EQ(grace_over(), nothing_);
}

}  // namespace
}  // namespace rediscovery::core
