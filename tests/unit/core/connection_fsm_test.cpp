#include "core/connection_fsm.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/core/script.hpp"

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using Fsm = ConnectionFsm;
using State = Fsm::State;
using Did = Script<Fsm::Action>;

const Endpoint kNode{"10.0.0.1", 6379, ""};
const Did kNothing{};
const Did kNotInTime{{Fsm::NotOpened{"10.0.0.1:6379 cannot be connected within 250 ms", false}}};
const Did kNoGreeting{
    {Fsm::NotOpened{"10.0.0.1:6379 accepts connections but does not answer within 250 ms", false}}};
const Did kNoAnswer{{Fsm::Broken{true, "10.0.0.1:6379: ROLE was not answered within 500 ms"}}};
const Did kCutByServer{{Fsm::CutByServer{}}};
const Did kCutOff{{Fsm::CutOff{false}}};
const Did kCutWritesOff{{Fsm::CutOff{true}}};

NodeReport report(const char* run_id) {
  NodeReport report;
  report.run_id = run_id;
  return report;
}

class ConnectionFsmTest : public ::testing::Test {
 protected:
  Did on(const Fsm::Event& event) {
    const auto action = fsm_.on(event, now_);
    return action ? Did{{*action}} : Did{};
  }
  Did tick() { return on(Fsm::Tick{}); }
  Did tick_at_deadline() {
    now_ = fsm_.next_deadline().value();
    return tick();
  }
  void pass(Duration time) { now_ += time; }
  std::optional<Duration> left() const {
    const auto at = fsm_.next_deadline();
    return at ? std::optional(*at - now_) : std::nullopt;
  }

  void be(State state) {
    now_ = TimePoint{} + 1h;
    fsm_ = Fsm(ConnectionPolicy{}, kNode, now_);
    if (state == State::connecting) return;
    on(Fsm::Connected{});
    if (state == State::greeting) return;
    on(Fsm::Greeted{report("run")});
    if (state == State::asking) on(Fsm::Ask{});
    if (state == State::draining) on(Fsm::Retire{OldMaster::answers});
    if (state == State::over) on(Fsm::Ended{});
    ASSERT_EQ(fsm_.state(), state);
  }

  TimePoint now_ = TimePoint{} + 1h;
  Fsm fsm_{ConnectionPolicy{}, kNode, now_};
};

// ---- deadlines ----------------------------------------------------------------------------------------

TEST_F(ConnectionFsmTest, ConnectAndHandshakeShareOneTime) {
  EXPECT_EQ(left(), 250ms);
  pass(200ms);
  on(Fsm::Connected{});
  EXPECT_EQ(left(), 50ms);
  EXPECT_EQ(tick_at_deadline(), kNoGreeting);
  EXPECT_EQ(left(), std::nullopt);
}

TEST_F(ConnectionFsmTest, SilenceAfterTheConnectMayBeThatOfAServerWithoutTls) {
  ConnectionPolicy policy;
  policy.tls = true;
  fsm_ = Fsm(policy, kNode, now_);
  on(Fsm::Connected{});
  EXPECT_EQ(tick_at_deadline(), (Did{{Fsm::NotOpened{"10.0.0.1:6379 accepts connections but does not answer "
                                                     "within 250 ms (does it speak TLS?)",
                                                     false}}}));
}

TEST_F(ConnectionFsmTest, ATickBeforeTheDeadlineChangesNothing) {
  pass(249ms);
  EXPECT_EQ(tick(), kNothing);
  pass(1ms);
  EXPECT_EQ(tick(), kNotInTime);
}

TEST_F(ConnectionFsmTest, AReadyConnectionWaitsForNothing) {
  be(State::ready);
  EXPECT_EQ(left(), std::nullopt);
}

TEST_F(ConnectionFsmTest, AQuestionHasItsTime) {
  be(State::ready);
  on(Fsm::Ask{});
  EXPECT_EQ(left(), 500ms);
  on(Fsm::Answered{report("run")});
  EXPECT_EQ(left(), std::nullopt);
}

