#include "core/standby_fsm.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/core/script.hpp"

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using State = StandbyFsm::State;
using Did = Script<StandbyFsm::Action>;
using Dial = StandbyFsm::Dial;
using Ask = StandbyFsm::Ask;
using Close = StandbyFsm::Close;
using Offer = StandbyFsm::Offer;

const Endpoint kA{"10.0.0.1", 6379, ""};
const Endpoint kB{"10.0.0.2", 6379, ""};
const Did kNothing{};

NodeReport says(Role role, const char* run_id = "run-1") {
  NodeReport report;
  report.role = role;
  report.run_id = run_id;
  return report;
}
const NodeReport kReplica = says(Role::replica);
const NodeReport kMaster = says(Role::master);

class StandbyFsmTest : public ::testing::Test {
 protected:
  // ---- what happens, to the standby at a unless said otherwise --------------------------------------
  Did on(const StandbyFsm::Event& event) { return {fsm_.on(event, now_, rng_)}; }
  Did named(std::vector<Endpoint> endpoints) { return on(StandbyFsm::Named{std::move(endpoints)}); }
  Did opened(const NodeReport& report) { return on(StandbyFsm::Opened{kA, report}); }
  Did failed() { return on(StandbyFsm::Failed{kA}); }
  Did cut() { return on(StandbyFsm::Cut{kA}); }
  Did answered(const NodeReport& report) { return on(StandbyFsm::Answered{kA, report}); }
  Did followed(const Endpoint& endpoint) { return on(StandbyFsm::Followed{endpoint}); }
  Did suspected() { return on(StandbyFsm::Suspected{}); }
  Did calmed() { return on(StandbyFsm::Calmed{}); }
  Did tick() { return on(StandbyFsm::Tick{}); }
  Did tick_at_deadline() {
    now_ = fsm_.next_deadline().value();
    return tick();
  }
  void pass(Duration time) { now_ += time; }

  // ---- how it gets there ----------------------------------------------------------------------------
  void be(std::optional<State> state) {
    now_ = TimePoint{} + 1h;
    fsm_ = StandbyFsm(StandbyPolicy{});
    if (!state) return;
    named({kA});
    if (state == State::down) failed();
    if (state == State::ready || state == State::asking) opened(kReplica);
    if (state == State::asking) tick_at_deadline();
    ASSERT_EQ(fsm_.state(kA), state);
  }

  Duration pause() const { return fsm_.next_deadline().value() - now_; }

  TimePoint now_ = TimePoint{} + 1h;
  Rng rng_{1};
  StandbyFsm fsm_{StandbyPolicy{}};
};

// ---- the rows of the table ----------------------------------------------------------------------------

TEST_F(StandbyFsmTest, EveryNamedReplicaIsDialled) {
  EXPECT_EQ(named({kA, kB}), (Did{{Dial{kA}, Dial{kB}}}));
  EXPECT_EQ(fsm_.state(kA), State::dialling);
  EXPECT_EQ(named({kA, kB}), kNothing) << "once";
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt) << "a dial always ends; there is nothing to time";
}

TEST_F(StandbyFsmTest, AReplicaIsReady) {
  be(State::dialling);
  EXPECT_EQ(opened(kReplica), kNothing);
  EXPECT_EQ(fsm_.state(kA), State::ready);
}

TEST_F(StandbyFsmTest, AMasterAmongTheReplicasIsOfferedWithoutAProof) {
  be(State::dialling);
  EXPECT_EQ(opened(kMaster), (Did{{Offer{kA, kMaster, false}}}));
  EXPECT_EQ(fsm_.state(kA), State::ready);
}

TEST_F(StandbyFsmTest, ACutIsFollowedByADialAtOnce) {
  be(State::ready);
  EXPECT_EQ(cut(), Did{{Dial{kA}}});
  EXPECT_EQ(fsm_.state(kA), State::dialling);
}

TEST_F(StandbyFsmTest, AReplicaThatCutUsAndIsAMasterNowWasPromoted) {
  be(State::ready);
  cut();
  EXPECT_EQ(opened(kMaster), (Did{{Offer{kA, kMaster, true}}}));
}

TEST_F(StandbyFsmTest, ACutWhileItIsAskedCountsToo) {
  be(State::asking);
  EXPECT_EQ(cut(), Did{{Dial{kA}}});
  EXPECT_EQ(answered(kReplica), kNothing) << "the question went with the connection";
  EXPECT_EQ(opened(kMaster), (Did{{Offer{kA, kMaster, true}}}));
}

