#include "engine/pool_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "core/overloaded.hpp"
#include "unit/engine/calls.hpp"

namespace rediscovery::engine {
namespace {

using namespace std::chrono_literals;
using core::ConnectionId;
using core::EvidenceKind;
using core::PoolFsm;
using ::testing::Contains;
using ::testing::Not;

std::string written(const PoolFsm::Event& event) {
  const auto number = [](std::uint64_t id) { return std::to_string(id); };
  return std::visit(core::Overloaded{
                        [&](const PoolFsm::Adopted& e) {
                          return "adopted " + number(e.connection) + ", generation " + number(e.generation) +
                                 ", old " + std::string(to_string(e.old));
                        },
                        [&](const PoolFsm::Opened& e) {
                          return "opened " + number(e.connection) + ", generation " + number(e.generation);
                        },
                        [&](const PoolFsm::ConnectFailed& e) {
                          return "connect failed, generation " + number(e.generation);
                        },
                        [&](const PoolFsm::Confirmed& e) { return "confirmed " + number(e.connection); },
                        [&](const PoolFsm::Lost& e) { return "lost " + number(e.connection); },
                        [&](const PoolFsm::Checked& e) {
                          return "checked " + number(e.connection) +
                                 (e.healthy ? ", healthy" : ", not healthy");
                        },
                        [&](const PoolFsm::Refused& e) { return "refused: " + e.error.message(); },
                        [&](const PoolFsm::Suspended&) { return std::string("suspended"); },
                        [&](const PoolFsm::Tick&) { return std::string("tick"); },
                        [&](const auto&) { return std::string("an event of the callers"); },
                    },
                    event);
}

class RecordingPort : public PoolPort {
 public:
  Calls take() { return std::exchange(calls_, {}); }
  std::vector<ConnectionId> silent;

  void start_lookup(Name name) override { calls_.push_back("look up " + engine::written(name)); }
  void cancel_lookup(Name name) override { calls_.push_back("cancel " + engine::written(name)); }
  void dial(ConnectionId id, const core::Endpoint& endpoint) override {
    calls_.push_back("dial " + std::to_string(id) + " to " + endpoint.to_string());
  }
  void ask(ConnectionId id) override { calls_.push_back("ask " + std::to_string(id)); }
  void close(ConnectionId id) override { calls_.push_back("close " + std::to_string(id)); }
  void give_up_asking(ConnectionId id) override { calls_.push_back("give up asking " + std::to_string(id)); }
  std::vector<ConnectionId> silent_since(core::TimePoint) override { return silent; }
  void pool(const PoolFsm::Event& event, std::uint64_t) override {
    calls_.push_back("pool: " + written(event));
  }
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason, core::Duration) override {
    calls_.push_back(engine::written(kind, endpoint, reason));
  }

 private:
  Calls calls_;
};

class PoolDriverTest : public ::testing::Test {
 protected:
  // ---- what happens, and what was asked of the world then -----------------------------------------
  Calls start() {
    driver_ = std::make_unique<PoolDriver>(port_, plan_, 1, now_);
    return after([&] { driver_->start(now_); });
  }
  Calls answer(std::vector<core::Endpoint> endpoints, Name name = Name::master) {
    return after([&] { driver_->on_lookup(name, {std::move(endpoints), 5s, ""}, now_); });
  }
  Calls dialled(ConnectionId id, const core::NodeReport& report) {
    return after([&] { driver_->on_dialled(id, report, now_); });
  }
  Calls dial_failed(ConnectionId id, bool refused_user = false) {
    return after([&] { driver_->on_dial_failed(id, "refused", refused_user, now_); });
  }
  Calls ended(ConnectionId id) {
    return after([&] { driver_->on_ended(id, now_); });
  }
  Calls answered(ConnectionId id, const core::NodeReport& report) {
    return after([&] { driver_->on_answered(id, report, now_); });
  }
  Calls no_answer(ConnectionId id, bool timed_out) {
    return after([&] { driver_->on_no_answer(id, "no answer", timed_out, now_); });
  }
  Calls tick() {
    return after([&] { driver_->on_tick(now_); });
  }
  // The tick after which silence is looked for again.
  Calls next_look() {
    now_ += 125ms;
    return tick();
  }
  Calls connect(std::uint64_t generation) {
    return after([&] { driver_->connect(generation); });
  }
  Calls check(ConnectionId id) {
    return after([&] { driver_->check(id); });
  }
  Calls discard(ConnectionId id) {
    return after([&] { driver_->discard(id, "spent"); });
  }
  Calls evidence(EvidenceKind kind) {
    return after([&] {
      driver_->on_evidence({driver_->discovery().master().generation(), kind, "why"}, now_);
    });
  }