// A pipeline's commands are answered before it.
TEST_F(ConnectionFsmTest, AQuestionBehindOthersHasItsTimeFromWhatWasHeardLast) {
  be(State::ready);
  on(Fsm::Ask{});
  const TimePoint asked = now_;
  pass(400ms);
  EXPECT_EQ(on(Fsm::Unanswered{now_ - 100ms}), kNothing);
  EXPECT_EQ(left(), 400ms);
  EXPECT_EQ(on(Fsm::Unanswered{asked}), kNothing);
  EXPECT_EQ(left(), 400ms) << "which nothing shortens";
  EXPECT_EQ(tick_at_deadline(),
            (Did{{Fsm::Broken{true, "10.0.0.1:6379: ROLE was not answered within 500 ms"}}}));
}

TEST_F(ConnectionFsmTest, WhatIsInFlightOnAnOldMasterHasAShortTimeMore) {
  be(State::ready);
  on(Fsm::Retire{OldMaster::answers});
  EXPECT_EQ(left(), 100ms);
  pass(60ms);
  on(Fsm::Retire{OldMaster::answers});
  EXPECT_EQ(left(), 40ms) << "a second switch does not lengthen it";
  EXPECT_EQ(tick_at_deadline(), kCutOff);
  EXPECT_EQ(tick(), kNothing) << "once";
}

// ---- silence (rule 6) ---------------------------------------------------------------------------------

TEST_F(ConnectionFsmTest, ACommandsSilenceIsToldOnce) {
  be(State::ready);
  const TimePoint sent = now_;
  pass(499ms);
  EXPECT_EQ(on(Fsm::Unanswered{sent}), kNothing);
  pass(1ms);
  EXPECT_EQ(on(Fsm::Unanswered{sent}),
            (Did{{Fsm::Silent{"10.0.0.1:6379: a command has been unanswered for 500 ms"}}}));
  pass(100ms);
  EXPECT_EQ(on(Fsm::Unanswered{sent}), kNothing) << "the same command";
  EXPECT_NE(on(Fsm::Unanswered{sent + 10ms}), kNothing) << "another command";
  EXPECT_EQ(fsm_.state(), State::ready) << "its caller may have more patience";
}

TEST_F(ConnectionFsmTest, AQuestionThatWasJustAskedDoesNotHideACommandsSilence) {
  be(State::ready);
  const TimePoint sent = now_;
  pass(490ms);
  on(Fsm::Ask{});
  pass(10ms);
  EXPECT_NE(on(Fsm::Unanswered{sent}), kNothing);
  EXPECT_EQ(on(Fsm::Unanswered{sent}), kNothing) << "once";
  EXPECT_EQ(fsm_.state(), State::asking);
}

// ---- every state, every event -------------------------------------------------------------------------