TEST_F(StandbyFsmTest, AnUnusedStandbyIsAskedForItsRole) {
  be(State::ready);
  EXPECT_EQ(tick_at_deadline(), Did{{Ask{kA}}});
  EXPECT_EQ(fsm_.state(kA), State::asking);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
  EXPECT_EQ(answered(kReplica), kNothing);
  EXPECT_EQ(fsm_.state(kA), State::ready);
}

TEST_F(StandbyFsmTest, AStandbyThatAnswersAsMasterIsOfferedWithoutAProof) {
  be(State::asking);
  EXPECT_EQ(answered(kMaster), (Did{{Offer{kA, kMaster, false}}})) << "nothing was cut";
}

TEST_F(StandbyFsmTest, AStandbyThatDoesNotAnswerIsClosedAndDialledLater) {
  be(State::asking);
  EXPECT_EQ(failed(), Did{{Close{kA}}});
  EXPECT_EQ(fsm_.state(kA), State::down);
  EXPECT_EQ(tick_at_deadline(), Did{{Dial{kA}}});
}

TEST_F(StandbyFsmTest, AReplicaThatCannotBeDialledIsTriedLater) {
  be(State::dialling);
  EXPECT_EQ(failed(), kNothing);
  EXPECT_EQ(fsm_.state(kA), State::down);
  EXPECT_EQ(tick(), kNothing);
  EXPECT_EQ(tick_at_deadline(), Did{{Dial{kA}}});
}

TEST_F(StandbyFsmTest, AReplicaThatIsNoLongerNamedIsClosed) {
  be(State::ready);
  EXPECT_EQ(named({kB}), (Did{{Close{kA}, Dial{kB}}}));
  EXPECT_EQ(fsm_.state(kA), std::nullopt);
}

// Whoever was promoted is not named as a replica any more.
TEST_F(StandbyFsmTest, AReplicaThatHasCutUsIsKeptUntilItHasSaidWhatItIs) {
  be(State::ready);
  cut();
  EXPECT_EQ(named({}), kNothing);
  EXPECT_EQ(opened(kMaster), (Did{{Offer{kA, kMaster, true}, Close{kA}}}));
  EXPECT_EQ(fsm_.state(kA), std::nullopt);

  be(State::ready);
  cut();
  named({});
  EXPECT_EQ(opened(kReplica), (Did{{Close{kA}}}));
  EXPECT_EQ(fsm_.state(kA), std::nullopt);

  be(State::ready);
  cut();
  named({});
  EXPECT_EQ(failed(), kNothing);
  EXPECT_EQ(fsm_.state(kA), std::nullopt);
}

// ---- what proves a promotion --------------------------------------------------------------------------

TEST_F(StandbyFsmTest, ARestartedProcessProvesNothing) {
  be(State::ready);
  cut();
  const NodeReport restarted = says(Role::master, "run-2");
  EXPECT_EQ(opened(restarted), (Did{{Offer{kA, restarted, false}}}));
}

TEST_F(StandbyFsmTest, AProcessWithoutARunIdProvesNothing) {
  be(State::dialling);
  opened(says(Role::replica, ""));
  cut();
  const NodeReport anonymous = says(Role::master, "");
  EXPECT_EQ(opened(anonymous), (Did{{Offer{kA, anonymous, false}}}));
}

TEST_F(StandbyFsmTest, AMasterThatCutsUsWasNotPromotedThen) {
  be(State::dialling);
  opened(kMaster);
  cut();
  EXPECT_EQ(opened(kMaster), (Did{{Offer{kA, kMaster, false}}}));
}

TEST_F(StandbyFsmTest, OnlyTheVeryNextConnectionProvesThatACutWasAPromotion) {
  be(State::ready);
  cut();
  failed();
  tick_at_deadline();
  EXPECT_EQ(opened(kMaster), (Did{{Offer{kA, kMaster, false}}}));
}

TEST_F(StandbyFsmTest, ACutByAReplicaThatStaysOneIsForgotten) {
  be(State::ready);
  cut();
  EXPECT_EQ(opened(kReplica), kNothing) << "it was told another master";
  tick_at_deadline();
  EXPECT_EQ(answered(kMaster), (Did{{Offer{kA, kMaster, false}}}));
}

// ---- which nodes --------------------------------------------------------------------------------------

TEST_F(StandbyFsmTest, TheFollowedMasterNeedsNoStandby) {
  followed(kA);
  EXPECT_EQ(named({kA, kB}), Did{{Dial{kB}}});
}

