#include "core/resolve_fsm.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "unit/core/script.hpp"

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using State = ResolveFsm::State;
using StartLookup = ResolveFsm::StartLookup;
using CancelLookup = ResolveFsm::CancelLookup;
using Publish = ResolveFsm::Publish;
using ReportFailure = ResolveFsm::ReportFailure;
using Did = Script<ResolveFsm::Action>;

const Endpoint kA{"10.0.0.1", 6379, "master.test"};
const Endpoint kB{"10.0.0.2", 6379, "master.test"};

const Did kNothing{};

constexpr Duration kFloor = 1s;
constexpr Duration kCeiling = 30s;

class ResolveFsmTest : public ::testing::Test {
 protected:
  // ---- what happens -------------------------------------------------------------------------------
  Did on(const ResolveFsm::Event& event) { return {fsm_.on(event, now_, rng_)}; }
  Did start() { return on(ResolveFsm::Start{}); }
  Did answer(std::vector<Endpoint> endpoints, Duration ttl = 0s) {
    return on(ResolveFsm::Answered{{std::move(endpoints), ttl, ""}});
  }
  Did fail(std::string problem) { return on(ResolveFsm::Answered{{{}, 0s, std::move(problem)}}); }
  Did hurry_up() { return on(ResolveFsm::HurryUp{}); }
  Did calm_down() { return on(ResolveFsm::CalmDown{}); }
  Did stop() { return on(ResolveFsm::Stop{}); }
  Did tick() { return on(ResolveFsm::Tick{}); }
  Did tick_at_deadline() {
    now_ = fsm_.next_deadline().value();
    return tick();
  }
  void pass(Duration time) { now_ += time; }

  // ---- how it stands ------------------------------------------------------------------------------
  State state() const { return fsm_.state(); }
  Duration pause() const { return fsm_.next_deadline().value() - now_; }

  // ---- how it gets there --------------------------------------------------------------------------
  void be_looking_up() { start(); }
  void be_waiting_in_a_hurry() {
    start();
    answer({kA});
  }
  void be_waiting_calmly(Duration ttl = 0s) {
    start();
    answer({kA}, ttl);
    calm_down();
  }
  void be_stopped() {
    start();
    stop();
  }

  TimePoint now_ = TimePoint{} + 1h;
  Rng rng_{1};
  ResolveFsm fsm_{ResolvePolicy{kFloor, kCeiling}};
};

// ---- the rows of the table ----------------------------------------------------------------------------

TEST_F(ResolveFsmTest, StartLooksUpAtOnce) {
  EXPECT_EQ(state(), State::idle);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
  EXPECT_EQ(start(), Did{{StartLookup{}}});
  EXPECT_EQ(state(), State::looking_up);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt) << "the answer always comes; there is nothing to time";
}

TEST_F(ResolveFsmTest, UsableAnswerIsPublished) {
  be_looking_up();
  EXPECT_EQ(answer({kA, kB}), (Did{{Publish{{kA, kB}, true}}}));
  EXPECT_EQ(state(), State::waiting);
}

TEST_F(ResolveFsmTest, TheSameAnswerIsPublishedAsUnchanged) {
  be_waiting_in_a_hurry();
  tick_at_deadline();
  EXPECT_EQ(answer({kA}), (Did{{Publish{{kA}, false}}}));
  tick_at_deadline();
  EXPECT_EQ(answer({kB}), (Did{{Publish{{kB}, true}}}));
}

TEST_F(ResolveFsmTest, EmptyAnswerIsReported) {
  be_looking_up();
  EXPECT_EQ(fail("NXDOMAIN"), Did{{ReportFailure{"NXDOMAIN"}}});
  EXPECT_EQ(state(), State::waiting);
}

TEST_F(ResolveFsmTest, FailedLookupKeepsTheLastGoodAddresses) {
  be_waiting_in_a_hurry();
  tick_at_deadline();
  EXPECT_EQ(fail("SERVFAIL"), Did{{ReportFailure{"SERVFAIL"}}}) << "nothing is published";
  tick_at_deadline();
  EXPECT_EQ(answer({kA}), (Did{{Publish{{kA}, false}}})) << "the failure in between has forgotten nothing";
}

