#include "engine/pool_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

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
                          return "adopted " + number(e.connection) + ", generation " + number(e.generation);
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
  std::map<ConnectionId, core::TimePoint> unanswered;
  bool used = true;
  std::vector<std::pair<ConnectionId, core::Role>> reports;

  void start_lookup(Name name) override { calls_.push_back("look up " + engine::written(name)); }
  void cancel_lookup(Name name) override { calls_.push_back("cancel " + engine::written(name)); }
  void dial(ConnectionId id, const core::Endpoint& endpoint) override {
    calls_.push_back("dial " + std::to_string(id) + " to " + endpoint.to_string());
  }
  void ask(ConnectionId id) override { calls_.push_back("ask " + std::to_string(id)); }
  void close(ConnectionId id) override { calls_.push_back("close " + std::to_string(id)); }
  void cut(ConnectionId id, bool writes_only) override {
    calls_.push_back("cut " + std::to_string(id) + (writes_only ? ", writes only" : ""));
  }
  std::optional<core::TimePoint> unanswered_since(ConnectionId id) const override {
    const auto found = unanswered.find(id);
    return found == unanswered.end() ? std::nullopt : std::optional(found->second);
  }
  bool is_used() override { return used; }
  void reported(ConnectionId id, const core::NodeReport& report) override {
    reports.emplace_back(id, report.role);
  }
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
  Calls connected(ConnectionId id) {
    return after([&] { driver_->on_connected(id, now_); });
  }
  Calls dialled(ConnectionId id, const core::NodeReport& report) {
    connected(id);
    return after([&] { driver_->on_greeted(id, report, now_); });
  }
  Calls dial_failed(ConnectionId id, bool refused_user = false) {
    return after([&] { driver_->on_failed(id, "refused", refused_user, now_); });
  }
  Calls ended(ConnectionId id) {
    return after([&] { driver_->on_ended(id, now_); });
  }
  Calls answered(ConnectionId id, const core::NodeReport& report) {
    return after([&] { driver_->on_answered(id, report, now_); });
  }
  Calls wrong_answer(ConnectionId id) {
    return after([&] { driver_->on_failed(id, "not Redis", false, now_); });
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
    return after([&] { driver_->connect(generation, now_); });
  }
  Calls check(ConnectionId id) {
    return after([&] { driver_->check(id, now_); });
  }
  Calls discard(ConnectionId id) {
    return after([&] { driver_->discard(id, "spent", now_); });
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
  DriverPlan plan_{DiscoveryPlan{core::ResolvePolicy{1s, 30s}, {}, {}, {}, {}, false, {}}, {}};
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
            (Calls{"tell connection_opened 10.0.0.1:6379", "pool: adopted 1, generation 1",
                   "tell adopted 10.0.0.1:6379"}));
}

TEST_F(PoolDriverTest, TheConnectionToARefusedCandidateIsClosed) {
  start();
  answer({kA});
  EXPECT_EQ(dialled(1, replica_of(kB)), (Calls{"tell refused 10.0.0.1:6379 (is a replica of 10.0.0.2:6379)",
                                               "dial 2 to 10.0.0.2:6379", "close 1"}));
}

TEST_F(PoolDriverTest, ACandidateThatCannotBeDialledIsReported) {
  start();
  answer({kA});
  EXPECT_EQ(dial_failed(1), (Calls{"close 1", "tell refused 10.0.0.1:6379 (refused)"}));
}

TEST_F(PoolDriverTest, ARefusedUserFailsTheWaiters) {
  start();
  answer({kA});
  EXPECT_EQ(dial_failed(1, /*refused_user=*/true),
            (Calls{"close 1", "tell authentication 10.0.0.1:6379 (refused)", "pool: refused: refused"}));
}

TEST_F(PoolDriverTest, TheConnectionThatConfirmsTheMasterJoinsThePool) {
  follow_a();
  EXPECT_EQ(evidence(EvidenceKind::lost),
            (Calls{"pool: suspended", "look up master", "tell suspect 10.0.0.1:6379 (lost: why)",
                   "dial 2 to 10.0.0.1:6379"}));
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
  EXPECT_EQ(wrong_answer(1), Calls{});
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
  moves_to({kB});  // connection 2
  connect(1);      // connection 3
  dialled(2, master_of("bbbb", "aaaa"));
  ASSERT_EQ(driver_->discovery().master().generation(), 2U);
  EXPECT_THAT(dialled(3, master_of("aaaa")), Contains("pool: opened 3, generation 1"));
}

