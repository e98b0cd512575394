#include "core/watch_fsm.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/core/script.hpp"

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using State = WatchFsm::State;
using Did = Script<WatchFsm::Action>;
using Ask = WatchFsm::Ask;
using Publish = WatchFsm::Publish;
using Report = WatchFsm::Report;
using Abort = WatchFsm::Abort;

const std::vector<Endpoint> kA{{"10.0.0.1", 6379, ""}};
const std::vector<Endpoint> kB{{"10.0.0.2", 6379, ""}};
const Did kNothing{};
const Did kOverdue{{Abort{}, Report{"Consul did not answer a blocking query in its time"}}};

class WatchFsmTest : public ::testing::Test {
 protected:
  Did on(const WatchFsm::Event& event) { return {fsm_.on(event, now_, rng_)}; }
  Did start() { return on(WatchFsm::Start{}); }
  Did answered(std::uint64_t index, std::vector<Endpoint> endpoints = kA) {
    return on(WatchFsm::Answered{index, std::move(endpoints)});
  }
  Did failed() { return on(WatchFsm::Failed{"why"}); }
  Did tick() { return on(WatchFsm::Tick{}); }
  Did tick_at_deadline() {
    now_ = fsm_.next_deadline().value();
    return tick();
  }
  void pass(Duration time) { now_ += time; }
  Duration pause() const { return fsm_.next_deadline().value() - now_; }

  void be(State state) {
    now_ = TimePoint{} + 1h;
    fsm_ = WatchFsm(WatchPolicy{});
    if (state == State::idle) return;
    start();
    answered(7);
    if (state == State::waiting) failed();
    if (state == State::stopped) on(WatchFsm::Stop{});
    ASSERT_EQ(fsm_.state(), state);
  }

  TimePoint now_ = TimePoint{} + 1h;
  Rng rng_{1};
  WatchFsm fsm_{WatchPolicy{}};
};

// ---- the index ----------------------------------------------------------------------------------------

TEST_F(WatchFsmTest, TheFirstQuestionIsAnsweredAtOnceAndTheNextWaitsForAChange) {
  EXPECT_EQ(start(), (Did{{Ask{0, 55s}}}));
  EXPECT_EQ(answered(7), (Did{{Publish{kA}, Ask{7, 55s}}}));
}

TEST_F(WatchFsmTest, AnAnswerWithTheSameIndexIsNoNews) {
  be(State::asking);
  EXPECT_EQ(answered(7, kB), (Did{{Ask{7, 55s}}}));
}

// https://developer.hashicorp.com/consul/api-docs/features/blocking: "Reset the index if it goes backwards"
TEST_F(WatchFsmTest, AnIndexThatGoesBackStartsAfresh) {
  be(State::asking);
  EXPECT_EQ(answered(3, kB), (Did{{Publish{kB}, Ask{0, 55s}}}));
}

TEST_F(WatchFsmTest, AnAnswerWithoutAnIndexIsUsedAndDoesNotMakeABusyLoop) {
  be(State::asking);
  EXPECT_EQ(answered(0, kB), (Did{{Publish{kB}}}));
  EXPECT_EQ(fsm_.state(), State::waiting);
  EXPECT_EQ(pause(), 5s);
  EXPECT_EQ(tick_at_deadline(), (Did{{Ask{0, 55s}}}));
}

// ---- pace ---------------------------------------------------------------------------------------------

TEST_F(WatchFsmTest, ACatalogThatChangesAllTheTimeIsAskedAtAPace) {
  start();
  for (std::uint64_t index = 1; index <= 3; ++index) {
    EXPECT_EQ(answered(index), (Did{{Publish{kA}, Ask{index, 55s}}})) << "a few changes are followed at once";
  }
  EXPECT_EQ(answered(4), (Did{{Publish{kA}}}));
  EXPECT_EQ(fsm_.state(), State::waiting);
  EXPECT_EQ(pause(), 100ms);
  EXPECT_EQ(tick_at_deadline(), (Did{{Ask{4, 55s}}}));
  EXPECT_EQ(answered(5), (Did{{Publish{kA}}})) << "one question for each 100 ms";
  pass(10s);
  tick();
  for (std::uint64_t index = 6; index <= 8; ++index) {
    EXPECT_EQ(answered(index), (Did{{Publish{kA}, Ask{index, 55s}}})) << "after a rest, a few at once again";
  }
}

// ---- trouble ------------------------------------------------------------------------------------------