TEST_F(ResolveFsmTest, HurryDuringALookupIsRememberedAndAsksAgainSoon) {
  be_waiting_calmly();
  tick_at_deadline();
  EXPECT_EQ(hurry_up(), kNothing) << "one look-up at a time";
  EXPECT_EQ(state(), State::looking_up);
  answer({kA}, 20s);
  EXPECT_LE(pause(), 4ms) << "the answer may be older than the evidence";
}

TEST_F(ResolveFsmTest, HurryWhileWaitingLooksUpAtOnce) {
  be_waiting_calmly();
  EXPECT_EQ(hurry_up(), Did{{StartLookup{}}});
  EXPECT_EQ(state(), State::looking_up);
}

TEST_F(ResolveFsmTest, HurryingTwiceStartsOneLookup) {
  be_waiting_calmly();
  hurry_up();
  answer({kA});
  EXPECT_EQ(hurry_up(), kNothing) << "however many connections see evidence";
  EXPECT_EQ(state(), State::waiting);
}

TEST_F(ResolveFsmTest, DeadlineLooksUp) {
  be_waiting_calmly();
  EXPECT_EQ(tick_at_deadline(), Did{{StartLookup{}}});
  EXPECT_EQ(state(), State::looking_up);
}

TEST_F(ResolveFsmTest, TickBeforeTheDeadlineDoesNothing) {
  be_waiting_calmly();
  pass(pause() - 1ns);
  EXPECT_EQ(tick(), kNothing);
  pass(1ns);
  EXPECT_EQ(tick(), Did{{StartLookup{}}});
}

TEST_F(ResolveFsmTest, CalmWhileWaitingMovesTheDeadlineToTheCalmOne) {
  start();
  answer({kA}, 20s);
  EXPECT_LE(pause(), 4ms);
  EXPECT_EQ(calm_down(), kNothing);
  EXPECT_EQ(state(), State::waiting);
  EXPECT_GE(pause(), 18s);
  EXPECT_LE(pause(), 20s);
}

TEST_F(ResolveFsmTest, CalmDuringALookupAppliesToItsAnswer) {
  be_looking_up();
  EXPECT_EQ(calm_down(), kNothing);
  EXPECT_EQ(state(), State::looking_up);
  answer({kA}, 20s);
  EXPECT_GE(pause(), 18s);
}

TEST_F(ResolveFsmTest, StopCancelsTheLookupUnderWay) {
  be_looking_up();
  EXPECT_EQ(stop(), Did{{CancelLookup{}}});
  EXPECT_EQ(state(), State::stopped);
}

TEST_F(ResolveFsmTest, StopWhileWaitingHasNothingToCancel) {
  be_waiting_calmly();
  EXPECT_EQ(stop(), kNothing);
  EXPECT_EQ(state(), State::stopped);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
}

// ---- when the next look-up is -------------------------------------------------------------------------

TEST_F(ResolveFsmTest, CalmRefreshFollowsTheTtlWithinItsBounds) {
  struct Row {
    Duration ttl;
    Duration interval;
  };
  for (const Row& row : {Row{0s, kFloor}, Row{500ms, kFloor}, Row{5s, 5s}, Row{1h, kCeiling}}) {
    ResolveFsmTest::fsm_ = ResolveFsm(ResolvePolicy{kFloor, kCeiling});
    be_waiting_calmly(row.ttl);
    EXPECT_LE(pause(), row.interval);
    EXPECT_GE(pause(), row.interval - row.interval / 10) << "a tenth sooner at the most";
  }
}

TEST_F(ResolveFsmTest, PoolsDoNotRefreshInStep) {
  be_waiting_calmly(10s);
  const Duration first = pause();
  tick_at_deadline();
  answer({kA}, 10s);
  EXPECT_NE(pause(), first);
}