// The evidence first: it pauses the pool, which would otherwise try the same again at once.
TEST_F(PoolDriverTest, AFailedConnectIsEvidenceBeforeThePoolHearsOfIt) {
  follow_a();
  connect(1);
  EXPECT_EQ(dial_failed(2), (Calls{"close 2", "pool: suspended", "look up master",
                                   "tell suspect 10.0.0.1:6379 (unreachable: refused)",
                                   "dial 3 to 10.0.0.1:6379", "pool: connect failed, generation 1"}));
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
            (Calls{"pool: suspended", "look up master",
                   "tell suspect 10.0.0.1:6379 (lost: 10.0.0.1:6379: the server closed a connection)",
                   "dial 2 to 10.0.0.1:6379", "pool: lost 1"}));
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

TEST_F(PoolDriverTest, EachConnectionAndEachCheckTellsOfTheMastersPeers) {
  core::NodeReport with_b = master_of("aaaa");
  with_b.replicas = {kB};
  core::NodeReport with_c = master_of("aaaa");
  with_c.replicas = {kC};
  follow_a();
  connect(1);
  EXPECT_THAT(dialled(2, with_b), Contains("dial 3 to 10.0.0.2:6379"));
  check(2);
  EXPECT_THAT(answered(2, with_c), Contains("dial 4 to 10.0.0.3:6379"));
}

TEST_F(PoolDriverTest, AnOldMastersPeersAreNotAsked) {
  core::NodeReport with_c = master_of("aaaa");
  with_c.replicas = {kC};
  follow_a_with_standby_b();
  check(1);
  ended(2);
  dialled(3, master_of("bbbb", "aaaa"));
  ASSERT_EQ(driver_->discovery().master().generation(), 2U);
  EXPECT_EQ(answered(1, with_c), Calls{});
  EXPECT_THAT(ended(3), Not(Contains("dial 4 to 10.0.0.3:6379")));
}

TEST_F(PoolDriverTest, ACheckThatFindsAReplicaIsEvidence) {
  follow_a();
  check(1);
  const Calls calls = answered(1, replica_of(kB));
  EXPECT_THAT(calls, Contains("tell suspect 10.0.0.1:6379 (read_only: 10.0.0.1:6379 is a replica now)"));
  EXPECT_EQ(calls.back(), "pool: checked 1, not healthy");
}

TEST_F(PoolDriverTest, ACheckWithoutAnAnswerIsEvidenceOfSilence) {
  follow_a();
  tick();
  check(1);
  now_ += 500ms;
  const Calls calls = tick();
  EXPECT_THAT(calls,
              Contains("tell suspect 10.0.0.1:6379 (silent: 10.0.0.1:6379: ROLE was not answered within "
                       "500 ms)"));
  EXPECT_THAT(calls, Contains("pool: checked 1, not healthy"));
}

TEST_F(PoolDriverTest, ACheckWithAWrongAnswerIsEvidenceOfLoss) {
  follow_a();
  check(1);
  const Calls calls = wrong_answer(1);
  EXPECT_THAT(calls, Contains("tell suspect 10.0.0.1:6379 (lost: not Redis)"));
  EXPECT_EQ(calls.back(), "pool: checked 1, not healthy");
}

TEST_F(PoolDriverTest, AMembersEndWhileItIsCheckedIsOneLoss) {
  follow_a();
  check(1);
  const Calls calls = ended(1);
  EXPECT_EQ(calls.front(), "pool: suspended");
  EXPECT_EQ(calls.back(), "pool: lost 1");
}

TEST_F(PoolDriverTest, ADiscardedMemberIsClosedAndToldOf) {
  follow_a();
  EXPECT_EQ(discard(1), (Calls{"close 1", "tell connection_closed 10.0.0.1:6379 (spent)"}));
}

// ---- standbys -----------------------------------------------------------------------------------------

TEST_F(PoolDriverTest, APromotedStandbyBecomesTheFirstConnectionToTheMaster) {
  follow_a_with_standby_b();
  EXPECT_EQ(ended(2), (Calls{"close 2", "dial 3 to 10.0.0.2:6379"}));
  EXPECT_EQ(
      dialled(3, master_of("bbbb", "aaaa")),
      (Calls{"cut 1, writes only", "tell connection_opened 10.0.0.2:6379", "pool: adopted 3, generation 2",
             "tell adopted 10.0.0.2:6379 (descends from the master before)"}));
}