TEST_F(WatchFsmTest, ConsulMayAddASixteenthToTheWaitBeforeItIsSilent) {
  be(State::asking);
  EXPECT_EQ(pause(), 55s + 55s / 16 + 2s);
  EXPECT_EQ(tick_at_deadline(), kOverdue);
  EXPECT_EQ(fsm_.state(), State::waiting);
}

TEST_F(WatchFsmTest, AnOutageIsReportedOnceAndAskedAboutLessAndLessOften) {
  be(State::asking);
  EXPECT_EQ(failed(), (Did{{Report{"why"}}}));
  EXPECT_LE(pause(), 5s);
  for (int i = 0; i < 1000; ++i) {
    Did did = tick_at_deadline();
    while (did == kNothing) did = tick_at_deadline();  // the pace holds here too
    EXPECT_EQ(did, (Did{{Ask{0, 55s}}})) << "afresh: a change may have been missed";
    EXPECT_EQ(failed(), kNothing);
    EXPECT_GE(pause(), 50ms);
    EXPECT_LE(pause(), 5s);
  }
  tick_at_deadline();
  EXPECT_EQ(answered(9), (Did{{Publish{kA}, Ask{9, 55s}}}));
  EXPECT_EQ(failed(), (Did{{Report{"why"}}})) << "the next outage is a new one";
}

// ---- every state, every event -------------------------------------------------------------------------

TEST_F(WatchFsmTest, EveryStateAndEventDoesWhatTheTableSays) {
  struct Outcome {
    Did did;
    State after;
  };
  struct Row {
    const char* name;
    WatchFsm::Event event;
    Outcome idle, asking, waiting, stopped;
  };
  const Outcome idle{kNothing, State::idle}, asking{kNothing, State::asking},
      waiting{kNothing, State::waiting}, stopped{kNothing, State::stopped};
  const Row rows[] = {
      {"start", WatchFsm::Start{}, {Did{{Ask{0, 55s}}}, State::asking}, asking, waiting, stopped},
      {"answered, the same index",
       WatchFsm::Answered{7, kB},
       idle,
       {Did{{Ask{7, 55s}}}, State::asking},
       waiting,
       stopped},
      {"answered, the index grew",
       WatchFsm::Answered{8, kB},
       idle,
       {Did{{Publish{kB}, Ask{8, 55s}}}, State::asking},
       waiting,
       stopped},
      {"answered, the index went back",
       WatchFsm::Answered{6, kB},
       idle,
       {Did{{Publish{kB}, Ask{0, 55s}}}, State::asking},
       waiting,
       stopped},
      {"answered without an index",
       WatchFsm::Answered{0, kB},
       idle,
       {Did{{Publish{kB}}}, State::waiting},
       waiting,
       stopped},
      {"failed", WatchFsm::Failed{"why"}, idle, {Did{{Report{"why"}}}, State::waiting}, waiting, stopped},
      {"tick", WatchFsm::Tick{}, idle, asking, waiting, stopped},
      {"stop", WatchFsm::Stop{}, stopped, {Did{{Abort{}}}, State::stopped}, stopped, stopped},
  };
  for (const Row& row : rows) {
    const std::pair<State, const Outcome*> columns[] = {{State::idle, &row.idle},
                                                        {State::asking, &row.asking},
                                                        {State::waiting, &row.waiting},
                                                        {State::stopped, &row.stopped}};
    for (const auto& [before, expected] : columns) {
      be(before);
      EXPECT_EQ(on(row.event), expected->did) << before << ": " << row.name;
      EXPECT_EQ(fsm_.state(), expected->after) << before << ": " << row.name;
    }
  }
}

TEST_F(WatchFsmTest, OnlyAQuestionAndAPauseHaveADeadline) {
  for (const State state : {State::idle, State::stopped}) {
    be(state);
    EXPECT_EQ(fsm_.next_deadline(), std::nullopt) << state;
  }
  be(State::waiting);
  EXPECT_EQ(tick_at_deadline(), (Did{{Ask{0, 55s}}}));
}

TEST(WatchFsm, ActionsAndStatesAreWrittenForTraces) {
  std::ostringstream out;
  out << Did{{Ask{7, 55s}, Publish{kA}, Report{"why"}, Abort{}}} << ' ' << State::idle << ' ' << State::asking
      << ' ' << State::waiting << ' ' << State::stopped;
  EXPECT_EQ(
      out.str(),
      "Ask{index 7, wait 55 s}, Publish{ 10.0.0.1:6379}, Report{why}, Abort idle asking waiting stopped");
}

}  // namespace
}  // namespace rediscovery::core