TEST_F(StandbyFsmTest, AfterASwitchTheOldMasterGetsAStandbyIfItIsNamedAsAReplica) {
  followed(kA);
  named({kA, kB});
  on(StandbyFsm::Opened{kB, kReplica});
  EXPECT_EQ(followed(kB), (Did{{Close{kB}, Dial{kA}}}));
}

TEST_F(StandbyFsmTest, NoMoreThanSixteenReplicasAreFollowed) {
  std::vector<Endpoint> many;
  for (int i = 1; i <= 20; ++i) many.push_back({"10.0.1." + std::to_string(i), 6379, ""});
  EXPECT_EQ(named(many).actions.size(), 16U);
  EXPECT_EQ(named({many.begin() + 1, many.end()}), (Did{{Close{many[0]}, Dial{many[16]}}}))
      << "and one that leaves makes room";
}

TEST_F(StandbyFsmTest, TheFirstSixteenAreFollowedWhoeverWasThereBefore) {
  std::vector<Endpoint> many;
  for (std::uint16_t port = 1; port <= 16; ++port) many.push_back({"10.0.0.9", port, ""});
  named(many);
  many.insert(many.begin(), kA);
  EXPECT_EQ(named(many), (Did{{Close{many.back()}, Dial{kA}}}));
}

TEST_F(StandbyFsmTest, OneThatHasCutUsIsOneOfTheSixteenUntilItHasSaidWhatItIs) {
  be(State::ready);
  cut();
  std::vector<Endpoint> many;
  for (std::uint16_t port = 1; port <= 16; ++port) many.push_back({"10.0.0.9", port, ""});
  EXPECT_EQ(named(many).actions.size(), 15U);
  EXPECT_EQ(opened(kReplica), (Did{{Close{kA}, Dial{many.back()}}}));
}

TEST_F(StandbyFsmTest, AReplicaNamedTwiceIsDialledOnce) { EXPECT_EQ(named({kA, kA}), Did{{Dial{kA}}}); }

// ---- when ---------------------------------------------------------------------------------------------

TEST_F(StandbyFsmTest, ACalmStandbyIsAskedEveryFiveSeconds) {
  be(State::ready);
  for (int i = 0; i < 20; ++i) {
    EXPECT_GE(pause(), 4500ms);
    EXPECT_LE(pause(), 5s);
    tick_at_deadline();
    answered(kReplica);
  }
}

TEST_F(StandbyFsmTest, SuspicionAsksEveryStandbyAtOnceAndThenSeldom) {
  be(State::ready);
  EXPECT_EQ(suspected(), kNothing);
  EXPECT_EQ(pause(), 0ms);
  EXPECT_EQ(tick(), Did{{Ask{kA}}});
  answered(kReplica);
  EXPECT_GE(pause(), 100ms);
  EXPECT_LE(pause(), 200ms);
}

TEST_F(StandbyFsmTest, ALongSuspicionAsksLessAndLessOften) {
  be(State::ready);
  suspected();
  const TimePoint since = now_;
  while (now_ - since < 120s) {
    EXPECT_EQ(tick_at_deadline(), Did{{Ask{kA}}});
    answered(kReplica);
    EXPECT_LE(pause(), std::clamp<Duration>((now_ - since) / 8, 200ms, 1s));
    pass(1s);
  }
}

TEST_F(StandbyFsmTest, SuspicionToldTwiceDoesNotStartAnew) {
  be(State::ready);
  suspected();
  tick();
  answered(kReplica);
  suspected();
  EXPECT_GE(pause(), 100ms) << "the question was just answered";
}

TEST_F(StandbyFsmTest, CalmEndsTheHurry) {
  be(State::ready);
  suspected();
  EXPECT_EQ(calmed(), kNothing);
  EXPECT_GE(pause(), 4500ms);
  const Duration before = pause();
  calmed();
  EXPECT_EQ(pause(), before) << "told twice, it moves nothing";
}

TEST_F(StandbyFsmTest, AReplicaThatStaysDownIsDialledLessAndLessOften) {
  be(State::dialling);
  const TimePoint since = now_;
  while (now_ - since < 120s) {
    failed();
    EXPECT_GE(pause(), 10ms);
    EXPECT_LE(pause(), std::clamp<Duration>((now_ - since) / 4, 20ms, 5s));
    EXPECT_EQ(tick_at_deadline(), Did{{Dial{kA}}});
  }
  opened(kReplica);
  cut();
  failed();
  EXPECT_LE(pause(), 20ms) << "and at the fast pace again once it was up";
}