TEST_F(PoolDriverTest, AStandbyIsClosedWhenItsNodeIsAdoptedOverAnotherConnection) {
  follow_a_with_standby_b();
  EXPECT_THAT(moves_to({kB}), Contains("dial 3 to 10.0.0.2:6379"));
  EXPECT_EQ(dialled(3, master_of("bbbb", "aaaa")),
            (Calls{"close 2", "cut 1, writes only", "tell connection_opened 10.0.0.2:6379",
                   "pool: adopted 3, generation 2",
                   "tell adopted 10.0.0.2:6379 (descends from the master before)"}));
}

TEST_F(PoolDriverTest, ARefusedStandbyStaysOne) {
  follow_a_with_standby_b();
  ended(2);
  EXPECT_EQ(dialled(3, master_of("xxxx")),
            (Calls{"tell refused 10.0.0.2:6379 (a master that DNS does not name, of another history)"}));
  EXPECT_EQ(ended(3), (Calls{"close 3", "dial 4 to 10.0.0.2:6379"})) << "also its end is a standby's";
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
  EXPECT_THAT(answered(2, master_of("bbbb", "aaaa")), Contains("pool: adopted 2, generation 2"));
}

TEST_F(PoolDriverTest, AStandbyThatRefusesOurUserIsToldOfOnceAndAskedSeldom) {
  follow_a_with_standby_b();
  ended(2);
  EXPECT_EQ(dial_failed(3, /*refused_user=*/true),
            (Calls{"close 3", "tell authentication 10.0.0.2:6379 (refused)"}));
  Calls calls;
  const auto until = now_ + 999ms;
  while ((now_ = std::max(now_, driver_->next_deadline())) < until) {
    for (auto& call : tick()) calls.push_back(call);
  }
  EXPECT_THAT(calls, Not(Contains("dial 4 to 10.0.0.2:6379")));
  evidence(EvidenceKind::lost);
  dialled(4, master_of("aaaa"));
  while ((now_ = std::max(now_, driver_->next_deadline())) < until + 10s) {
    for (auto& call : tick()) calls.push_back(call);
  }
  EXPECT_THAT(calls, Contains("dial 5 to 10.0.0.2:6379"));
  EXPECT_THAT(dial_failed(5, /*refused_user=*/true),
              Not(Contains("tell authentication 10.0.0.2:6379 (refused)")));
}

TEST_F(PoolDriverTest, AStandbysSilenceClosesIt) {
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  tick();
  now_ += 500ms;
  const Calls calls = tick();
  EXPECT_THAT(calls, Contains("close 2"));
  EXPECT_THAT(calls, Not(Contains("dial 4 to 10.0.0.2:6379"))) << "not at once: it is down";
}

TEST_F(PoolDriverTest, AStandbyThatLeavesAReadUnansweredIsClosedAndTheMasterNotDoubted) {
  follow_a_with_standby_b();
  port_.unanswered[2] = now_;
  Calls calls;
  for (int look = 0; look < 5; ++look) {
    for (auto& call : next_look()) calls.push_back(call);
  }
  EXPECT_THAT(calls, Contains("close 2"));
  EXPECT_THAT(calls, Not(Contains("pool: suspended")));
  port_.unanswered.clear();
  for (int look = 0; look < 5; ++look) {
    for (auto& call : next_look()) calls.push_back(call);
  }
  EXPECT_THAT(calls, Contains("dial 3 to 10.0.0.2:6379")) << "and connected again";
}

TEST_F(PoolDriverTest, WhatMembersAndStandbysSayOfThemselvesIsToldWhileTheyAreThere) {
  follow_a_with_standby_b();
  check(1);
  answered(1, master_of("aaaa"));
  ended(2);
  dialled(3, master_of("bbbb", "aaaa"));
  using core::Role;
  EXPECT_EQ(port_.reports, (std::vector<std::pair<ConnectionId, Role>>{
                               {1, Role::master}, {2, Role::replica}, {1, Role::master}, {3, Role::master}}));
}