  // Time passes until the name is looked up again, and has another answer.
  Calls moves_to(std::vector<core::Endpoint> endpoints, Name name = Name::master) {
    while (true) {
      now_ = driver_->next_deadline();
      const Calls calls = tick();
      if (std::find(calls.begin(), calls.end(), "look up " + engine::written(name)) != calls.end()) break;
    }
    return answer(std::move(endpoints), name);
  }

  // ---- how it gets there --------------------------------------------------------------------------
  // Connection 1 is the first of generation 1, to the master a.
  void follow_a() {
    start();
    answer({kA});
    dialled(1, master_of("aaaa"));
    ASSERT_EQ(driver_->discovery().master().generation(), 1U);
  }
  // … and connection 2 is the standby at b.
  void follow_a_with_standby_b() {
    plan_.discovery.has_replicas = true;
    follow_a();
    ASSERT_THAT(answer({kB}, Name::replicas), Contains("dial 2 to 10.0.0.2:6379"));
    dialled(2, replica_of(kA));
  }
  // Generation 2 at b, whose first connection is 2.
  void move_to_b() {
    moves_to({kB});
    dialled(2, master_of("bbbb", "aaaa"));
    ASSERT_EQ(driver_->discovery().master().generation(), 2U);
  }

  core::TimePoint now_ = core::TimePoint{} + 1h;
  DriverPlan plan_{DiscoveryPlan{core::ResolvePolicy{1s, 30s}, {}, {}, {}, {}, false, {}}, 500ms};
  RecordingPort port_;
  std::unique_ptr<PoolDriver> driver_;

