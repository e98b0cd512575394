#include "core/pool_fsm.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/core/pool_script.hpp"

// The transition table, row by row, and every pair of state and event. Sizes and times:
// pool_fsm_rules_test.cpp. Long random runs: pool_fsm_model_test.cpp.
namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using PoolFsmTest = PoolScript;

const Error kWrongPassword(ErrorCode::authentication, Executed::no, "WRONGPASS");

// ---- the rows of the table ----------------------------------------------------------------------------

TEST_F(PoolFsmTest, BeforeTheFirstMasterCallersWait) {
  EXPECT_EQ(state(), State::starting);
  EXPECT_EQ(acquire(1), nothing_);
  EXPECT_EQ(fsm_.waiting(), 1U);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
}

TEST_F(PoolFsmTest, BeforeTheFirstMasterTheBoundOfWaitersHoldsToo) {
  for (WaiterId waiter = 1; waiter <= 5; ++waiter) acquire(waiter);
  EXPECT_EQ(acquire(6), PoolDid{{overloaded(6, 5)}});
}

TEST_F(PoolFsmTest, ServingLendsAnIdleConnection) {
  serve();
  EXPECT_EQ(acquire(1), (PoolDid{{Lend{1, 1}}}));
  EXPECT_EQ(fsm_.lent(), 1U);
  EXPECT_EQ(fsm_.idle(), 0U);
}

TEST_F(PoolFsmTest, ServingConnectsForACallerWhoFindsNoneIdle) {
  serve();
  acquire(1);
  EXPECT_EQ(acquire(2), PoolDid{{Connect{1}}});
  EXPECT_EQ(fsm_.waiting(), 1U);
  EXPECT_EQ(fsm_.connecting(), 1U);
  EXPECT_EQ(opened(2), (PoolDid{{Lend{2, 2}}}));
}

TEST_F(PoolFsmTest, PausedLendsNothingThoughConnectionsAreIdle) {
  serve();
  EXPECT_EQ(suspended(), nothing_);
  EXPECT_EQ(state(), State::paused);
  EXPECT_EQ(acquire(1), nothing_);
  for (WaiterId waiter = 2; waiter <= 5; ++waiter) acquire(waiter);
  EXPECT_EQ(acquire(6), PoolDid{{overloaded(6, 5)}});
}

TEST_F(PoolFsmTest, AReleasedConnectionGoesToTheFirstWaiter) {
  serve();
  acquire(1);
  acquire(2);
  acquire(3);
  EXPECT_EQ(release(1), (PoolDid{{Lend{2, 1}}}));
  EXPECT_EQ(release(1), (PoolDid{{Lend{3, 1}}}));
  EXPECT_EQ(release(1), nothing_);
  EXPECT_EQ(fsm_.idle(), 1U);
}

TEST_F(PoolFsmTest, WhilePausedAReleasedConnectionRests) {
  serve();
  acquire(1);
  acquire(2);
  suspended();
  EXPECT_EQ(release(1), nothing_);
  EXPECT_EQ(fsm_.idle(), 1U);
  EXPECT_EQ(fsm_.waiting(), 1U);
}

TEST_F(PoolFsmTest, ASpentConnectionIsClosedAndReplacedIfSomebodyWaits) {
  configure([] {
    PoolPolicy policy = small();
    policy.max_connections = 1;
    return policy;
  }());
  serve();
  acquire(1);
  acquire(2);
  EXPECT_EQ(release_spent(1), (PoolDid{{Close{1, "spent"}, Connect{1}}}));
  EXPECT_EQ(opened(2), (PoolDid{{Lend{2, 2}}}));
  EXPECT_EQ(release_spent(2), (PoolDid{{Close{2, "spent"}}})) << "nobody waits";
}

TEST_F(PoolFsmTest, AnOpenedConnectionOfAnotherGenerationIsClosedAndNotCounted) {
  serve();
  acquire(1);
  acquire(2);  // connects, generation 1
  adopted(2, 10);
  acquire(3);
  ASSERT_EQ(fsm_.connecting(), 1U);
  EXPECT_EQ(opened(2, 1), (PoolDid{{Close{2, "came too late"}}}));
  EXPECT_EQ(fsm_.connecting(), 1U) << "the connect of generation 2 is still under way";
  EXPECT_EQ(on(PoolFsm::ConnectFailed{1}), nothing_) << "nor does one that failed count";
  EXPECT_EQ(fsm_.connecting(), 1U);
}

TEST_F(PoolFsmTest, AdoptionClosesOldIdleConnectionsAndServesTheWaiters) {
  serve(2);
  acquire(1);
  suspended();
  acquire(2);
  EXPECT_EQ(adopted(2, 10), (PoolDid{{Close{1, "of an older generation"}, Lend{2, 10}}}));
  EXPECT_EQ(state(), State::serving);
  EXPECT_EQ(fsm_.generation(), 2U);
}