// Nobody is to read from it.
TEST_F(PoolDriverTest, WhatAStandbySaysThatIsNotNamedIsNotTold) {
  plan_.discovery.has_replicas = true;
  core::NodeReport with_b = master_of("aaaa");
  with_b.replicas = {kB};
  start();
  answer({kA});
  ASSERT_THAT(dialled(1, with_b), Contains("dial 2 to 10.0.0.2:6379"));
  dialled(2, replica_of(kA));
  Calls calls;
  while (std::find(calls.begin(), calls.end(), "ask 2") == calls.end()) {
    now_ = driver_->next_deadline();
    calls = tick();
  }
  answered(2, replica_of(kA));
  using core::Role;
  const std::vector<std::pair<ConnectionId, Role>> of_the_master{{1, Role::master}};
  EXPECT_EQ(port_.reports, of_the_master);
  EXPECT_THAT(answer({kB}, Name::replicas), Contains("dial 3 to 10.0.0.2:6379"));
  dialled(3, replica_of(kA));
  EXPECT_EQ(port_.reports.back(), std::pair(ConnectionId{3}, Role::replica));
}

TEST_F(PoolDriverTest, AStandbysEndWhileItIsAskedDialsAnew) {
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  tick();
  EXPECT_EQ(ended(2), (Calls{"close 2", "dial 4 to 10.0.0.2:6379"}));
}

// ---- time-outs ----------------------------------------------------------------------------------------

TEST_F(PoolDriverTest, ADialThatTakesTooLongIsGivenUp) {
  start();
  answer({kA});
  now_ += 250ms;
  const Calls calls = tick();
  EXPECT_THAT(calls, Contains("close 1"));
  EXPECT_THAT(calls,
              Contains("tell refused 10.0.0.1:6379 (10.0.0.1:6379 cannot be connected within 250 ms)"));
  EXPECT_EQ(connected(1), Calls{}) << "too late";
}

TEST_F(PoolDriverTest, AHandshakeThatTakesTooLongIsGivenUp) {
  start();
  answer({kA});
  connected(1);
  now_ += 250ms;
  EXPECT_THAT(tick(), Contains("tell refused 10.0.0.1:6379 (10.0.0.1:6379 accepts connections but does not "
                               "answer within 250 ms)"));
}

TEST_F(PoolDriverTest, WakesForTheFirstConnectionThatIsDue) {
  follow_a();
  connect(1);
  now_ += 10ms;
  connect(1);
  now_ = driver_->next_deadline();
  while (now_ < core::TimePoint{} + 1h + 250ms) {
    tick();
    now_ = driver_->next_deadline();
  }
  EXPECT_THAT(tick(), Contains("close 2"));
}

// ---- the old master's connections ---------------------------------------------------------------------

TEST_F(PoolDriverTest, WhatIsInFlightOnAnOldMasterHasAMomentAndIsThenCut) {
  follow_a();
  move_to_b();
  const core::TimePoint adopted_at = now_;
  Calls calls;
  while (now_ < adopted_at + 100ms) {
    EXPECT_THAT(calls, Not(Contains("cut 1")));
    now_ = driver_->next_deadline();
    calls = tick();
  }
  EXPECT_THAT(calls, Contains("cut 1"));
}

// Rule 9: the cut comes before the pool serves the new master, or a write could look acknowledged in between.
TEST_F(PoolDriverTest, WritesInFlightToAHistoryThatHasEndedAreCutBeforeTheNewMasterServes) {
  follow_a_with_standby_b();
  ended(2);
  const Calls calls = dialled(3, master_of("bbbb", "aaaa"));
  EXPECT_EQ(calls.front(), "cut 1, writes only");
  EXPECT_THAT(calls, Contains("pool: adopted 3, generation 2"));
}

TEST_F(PoolDriverTest, NobodyWaitsForAMasterThatHangs) {
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  tick();
  EXPECT_EQ(answered(2, master_of("bbbb", "aaaa")).front(), "cut 1");
}

TEST_F(PoolDriverTest, TheConnectionsOfTheMasterThatIsConfirmedGoOn) {
  follow_a();
  evidence(EvidenceKind::lost);
  EXPECT_THAT(dialled(2, master_of("aaaa")), Not(Contains("cut 1")));
  EXPECT_EQ(check(1), Calls{"ask 1"});
}

// ---- silence ------------------------------------------------------------------------------------------