// ---- every state and every event ----------------------------------------------------------------------

struct Outcome {
  Did did;
  std::optional<State> after;
};

struct Row {
  const char* name;
  StandbyFsm::Event event;
  Outcome absent, dialling, ready, asking, down;
};

TEST_F(StandbyFsmTest, EveryPairOfStateAndEventDoesWhatTheTableSays) {
  const Outcome stays_absent{kNothing, std::nullopt};
  const Outcome stays_dialling{kNothing, State::dialling};
  const Outcome stays_ready{kNothing, State::ready};
  const Outcome stays_asking{kNothing, State::asking};
  const Outcome stays_down{kNothing, State::down};
  const Outcome dials{{{Dial{kA}}}, State::dialling};
  const Outcome closes{{{Close{kA}}}, std::nullopt};
  const Outcome offers{{{Offer{kA, kMaster, false}}}, State::ready};

  const Row rows[] = {
      {"named", StandbyFsm::Named{{kA}},  //
       dials, stays_dialling, stays_ready, stays_asking, stays_down},
      {"no longer named", StandbyFsm::Named{},  //
       stays_absent, closes, closes, closes, stays_absent},
      {"opened, replica", StandbyFsm::Opened{kA, kReplica},  //
       stays_absent, stays_ready, stays_ready, stays_asking, stays_down},
      {"opened, master", StandbyFsm::Opened{kA, kMaster},  //
       stays_absent, offers, stays_ready, stays_asking, stays_down},
      {"failed",
       StandbyFsm::Failed{kA},  //
       stays_absent,
       stays_down,
       {{{Close{kA}}}, State::down},
       {{{Close{kA}}}, State::down},
       stays_down},
      {"cut", StandbyFsm::Cut{kA},  //
       stays_absent, stays_dialling, dials, dials, stays_down},
      {"answered, replica", StandbyFsm::Answered{kA, kReplica},  //
       stays_absent, stays_dialling, stays_ready, stays_ready, stays_down},
      {"answered, master", StandbyFsm::Answered{kA, kMaster},  //
       stays_absent, stays_dialling, stays_ready, offers, stays_down},
      {"followed", StandbyFsm::Followed{kA},  //
       stays_absent, closes, closes, closes, stays_absent},
      {"another is followed", StandbyFsm::Followed{kB},  //
       stays_absent, stays_dialling, stays_ready, stays_asking, stays_down},
      {"suspected", StandbyFsm::Suspected{},  //
       stays_absent, stays_dialling, stays_ready, stays_asking, stays_down},
      {"calmed", StandbyFsm::Calmed{},  //
       stays_absent, stays_dialling, stays_ready, stays_asking, stays_down},
      {"deadline",
       StandbyFsm::Tick{},  //
       stays_absent,
       stays_dialling,
       {{{Ask{kA}}}, State::asking},
       stays_asking,
       dials},
  };
  for (const Row& row : rows) {
    const std::pair<std::optional<State>, const Outcome*> columns[] = {{std::nullopt, &row.absent},
                                                                       {State::dialling, &row.dialling},
                                                                       {State::ready, &row.ready},
                                                                       {State::asking, &row.asking},
                                                                       {State::down, &row.down}};
    for (const auto& [before, expected] : columns) {
      be(before);
      if (const auto at = fsm_.next_deadline()) now_ = *at;
      const auto where = [&, from = before] {
        std::ostringstream out;
        from ? out << *from : out << "absent";
        out << ": " << row.name;
        return out.str();
      };
      EXPECT_EQ(on(row.event), expected->did) << where();
      EXPECT_EQ(fsm_.state(kA), expected->after) << where();
    }
  }
}

TEST(StandbyFsm, ActionsAndStatesAreWrittenForTraces) {
  std::ostringstream out;
  out << Did{{Dial{kA}, Ask{kA}, Close{kA}, Offer{kA, kMaster, true}, Offer{kA, kMaster, false}}};
  EXPECT_EQ(out.str(),
            "Dial{10.0.0.1:6379}, Ask{10.0.0.1:6379}, Close{10.0.0.1:6379}, Offer{10.0.0.1:6379 cut us}, "
            "Offer{10.0.0.1:6379}");
  out.str("");
  out << State::dialling << ' ' << State::ready << ' ' << State::asking << ' ' << State::down;
  EXPECT_EQ(out.str(), "dialling ready asking down");
}

}  // namespace
}  // namespace rediscovery::core