 private:
  template <typename Happen>
  Calls after(Happen happen) {
    happen();
    return port_.take();
  }
};

// ---- verifications ------------------------------------------------------------------------------------

TEST_F(PoolDriverTest, TheConnectionThatProvesTheMasterIsTheFirstOfThePool) {
  EXPECT_EQ(start(), (Calls{"look up master"}));
  EXPECT_EQ(answer({kA}), (Calls{"tell resolved (master: 10.0.0.1:6379)", "dial 1 to 10.0.0.1:6379"}));
  EXPECT_EQ(dialled(1, master_of("aaaa")),
            (Calls{"tell connection_opened 10.0.0.1:6379", "pool: adopted 1, generation 1, old answers",
                   "tell adopted 10.0.0.1:6379"}));
  EXPECT_TRUE(driver_->is_wanted(1));
}

TEST_F(PoolDriverTest, TheConnectionToARefusedCandidateIsClosed) {
  start();
  answer({kA});
  EXPECT_EQ(dialled(1, replica_of(kB)), (Calls{"tell refused 10.0.0.1:6379 (is a replica of 10.0.0.2:6379)",
                                               "dial 2 to 10.0.0.2:6379", "close 1"}));
  EXPECT_FALSE(driver_->is_wanted(1));
}

TEST_F(PoolDriverTest, ACandidateThatCannotBeDialledIsReported) {
  start();
  answer({kA});
  EXPECT_EQ(dial_failed(1), (Calls{"close 1", "tell refused 10.0.0.1:6379 (refused)"}));
  EXPECT_FALSE(driver_->is_wanted(1));
}

TEST_F(PoolDriverTest, ARefusedUserFailsTheWaiters) {
  start();
  answer({kA});
  EXPECT_EQ(dial_failed(1, /*refused_user=*/true),
            (Calls{"close 1", "tell authentication 10.0.0.1:6379 (refused)", "pool: refused: refused"}));
}

TEST_F(PoolDriverTest, TheConnectionThatConfirmsTheMasterJoinsThePool) {
  follow_a();
  EXPECT_EQ(evidence(EvidenceKind::lost), (Calls{"pool: suspended", "tell suspect 10.0.0.1:6379 (lost: why)",
                                                 "dial 2 to 10.0.0.1:6379", "look up master"}));
  EXPECT_EQ(dialled(2, master_of("aaaa")), (Calls{"tell connection_opened 10.0.0.1:6379", "pool: confirmed 2",
                                                  "tell verified 10.0.0.1:6379"}));
}

TEST_F(PoolDriverTest, OutcomesOfConnectionsNobodyWantsAnyMoreMeanNothing) {
  follow_a();
  discard(1);
  EXPECT_EQ(dialled(1, replica_of(kB)), Calls{});
  EXPECT_EQ(dial_failed(1), Calls{});
  EXPECT_EQ(ended(1), Calls{});
  EXPECT_EQ(answered(1, replica_of(kB)), Calls{});
  EXPECT_EQ(no_answer(1, true), Calls{});
  EXPECT_EQ(check(1), Calls{});
  EXPECT_EQ(discard(1), Calls{});
  EXPECT_EQ(dialled(99, master_of("bbbb")), Calls{});
}

// ---- members of the pool ------------------------------------------------------------------------------

TEST_F(PoolDriverTest, ThePoolsOwnConnectJoinsUnderItsGeneration) {
  follow_a();
  EXPECT_EQ(connect(1), (Calls{"dial 2 to 10.0.0.1:6379"}));
  EXPECT_EQ(dialled(2, master_of("aaaa")),
            (Calls{"tell connection_opened 10.0.0.1:6379", "pool: opened 2, generation 1"}));
}

TEST_F(PoolDriverTest, NothingIsConnectedForAnOlderGeneration) {
  follow_a();
  move_to_b();
  EXPECT_EQ(connect(1), Calls{});
}

TEST_F(PoolDriverTest, AConnectOfAnOlderGenerationIsHandedToThePoolWhichClosesIt) {
  follow_a();
  connect(1);  // connection 2
  moves_to({kB});
  dialled(3, master_of("bbbb", "aaaa"));
  ASSERT_EQ(driver_->discovery().master().generation(), 2U);
  EXPECT_THAT(dialled(2, master_of("aaaa")), Contains("pool: opened 2, generation 1"));
}

// The evidence first: it pauses the pool, which would otherwise try the same again at once.
TEST_F(PoolDriverTest, AFailedConnectIsEvidenceBeforeThePoolHearsOfIt) {
  follow_a();
  connect(1);
  EXPECT_EQ(dial_failed(2),
            (Calls{"close 2", "pool: suspended", "tell suspect 10.0.0.1:6379 (unreachable: refused)",
                   "dial 3 to 10.0.0.1:6379", "look up master", "pool: connect failed, generation 1"}));
}

TEST_F(PoolDriverTest, AConnectThatFindsAReplicaIsEvidence) {
  follow_a();
  connect(1);
  const Calls calls = dialled(2, replica_of(kB));
  EXPECT_THAT(calls, Contains("tell suspect 10.0.0.1:6379 (read_only: 10.0.0.1:6379 is a replica now)"));
  EXPECT_EQ(calls.front(), "close 2");
  EXPECT_EQ(calls.back(), "pool: connect failed, generation 1");
}

TEST_F(PoolDriverTest, AConnectThatFindsAnotherProcessIsEvidence) {
  follow_a();
  connect(1);
  EXPECT_THAT(dialled(2, master_of("a2", "aaaa", "run-2")),
              Contains("tell suspect 10.0.0.1:6379 (lost: 10.0.0.1:6379 is another process now)"));
}

TEST_F(PoolDriverTest, AMembersEndIsEvidence) {
  follow_a();
  EXPECT_EQ(ended(1),
            (Calls{"pool: suspended",
                   "tell suspect 10.0.0.1:6379 (lost: 10.0.0.1:6379: the server closed a connection)",
                   "dial 2 to 10.0.0.1:6379", "look up master", "pool: lost 1"}));
}

TEST_F(PoolDriverTest, TheEndOfAnOldMastersConnectionIsNoEvidence) {
  follow_a();
  move_to_b();
  EXPECT_EQ(ended(1), (Calls{"pool: lost 1"}));
}

TEST_F(PoolDriverTest, ACheckAsksTheNode) {
  follow_a();
  EXPECT_EQ(check(1), (Calls{"ask 1"}));
  EXPECT_EQ(answered(1, master_of("aaaa")), (Calls{"pool: checked 1, healthy"}));
}

TEST_F(PoolDriverTest, ACheckThatFindsAReplicaIsEvidence) {
  follow_a();
  check(1);
  const Calls calls = answered(1, replica_of(kB));
  EXPECT_THAT(calls, Contains("tell suspect 10.0.0.1:6379 (read_only: 10.0.0.1:6379 is a replica now)"));
  EXPECT_EQ(calls.back(), "pool: checked 1, not healthy");
}

TEST_F(PoolDriverTest, ACheckWithoutAnAnswerIsEvidenceOfSilenceOrLoss) {
  for (const bool timed_out : {true, false}) {
    follow_a();
    check(1);
    const Calls calls = no_answer(1, timed_out);
    EXPECT_THAT(calls, Contains(timed_out ? "tell suspect 10.0.0.1:6379 (silent: no answer)"
                                          : "tell suspect 10.0.0.1:6379 (lost: no answer)"));
    EXPECT_EQ(calls.back(), "pool: checked 1, not healthy");
  }
}

TEST_F(PoolDriverTest, ADiscardedMemberIsClosedAndToldOf) {
  follow_a();
  EXPECT_EQ(discard(1), (Calls{"close 1", "tell connection_closed 10.0.0.1:6379 (spent)"}));
  EXPECT_FALSE(driver_->is_wanted(1));
}

// ---- standbys -----------------------------------------------------------------------------------------

TEST_F(PoolDriverTest, APromotedStandbyBecomesTheFirstConnectionToTheMaster) {
  follow_a_with_standby_b();
  EXPECT_EQ(ended(2), (Calls{"close 2", "dial 3 to 10.0.0.2:6379"}));
  EXPECT_EQ(dialled(3, master_of("bbbb", "aaaa")),
            (Calls{"tell connection_opened 10.0.0.2:6379", "pool: adopted 3, generation 2, old ended",
                   "tell adopted 10.0.0.2:6379 (descends from the master before)"}));
  EXPECT_TRUE(driver_->is_wanted(3)) << "the standby is gone, its connection stays";
}

TEST_F(PoolDriverTest, AStandbyIsClosedWhenItsNodeIsAdoptedOverAnotherConnection) {
  follow_a_with_standby_b();
  EXPECT_THAT(moves_to({kB}), Contains("dial 3 to 10.0.0.2:6379"));
  EXPECT_EQ(
      dialled(3, master_of("bbbb", "aaaa")),
      (Calls{"close 2", "tell connection_opened 10.0.0.2:6379", "pool: adopted 3, generation 2, old answers",
             "tell adopted 10.0.0.2:6379 (descends from the master before)"}));
  EXPECT_FALSE(driver_->is_wanted(2));
}

TEST_F(PoolDriverTest, ARefusedStandbyStaysOne) {
  follow_a_with_standby_b();
  ended(2);
  EXPECT_EQ(dialled(3, master_of("xxxx")),
            (Calls{"tell refused 10.0.0.2:6379 (a master that DNS does not name, of another history)"}));
  EXPECT_TRUE(driver_->is_wanted(3));
}

TEST_F(PoolDriverTest, AStandbyThatIsNoLongerNamedIsClosed) {
  follow_a_with_standby_b();
  EXPECT_EQ(moves_to({kC}, Name::replicas),
            (Calls{"tell resolved (replicas: 10.0.0.3:6379)", "close 2", "dial 3 to 10.0.0.3:6379"}));
}

TEST_F(PoolDriverTest, AStandbyThatCannotBeDialledIsNobodysTrouble) {
  plan_.discovery.has_replicas = true;
  follow_a();
  answer({kB}, Name::replicas);
  EXPECT_EQ(dial_failed(2), (Calls{"close 2"}));
  EXPECT_EQ(driver_->discovery().standbys().state(kB), core::StandbyFsm::State::down);
}

TEST_F(PoolDriverTest, WhileSuspectStandbysAreAsked) {
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  EXPECT_THAT(tick(), Contains("ask 2"));
  EXPECT_THAT(answered(2, master_of("bbbb", "aaaa")), Contains("pool: adopted 2, generation 2, old hung"));
}

TEST_F(PoolDriverTest, AStandbysSilenceClosesItAndALossDialsAnew) {
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  tick();
  EXPECT_EQ(no_answer(2, /*timed_out=*/true), (Calls{"close 2"}));
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  tick();
  EXPECT_EQ(no_answer(2, /*timed_out=*/false), (Calls{"close 2", "dial 4 to 10.0.0.2:6379"}));
}

// ---- silence ------------------------------------------------------------------------------------------

TEST_F(PoolDriverTest, ACommandsSilenceIsEvidenceOnce) {
  follow_a();
  port_.silent = {1};
  EXPECT_THAT(next_look(),
              Contains("tell suspect 10.0.0.1:6379 (silent: 10.0.0.1:6379: a command has been unanswered for "
                       "too long)"));
  dialled(2, master_of("aaaa"));
  EXPECT_THAT(next_look(), Not(Contains("pool: suspended"))) << "the same command";
  port_.silent = {};
  next_look();
  port_.silent = {1};
  EXPECT_THAT(next_look(), Contains("pool: suspended")) << "another command";
}

TEST_F(PoolDriverTest, AQuestionThatIsOpenForTooLongIsGivenUp) {
  follow_a_with_standby_b();
  port_.silent = {2};
  const Calls calls = next_look();
  EXPECT_THAT(calls, Contains("give up asking 2"));
  EXPECT_THAT(calls, Not(Contains("pool: suspended"))) << "a standby's silence is no evidence";
}

TEST_F(PoolDriverTest, LooksForSilenceFourTimesWithinTheTimeItIsAllowed) {
  follow_a();
  tick();
  EXPECT_EQ(driver_->next_deadline(), now_ + 125ms);
  evidence(EvidenceKind::lost);
  dial_failed(2);
  EXPECT_LE(driver_->next_deadline(), now_ + 4ms) << "or sooner when there is something to do";
}

TEST_F(PoolDriverTest, NoEventPutsTheLookForSilenceOff) {
  follow_a();
  tick();
  port_.silent = {1};
  for (int i = 0; i < 5; ++i) {
    now_ += 25ms;
    driver_->on_evidence({0, EvidenceKind::lost, "of an older generation"}, now_);
  }
  EXPECT_THAT(tick(), Contains("pool: suspended"));
}

TEST_F(PoolDriverTest, TickReachesThePool) {
  follow_a();
  EXPECT_EQ(tick(), (Calls{"pool: tick"}));
}

TEST_F(PoolDriverTest, StopCancelsTheLookup) {
  start();
  driver_->stop(now_);
  EXPECT_EQ(port_.take(), (Calls{"cancel master"}));
}

}  // namespace
}  // namespace rediscovery::engine