TEST_F(PoolDriverTest, ACommandsSilenceIsEvidenceOnce) {
  follow_a();
  port_.unanswered = {{1, now_ - 500ms}};
  EXPECT_THAT(next_look(),
              Contains("tell suspect 10.0.0.1:6379 (silent: 10.0.0.1:6379: a command has been unanswered for "
                       "625 ms)"));
  dialled(2, master_of("aaaa"));
  EXPECT_THAT(next_look(), Not(Contains("pool: suspended"))) << "the same command";
  port_.unanswered = {{1, now_ - 400ms}};
  EXPECT_THAT(next_look(), Contains("pool: suspended")) << "another command";
}

TEST_F(PoolDriverTest, ACheckBehindCommandsThatAreBeingAnsweredIsWaitedFor) {
  follow_a();
  check(1);
  for (int part = 0; part < 3; ++part) {
    now_ += 499ms;
    port_.unanswered = {{1, now_ - 1ms}};
    EXPECT_THAT(tick(), Not(Contains("pool: suspended")));
  }
  EXPECT_EQ(answered(1, master_of("aaaa")).back(), "pool: checked 1, healthy");
}

TEST_F(PoolDriverTest, ACheckBehindCommandsThatAreNotAnsweredEndsInTime) {
  follow_a();
  port_.unanswered = {{1, now_}};
  check(1);
  now_ += 500ms;
  EXPECT_THAT(tick(), Contains("pool: checked 1, not healthy"));
}

TEST_F(PoolDriverTest, LooksForSilenceFourTimesWithinTheTimeItIsAllowed) {
  follow_a();
  tick();
  EXPECT_EQ(driver_->next_deadline(), now_ + 125ms);
  evidence(EvidenceKind::lost);
  dial_failed(2);
  EXPECT_LE(driver_->next_deadline(), now_ + 4ms) << "or sooner when there is something to do";
}

TEST_F(PoolDriverTest, NobodyLooksForSilenceWhileNoConnectionIsUsed) {
  follow_a();
  port_.used = false;
  tick();
  EXPECT_GT(driver_->next_deadline(), now_ + 125ms) << "but for the next look-up";
  port_.used = true;
  driver_->wake(now_);
  EXPECT_EQ(driver_->next_deadline(), now_ + 125ms);
  port_.unanswered = {{1, now_ - 500ms}};
  EXPECT_THAT(next_look(), Contains("pool: suspended"));
}

TEST_F(PoolDriverTest, NoEventPutsTheLookForSilenceOff) {
  follow_a();
  tick();
  port_.unanswered = {{1, now_ - 500ms}};
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

// ---- what the time went into --------------------------------------------------------------------------

TEST_F(PoolDriverTest, CountsWhatItsTimeWentInto) {
  start();
  now_ += 3ms;
  answer({kA});
  now_ += 5ms;
  connected(1);
  now_ += 7ms;
  dialled(1, master_of("aaaa"));
  now_ += 100ms;
  EXPECT_EQ(driver_->work().resolving.until(now_), 3ms);
  EXPECT_EQ(driver_->work().connecting.until(now_), 5ms);
  EXPECT_EQ(driver_->work().verifying.until(now_), 7ms);
}

TEST_F(PoolDriverTest, AStandbysDialIsNotWhatCallersWaitFor) {
  plan_.discovery.has_replicas = true;
  follow_a();
  answer({kB}, Name::replicas);
  now_ += 50ms;
  EXPECT_EQ(driver_->work().connecting.until(now_), 0ms);
}

TEST_F(PoolDriverTest, ADialThatIsGivenUpIsNoLongerCounted) {
  start();
  answer({kA});
  now_ += 250ms;
  tick();
  now_ += 1ms;
  EXPECT_EQ(driver_->work().connecting.until(now_), 250ms);
}

TEST_F(PoolDriverTest, StopCancelsTheLookup) {
  start();
  driver_->stop(now_);
  EXPECT_EQ(port_.take(), (Calls{"cancel master"}));
}

// One that is opened while the pool is being closed has nobody else who would close it.
TEST_F(PoolDriverTest, StopTellsOfTheEndOfMembersThatAreStillThere) {
  follow_a();
  connect(1);
  dialled(2, master_of("aaaa"));
  connect(1);
  driver_->stop(now_);
  const Calls calls = port_.take();
  EXPECT_THAT(calls, Contains("close 1"));
  EXPECT_THAT(calls, Contains("close 2"));
  EXPECT_EQ(
      std::count(calls.begin(), calls.end(), "tell connection_closed 10.0.0.1:6379 (the pool was closed)"), 2)
      << "of the one that was never opened nobody was told";
}

}  // namespace
}  // namespace rediscovery::engine