TEST_F(PoolFsmTest, AdoptionLetsLentConnectionsDrain) {
  serve();
  acquire(1);
  EXPECT_EQ(adopted(2, 10), nothing_);
  EXPECT_EQ(fsm_.lent(), 1U);
  EXPECT_EQ(release(1), (PoolDid{{Close{1, "drained"}, Drained{2}}}));
}

TEST_F(PoolFsmTest, ConfirmationServesTheWaiters) {
  serve();
  suspended();
  acquire(1);
  acquire(2);
  acquire(3);
  EXPECT_EQ(confirmed(2), (PoolDid{{Lend{1, 2}, Lend{2, 1}, Connect{1}}}));
  EXPECT_EQ(state(), State::serving);
}

TEST_F(PoolFsmTest, AnIdleConnectionThatIsLostIsClosed) {
  serve();
  EXPECT_EQ(lost(1), (PoolDid{{Close{1, "closed by the server"}}}));
  EXPECT_EQ(fsm_.idle(), 0U);
  EXPECT_EQ(acquire(1), PoolDid{{Connect{1}}});
}

TEST_F(PoolFsmTest, ALentConnectionThatIsLostIsClosedWhenItsHolderIsDone) {
  serve();
  acquire(1);
  EXPECT_EQ(lost(1), nothing_);
  EXPECT_EQ(fsm_.lent(), 1U);
  EXPECT_EQ(release(1), (PoolDid{{Close{1, "spent"}}})) << "even if its holder has not noticed";
}

TEST_F(PoolFsmTest, ARefusalFailsEveryWaiter) {
  acquire(1);
  acquire(2);
  EXPECT_EQ(refused(kWrongPassword), (PoolDid{{Fail{1, kWrongPassword}, Fail{2, kWrongPassword}}}));
  EXPECT_EQ(fsm_.waiting(), 0U);
  EXPECT_EQ(state(), State::starting) << "who comes later waits again: the password may be mended";
  EXPECT_EQ(acquire(3), nothing_);
}

TEST_F(PoolFsmTest, CloseFailsTheWaitersAndClosesTheIdle) {
  serve(2);
  acquire(1);
  suspended();
  acquire(2);
  EXPECT_EQ(close(), (PoolDid{{closed(2), Close{1, "the pool was closed"}}}));
  EXPECT_EQ(state(), State::closed);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
}

TEST_F(PoolFsmTest, AClosedPoolRefusesCallers) {
  close();
  EXPECT_EQ(acquire(1), (PoolDid{{Fail{1, Error(ErrorCode::closed, Executed::no, "the pool is closed")}}}));
}

TEST_F(PoolFsmTest, GivingUpLeavesTheQueue) {
  serve();
  acquire(1);
  acquire(2);
  acquire(3);
  EXPECT_EQ(give_up(2), nothing_);
  EXPECT_EQ(fsm_.waiting(), 1U);
  EXPECT_EQ(release(1), (PoolDid{{Lend{3, 1}}}));
  EXPECT_EQ(give_up(3), nothing_) << "too late: it has a connection";
  EXPECT_EQ(fsm_.lent(), 1U);
}

// ---- every state and every event ----------------------------------------------------------------------

class PoolFsmEveryPair : public PoolScript {
 protected:
  // Serving and paused: connection 1 is lent, 2 is idle. Starting and paused: caller 9 waits. Closed:
  // connection 1 is still lent.
  void be(State state) {
    now_ = TimePoint{} + 1h;
    fsm_ = PoolFsm(small());
    if (state != State::starting) {
      serve(2);
      acquire(1);  // gets 2, the last that rested
      release(2);
      lend_first();
    }
    if (state == State::paused) suspended();
    if (state == State::starting || state == State::paused) acquire(9);
    if (state == State::closed) close();
    ASSERT_EQ(fsm_.state(), state);
  }

 private:
  void lend_first() {
    acquire(1);
    acquire(2);
    release(2);
  }
};

struct Outcome {
  PoolDid did;
  PoolFsm::State after;
};

struct Row {
  const char* name;
  PoolFsm::Event event;
  Outcome starting, serving, paused, closed;
};