TEST_F(ResolveFsmTest, InAHurryThePaceSlowsDownWithTheTimeLost) {
  be_looking_up();
  fail("timeout");
  EXPECT_GE(pause(), 2ms);
  EXPECT_LE(pause(), 4ms);
  pass(32s);
  tick();
  fail("timeout");
  EXPECT_LE(pause(), 1s) << "and never more than a second";
  Duration longest{};
  for (int i = 0; i < 50; ++i) {
    tick_at_deadline();
    fail("timeout");
    longest = std::max(longest, pause());
  }
  EXPECT_GT(longest, 500ms);
  EXPECT_LE(longest, 1s);
}

TEST_F(ResolveFsmTest, InAHurryEveryMomentLostCostsAtMostASmallShareMore) {
  be_looking_up();
  const TimePoint since = now_;
  while (now_ - since < 10s) {
    fail("timeout");
    EXPECT_LE(pause(), std::max<Duration>(4ms, (now_ - since) / 32));
    tick_at_deadline();
  }
}

TEST_F(ResolveFsmTest, CalmFailuresAreRetriedAfterAQuarterOfTheTimeTheyHaveLasted) {
  be_waiting_calmly();
  tick_at_deadline();
  fail("NXDOMAIN");
  EXPECT_LE(pause(), kFloor);
  pass(40s);
  tick();
  fail("NXDOMAIN");
  EXPECT_GE(pause(), 9s);
  EXPECT_LE(pause(), 10s);
  pass(1h);
  tick();
  fail("NXDOMAIN");
  EXPECT_LE(pause(), kCeiling);
  EXPECT_GE(pause(), kCeiling - kCeiling / 10);
}

// RFC 2308: that there is no such name may be believed for as long as the answer says.
TEST_F(ResolveFsmTest, AnEmptyAnswerIsBelievedForItsNegativeTtlWhileNobodyWaits) {
  be_waiting_calmly();
  tick_at_deadline();
  on(ResolveFsm::Answered{{{}, 5s, "NXDOMAIN"}});
  EXPECT_GE(pause(), 4500ms);
  EXPECT_LE(pause(), 5s);
  tick_at_deadline();
  on(ResolveFsm::Answered{{{}, 24h, "NXDOMAIN"}});
  EXPECT_LE(pause(), kCeiling);
  on(ResolveFsm::HurryUp{});
  on(ResolveFsm::Answered{{{}, 24h, "NXDOMAIN"}});
  EXPECT_LE(pause(), 4ms) << "but not by those who need a master now";
}

TEST_F(ResolveFsmTest, AGoodAnswerEndsTheTroubleOfFailures) {
  be_waiting_calmly();
  tick_at_deadline();
  fail("NXDOMAIN");
  pass(1h);
  tick();
  answer({kA}, 5s);
  EXPECT_LE(pause(), 5s);
  tick_at_deadline();
  fail("NXDOMAIN");
  EXPECT_LE(pause(), kFloor) << "counted from this failure, not from the one an hour ago";
}

TEST_F(ResolveFsmTest, EachHurryStartsAtTheFastPace) {
  be_looking_up();
  pass(1h);
  answer({kA});
  calm_down();
  hurry_up();
  answer({kA});
  EXPECT_LE(pause(), 4ms);
}

TEST_F(ResolveFsmTest, SameSeedSameTimes) {
  ResolveFsm other{ResolvePolicy{kFloor, kCeiling}};
  Rng rng(1);
  (void)other.on(ResolveFsm::Start{}, now_, rng);
  (void)other.on(ResolveFsm::Answered{{{kA}, 5s, ""}}, now_, rng);
  start();
  answer({kA}, 5s);
  EXPECT_EQ(fsm_.next_deadline(), other.next_deadline());
}

// ---- every state and every event ----------------------------------------------------------------------

struct Pair {
  State before;
  ResolveFsm::Event event;
  const char* name;
  Did did;
  State after;
};