TEST_F(ConnectionFsmTest, EveryStateAndEventDoesWhatTheTableSays) {
  struct Outcome {
    Did did;
    State after;
  };
  struct Row {
    const char* name;
    Fsm::Event event;
    Outcome connecting, greeting, ready, asking, draining, over;
  };
  const auto same = [](State state) { return Outcome{kNothing, state}; };
  const Outcome connecting = same(State::connecting), greeting = same(State::greeting),
                ready = same(State::ready), asking = same(State::asking), draining = same(State::draining),
                over = same(State::over);
  const auto ends = [](Did did) { return Outcome{std::move(did), State::over}; };
  const Outcome closed_early =
      ends({{Fsm::NotOpened{"10.0.0.1:6379: closed by the server during the handshake", false}}});
  const Outcome not_opened = ends({{Fsm::NotOpened{"why", true}}});
  const Outcome broken = ends({{Fsm::Broken{false, "why"}}});
  const NodeReport said = report("said");

  const Row rows[] = {
      {"connected", Fsm::Connected{}, greeting, greeting, ready, asking, draining, over},
      {"greeted",
       Fsm::Greeted{said},
       connecting,
       {Did{{Fsm::Opened{said}}}, State::ready},
       ready,
       asking,
       draining,
       over},
      {"ask",
       Fsm::Ask{},
       connecting,
       greeting,
       {Did{{Fsm::SendQuestion{}}}, State::asking},
       asking,
       draining,
       over},
      {"answered",
       Fsm::Answered{said},
       connecting,
       greeting,
       ready,
       {Did{{Fsm::Report{said}}}, State::ready},
       draining,
       over},
      {"unanswered for too long",
       Fsm::Unanswered{now_ - 1s},
       connecting,
       greeting,
       {Did{{Fsm::Silent{"10.0.0.1:6379: a command has been unanswered for 1000 ms"}}}, State::ready},
       {Did{{Fsm::Silent{"10.0.0.1:6379: a command has been unanswered for 1000 ms"}}}, State::asking},
       draining,
       over},
      {"failed", Fsm::Failed{"why", true}, not_opened, not_opened, broken, broken, ends(kCutByServer), over},
      {"ended", Fsm::Ended{}, closed_early, closed_early, ends(kCutByServer), ends(kCutByServer),
       ends(kCutByServer), over},
      {"retired, the old master answers", Fsm::Retire{OldMaster::answers}, connecting, greeting, draining,
       draining, draining, over},
      {"retired, its history has ended",
       Fsm::Retire{OldMaster::ended},
       connecting,
       greeting,
       {kCutWritesOff, State::draining},
       {kCutWritesOff, State::draining},
       draining,
       over},
      {"retired, it hangs", Fsm::Retire{OldMaster::hung}, connecting, greeting, ends(kCutOff), ends(kCutOff),
       draining, over},
      {"tick", Fsm::Tick{}, connecting, greeting, ready, asking, draining, over},
  };
  for (const Row& row : rows) {
    const std::pair<State, const Outcome*> columns[] = {
        {State::connecting, &row.connecting}, {State::greeting, &row.greeting}, {State::ready, &row.ready},
        {State::asking, &row.asking},         {State::draining, &row.draining}, {State::over, &row.over}};
    for (const auto& [before, expected] : columns) {
      be(before);
      EXPECT_EQ(on(row.event), expected->did) << before << ": " << row.name;
      EXPECT_EQ(fsm_.state(), expected->after) << before << ": " << row.name;
    }
  }
}

TEST_F(ConnectionFsmTest, EveryDeadlineEndsTheConnection) {
  const std::pair<State, Did> rows[] = {{State::connecting, kNotInTime},
                                        {State::greeting, kNoGreeting},
                                        {State::asking, kNoAnswer},
                                        {State::draining, kCutOff}};
  for (const auto& [before, did] : rows) {
    be(before);
    EXPECT_EQ(tick_at_deadline(), did) << before;
    EXPECT_EQ(fsm_.state(), State::over) << before;
    EXPECT_EQ(left(), std::nullopt) << before;
  }
}

TEST(ConnectionFsm, ActionsAndStatesAreWrittenForTraces) {
  std::ostringstream out;
  out << Did{{Fsm::Opened{report("a")}, Fsm::NotOpened{"b", true}, Fsm::NotOpened{"b", false},
              Fsm::SendQuestion{}, Fsm::Report{report("c")}, Fsm::Silent{"d"}, Fsm::Broken{true, "e"},
              Fsm::Broken{false, "e"}, Fsm::CutByServer{}, Fsm::CutOff{true}, Fsm::CutOff{false}}};
  EXPECT_EQ(out.str(),
            "Opened{a}, NotOpened{b, refused user}, NotOpened{b}, SendQuestion, Report{c}, Silent{d}, "
            "Broken{silent, e}, Broken{lost, e}, CutByServer, CutOff{writes only}, CutOff{all}");
  out.str("");
  for (const State state :
       {State::connecting, State::greeting, State::ready, State::asking, State::draining, State::over}) {
    out << state << ' ';
  }
  EXPECT_EQ(out.str(), "connecting greeting ready asking draining over ");
}

}  // namespace
}  // namespace rediscovery::core