TEST_F(PoolFsmEveryPair, DoesWhatTheTableSays) {
  const auto starting = [](PoolDid did = {}) { return Outcome{std::move(did), State::starting}; };
  const auto serving = [](PoolDid did = {}) { return Outcome{std::move(did), State::serving}; };
  const auto paused = [](PoolDid did = {}) { return Outcome{std::move(did), State::paused}; };
  const auto shut = [](PoolDid did = {}) { return Outcome{std::move(did), State::closed}; };
  const PoolDid late{{Close{7, "came too late"}}};
  const PoolDid after_the_end{{Close{7, "the pool was closed"}}};
  const PoolDid one_after_the_end{{Close{1, "the pool was closed"}}};
  const PoolDid one_spent{{Close{1, "spent"}}};
  const PoolDid two_lost{{Close{2, "closed by the server"}}};
  const PoolDid two_useless{{Close{2, "did not pass its check"}}};
  const PoolDid cut{{CutOff{1}}};
  const Fail refused_caller{5, Error(ErrorCode::closed, Executed::no, "the pool is closed")};
  const Close old{2, "of an older generation"};

  const Row rows[] = {
      {"acquire", PoolFsm::Acquire{5},  //
       starting(), serving({{Lend{5, 2}}}), paused(), shut({{refused_caller}})},
      {"a waiter gives up", PoolFsm::GiveUp{9},  //
       starting(), serving(), paused(), shut()},
      {"the lent one is released", PoolFsm::Release{1, true},  //
       starting(), serving(), paused(), shut(one_after_the_end)},
      {"the lent one is released and spent", PoolFsm::Release{1, false},  //
       starting(), serving(one_spent), paused(one_spent), shut(one_after_the_end)},
      {"one that is not lent is released", PoolFsm::Release{2, true},  //
       starting(), serving(), paused(), shut()},
      {"one is opened", PoolFsm::Opened{7, 1},  //
       starting(late), serving(), paused(), shut(late)},
      {"one of another generation is opened", PoolFsm::Opened{7, 2},  //
       starting(late), serving(late), paused(late), shut(late)},
      {"a connect fails", PoolFsm::ConnectFailed{1},  //
       starting(), serving(), paused(), shut()},
      {"a master is adopted", PoolFsm::Adopted{2, 7},  //
       serving({{Lend{9, 7}}}), serving({{old}}), serving({{old, Lend{9, 7}}}), shut(after_the_end)},
      {"the master is suspect", PoolFsm::Suspended{},  //
       starting(), paused(), paused(), shut()},
      // In starting there is nothing to confirm; the connection would end with the first adoption.
      {"the master is confirmed", PoolFsm::Confirmed{7},  //
       starting(), serving(), serving({{Lend{9, 7}}}), shut(after_the_end)},
      {"the idle one is lost", PoolFsm::Lost{2},  //
       starting(), serving(two_lost), paused(two_lost), shut()},
      {"the lent one is lost", PoolFsm::Lost{1},  //
       starting(), serving(), paused(), shut()},
      {"a check nobody asked for passes", PoolFsm::Checked{2, true},  //
       starting(), serving(), paused(), shut()},
      {"the idle one sends what nobody asked for", PoolFsm::Checked{2, false},  //
       starting(), serving(two_useless), paused(two_useless), shut()},
      {"the lent one sends what nobody asked for", PoolFsm::Checked{1, false},  //
       starting(), serving(), paused(), shut()},
      {"the user is refused", PoolFsm::Refused{kWrongPassword},  //
       starting({{Fail{9, kWrongPassword}}}), serving(), paused({{Fail{9, kWrongPassword}}}), shut()},
      {"tick", PoolFsm::Tick{},  //
       starting(), serving(), paused(), shut()},
      {"close", PoolFsm::CloseAll{},  //
       shut({{closed(9)}}), shut({{Close{2, "the pool was closed"}}}),
       shut({{closed(9), Close{2, "the pool was closed"}}}), shut()},
      {"the grace is over", PoolFsm::GraceOver{},  //
       starting(), serving(cut), paused(cut), shut(cut)},
  };
  for (const Row& row : rows) {
    const std::pair<State, const Outcome*> columns[] = {{State::starting, &row.starting},
                                                        {State::serving, &row.serving},
                                                        {State::paused, &row.paused},
                                                        {State::closed, &row.closed}};
    for (const auto& [before, expected] : columns) {
      be(before);
      EXPECT_EQ(on(row.event), expected->did) << before << ": " << row.name;
      EXPECT_EQ(state(), expected->after) << before << ": " << row.name;
    }
  }
}

TEST(PoolFsm, ActionsAndStatesAreWrittenForTraces) {
  std::ostringstream out;
  out << PoolDid{{PoolFsm::Lend{1, 2}, PoolFsm::Fail{3, kWrongPassword}, PoolFsm::Connect{4},
                  PoolFsm::Close{5, "spent"}, PoolFsm::CutOff{6}, PoolFsm::Check{7}, PoolFsm::Drained{8}}};
  EXPECT_EQ(out.str(),
            "Lend{2 to 1}, Fail{3 authentication (executed: no): WRONGPASS}, Connect{generation 4}, "
            "Close{5 spent}, CutOff{6}, Check{7}, Drained{before 8}");
  out.str("");
  using State = PoolFsm::State;
  out << State::starting << ' ' << State::serving << ' ' << State::paused << ' ' << State::closed;
  EXPECT_EQ(out.str(), "starting serving paused closed");
}

}  // namespace
}  // namespace rediscovery::core