TEST_F(ResolveFsmTest, EveryPairOfStateAndEventDoesWhatTheTableSays) {
  const ResolveFsm::Event good = ResolveFsm::Answered{{{kB}, 0s, ""}};
  const ResolveFsm::Event bad = ResolveFsm::Answered{{{}, 0s, "NXDOMAIN"}};
  const ResolveFsm::Event hurry = ResolveFsm::HurryUp{};
  const ResolveFsm::Event calm = ResolveFsm::CalmDown{};
  const ResolveFsm::Event begin = ResolveFsm::Start{};
  const ResolveFsm::Event deadline = ResolveFsm::Tick{};
  const ResolveFsm::Event end = ResolveFsm::Stop{};
  const Did look_up{{StartLookup{}}};
  const Did published{{Publish{{kB}, true}}};
  const Did reported{{ReportFailure{"NXDOMAIN"}}};
  const Pair pairs[] = {
      {State::idle, begin, "start", look_up, State::looking_up},
      {State::idle, good, "answered", kNothing, State::idle},
      {State::idle, bad, "failed", kNothing, State::idle},
      {State::idle, hurry, "hurry_up", kNothing, State::idle},
      {State::idle, calm, "calm_down", kNothing, State::idle},
      {State::idle, deadline, "tick", kNothing, State::idle},
      {State::idle, end, "stop", kNothing, State::idle},
      {State::looking_up, begin, "start", kNothing, State::looking_up},
      {State::looking_up, good, "answered", published, State::waiting},
      {State::looking_up, bad, "failed", reported, State::waiting},
      {State::looking_up, hurry, "hurry_up", kNothing, State::looking_up},
      {State::looking_up, calm, "calm_down", kNothing, State::looking_up},
      {State::looking_up, deadline, "tick", kNothing, State::looking_up},
      {State::looking_up, end, "stop", Did{{CancelLookup{}}}, State::stopped},
      {State::waiting, begin, "start", kNothing, State::waiting},
      {State::waiting, good, "answered", kNothing, State::waiting},
      {State::waiting, bad, "failed", kNothing, State::waiting},
      {State::waiting, hurry, "hurry_up", look_up, State::looking_up},
      {State::waiting, calm, "calm_down", kNothing, State::waiting},
      {State::waiting, deadline, "tick", look_up, State::looking_up},
      {State::waiting, end, "stop", kNothing, State::stopped},
      {State::stopped, begin, "start", kNothing, State::stopped},
      {State::stopped, good, "answered", kNothing, State::stopped},
      {State::stopped, bad, "failed", kNothing, State::stopped},
      {State::stopped, hurry, "hurry_up", kNothing, State::stopped},
      {State::stopped, calm, "calm_down", kNothing, State::stopped},
      {State::stopped, deadline, "tick", kNothing, State::stopped},
      {State::stopped, end, "stop", kNothing, State::stopped},
  };
  for (const Pair& pair : pairs) {
    fsm_ = ResolveFsm(ResolvePolicy{kFloor, kCeiling});
    if (pair.before == State::looking_up) be_looking_up();
    if (pair.before == State::waiting) be_waiting_calmly();
    if (pair.before == State::stopped) be_stopped();
    ASSERT_EQ(state(), pair.before);
    if (const auto at = fsm_.next_deadline()) now_ = *at;
    EXPECT_EQ(on(pair.event), pair.did) << pair.before << ' ' << pair.name;
    EXPECT_EQ(state(), pair.after) << pair.before << ' ' << pair.name;
  }
}

TEST_F(ResolveFsmTest, ActionsAndStatesAreWrittenForTraces) {
  std::ostringstream out;
  out << Did{
      {StartLookup{}, CancelLookup{}, Publish{{kA, kB}, true}, Publish{{kA}, false}, ReportFailure{"gone"}}};
  EXPECT_EQ(out.str(),
            "StartLookup, CancelLookup, Publish{changed 10.0.0.1:6379 10.0.0.2:6379}, "
            "Publish{unchanged 10.0.0.1:6379}, ReportFailure{gone}");
  out.str("");
  out << State::idle << ' ' << State::looking_up << ' ' << State::waiting << ' ' << State::stopped;
  EXPECT_EQ(out.str(), "idle looking_up waiting stopped");
}

}  // namespace
}  // namespace rediscovery::core
