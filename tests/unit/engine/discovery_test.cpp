#include "engine/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "unit/engine/calls.hpp"

namespace rediscovery::engine {
namespace {

using namespace std::chrono_literals;
using core::EvidenceKind;
using ::testing::Contains;
using ::testing::Not;
using ::testing::StartsWith;

class RecordingPort : public DiscoveryPort {
 public:
  Calls take() { return std::exchange(calls_, {}); }

  void start_lookup(Name name) override { calls_.push_back("look up " + written(name)); }
  void cancel_lookup(Name name) override { calls_.push_back("cancel " + written(name)); }
  void verify(const core::Endpoint& endpoint) override { calls_.push_back("verify " + endpoint.to_string()); }
  void dial_standby(const core::Endpoint& endpoint) override {
    calls_.push_back("dial " + endpoint.to_string());
  }
  void ask_standby(const core::Endpoint& endpoint) override {
    calls_.push_back("ask " + endpoint.to_string());
  }
  void close_standby(const core::Endpoint& endpoint) override {
    calls_.push_back("close " + endpoint.to_string());
  }
  void suspected() override { calls_.emplace_back("suspected"); }
  void confirmed() override { calls_.emplace_back("confirmed"); }
  void adopted(const core::MasterFsm::Adopt& adoption) override {
    calls_.push_back("adopted " + adoption.endpoint.to_string() + " generation " +
                     std::to_string(adoption.generation) + ", old " + std::string(to_string(adoption.old)));
  }
  void user_refused(const std::string& problem) override { calls_.push_back("user refused: " + problem); }
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason, core::Duration) override {
    calls_.push_back(written(kind, endpoint, reason));
  }

 private:
  Calls calls_;
};

class DiscoveryTest : public ::testing::Test {
 protected:
  // ---- what happens, and what was asked of the world then -----------------------------------------
  Calls start() {
    discovery_ = std::make_unique<Discovery>(port_, plan_, 1, now_);
    discovery_->start(now_);
    return port_.take();
  }
  Calls stop() {
    return after([&] { discovery_->stop(now_); });
  }
  Calls answer(std::vector<core::Endpoint> endpoints, Name name = Name::master) {
    return after([&] { discovery_->on_lookup(name, {std::move(endpoints), 5s, ""}, now_); });
  }
  Calls no_answer(const std::string& problem, Name name = Name::master) {
    return after([&] { discovery_->on_lookup(name, {{}, 0s, problem}, now_); });
  }
  Calls push(const std::vector<core::Endpoint>& endpoints) {
    return after([&] { discovery_->on_push(endpoints, now_); });
  }
  Calls verified(const core::Endpoint& endpoint, const core::NodeReport& report) {
    return after([&] { discovery_->on_verified(endpoint, report, now_); });
  }
  Calls failed(const core::Endpoint& endpoint, const std::string& problem, bool refused_user = false) {
    return after([&] { discovery_->on_verify_failed(endpoint, problem, refused_user, now_); });
  }
  Calls evidence(EvidenceKind kind) {
    return after([&] { discovery_->on_evidence({discovery_->master().generation(), kind, "why"}, now_); });
  }
  Calls standby_opened(const core::Endpoint& endpoint, const core::NodeReport& report) {
    return after([&] { discovery_->on_standby_opened(endpoint, report, now_); });
  }
  Calls standby_answered(const core::Endpoint& endpoint, const core::NodeReport& report) {
    return after([&] { discovery_->on_standby_answered(endpoint, report, now_); });
  }
  Calls standby_cut(const core::Endpoint& endpoint) {
    return after([&] { discovery_->on_standby_cut(endpoint, now_); });
  }
  Calls tick_at_deadline() {
    now_ = discovery_->next_deadline().value();
    return after([&] { discovery_->on_tick(now_); });
  }

  // ---- how it gets there --------------------------------------------------------------------------
  void follow_a() {
    start();
    answer({kA});
    verified(kA, master_of("aaaa"));
    ASSERT_EQ(discovery_->master().master(), kA);
  }
  // The master a, and a standby at b that is a replica.
  void follow_a_with_standby_b() {
    plan_.has_replicas = true;
    follow_a();
    answer({kB}, Name::replicas);
    standby_opened(kB, replica_of(kA));
  }

  core::Duration pause() const { return discovery_->next_deadline().value() - now_; }

  core::TimePoint now_ = core::TimePoint{} + 1h;
  DiscoveryPlan plan_{core::ResolvePolicy{1s, 30s}, {}, {}, {}, {}, false, {}};
  RecordingPort port_;
  std::unique_ptr<Discovery> discovery_;

  template <typename Happen>
  Calls after(Happen happen) {
    happen();
    return port_.take();
  }
};

// ---- from a name to a master --------------------------------------------------------------------------

TEST_F(DiscoveryTest, GoesFromTheNameToTheMaster) {
  EXPECT_EQ(start(), (Calls{"look up master"}));
  EXPECT_EQ(answer({kA}), (Calls{"tell resolved (master: 10.0.0.1:6379)", "verify 10.0.0.1:6379"}));
  EXPECT_EQ(verified(kA, master_of("aaaa")),
            (Calls{"adopted 10.0.0.1:6379 generation 1, old ended", "tell adopted 10.0.0.1:6379"}));
}

TEST_F(DiscoveryTest, AsksTheNameAgainAtItsTtlWhileAllIsWell) {
  follow_a();
  EXPECT_GE(pause(), 4500ms);
  EXPECT_LE(pause(), 5s);
  EXPECT_EQ(tick_at_deadline(), (Calls{"look up master"}));
  EXPECT_EQ(answer({kA}), Calls{}) << "nothing new, nothing told";
}

TEST_F(DiscoveryTest, AnEmptyAnswerKeepsTheLastGoodOne) {
  follow_a();
  tick_at_deadline();
  EXPECT_EQ(no_answer("NXDOMAIN for master.test"), (Calls{"tell lookup_failed (NXDOMAIN for master.test)"}));
  EXPECT_THAT(evidence(EvidenceKind::lost), Contains("verify 10.0.0.1:6379")) << "the last good address";
}

TEST_F(DiscoveryTest, FollowsTheNameWhenItMoves) {
  follow_a();
  tick_at_deadline();
  EXPECT_EQ(answer({kB}), (Calls{"tell resolved (master: 10.0.0.2:6379)", "verify 10.0.0.2:6379"}));
  EXPECT_EQ(verified(kB, master_of("bbbb", "aaaa")),
            (Calls{"adopted 10.0.0.2:6379 generation 2, old ended",
                   "tell adopted 10.0.0.2:6379 (descends from the master before)"}));
}

TEST_F(DiscoveryTest, TellsOfAMasterWithAnotherHistory) {
  follow_a();
  tick_at_deadline();
  answer({kB});
  EXPECT_EQ(verified(kB, master_of("xxxx")),
            (Calls{"adopted 10.0.0.2:6379 generation 2, old ended",
                   "tell adopted 10.0.0.2:6379 (its history is not that of the master before)"}));
}

TEST_F(DiscoveryTest, AFixedMasterIsNeverLookedUp) {
  plan_.fixed_masters = {kA, kB};
  EXPECT_EQ(start(), (Calls{"verify 10.0.0.1:6379", "verify 10.0.0.2:6379"}));
  EXPECT_EQ(verified(kA, master_of("aaaa")),
            (Calls{"adopted 10.0.0.1:6379 generation 1, old ended", "tell adopted 10.0.0.1:6379"}));
  EXPECT_EQ(discovery_->next_deadline(), std::nullopt);
  EXPECT_EQ(evidence(EvidenceKind::lost), (Calls{"suspected", "tell suspect 10.0.0.1:6379 (lost: why)",
                                                 "verify 10.0.0.1:6379", "verify 10.0.0.2:6379"}));
  EXPECT_EQ(stop(), Calls{});
}

// ---- suspicion ----------------------------------------------------------------------------------------

TEST_F(DiscoveryTest, EvidencePausesAndAsksTheNameBeforeAnybodyIsToldAndTheMasterAsked) {
  follow_a();
  EXPECT_EQ(evidence(EvidenceKind::silent),
            (Calls{"suspected", "look up master", "tell suspect 10.0.0.1:6379 (silent: why)",
                   "verify 10.0.0.1:6379"}));
}

TEST_F(DiscoveryTest, HurriesUntilTheMasterIsKnownAgain) {
  follow_a();
  evidence(EvidenceKind::lost);
  EXPECT_EQ(answer({kA}), Calls{});
  EXPECT_LE(pause(), 4ms);
  EXPECT_EQ(tick_at_deadline(), (Calls{"look up master"}));
  answer({kA});
  EXPECT_EQ(verified(kA, master_of("aaaa")), (Calls{"confirmed", "tell verified 10.0.0.1:6379"}));
  EXPECT_GE(pause(), 4500ms) << "calm again";
}

TEST_F(DiscoveryTest, ManySignsAreOneSuspicion) {
  follow_a();
  evidence(EvidenceKind::lost);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(evidence(EvidenceKind::lost), Calls{});
}

TEST_F(DiscoveryTest, StopCancelsWhatIsUnderWay) {
  plan_.has_replicas = true;
  start();
  EXPECT_EQ(stop(), (Calls{"cancel master", "cancel replicas"}));
  EXPECT_EQ(answer({kA}), Calls{});
  EXPECT_EQ(stop(), Calls{});
}

TEST_F(DiscoveryTest, StopWhileWaitingHasNothingToCancel) {
  follow_a();
  EXPECT_EQ(stop(), Calls{});
  EXPECT_EQ(discovery_->next_deadline(), std::nullopt);
}

// ---- complaints ---------------------------------------------------------------------------------------

TEST_F(DiscoveryTest, TheSameComplaintIsToldOnce) {
  start();
  EXPECT_EQ(no_answer("NXDOMAIN"), (Calls{"tell lookup_failed (NXDOMAIN)"}));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(tick_at_deadline(), (Calls{"look up master"}));
    EXPECT_EQ(no_answer("NXDOMAIN"), Calls{});
  }
  tick_at_deadline();
  EXPECT_EQ(no_answer("SERVFAIL"), (Calls{"tell lookup_failed (SERVFAIL)"})) << "another one is news";
}

TEST_F(DiscoveryTest, AFailureAfterAGoodAnswerIsToldAgain) {
  follow_a();
  tick_at_deadline();
  no_answer("NXDOMAIN");
  tick_at_deadline();
  EXPECT_EQ(answer({kA}), Calls{});
  tick_at_deadline();
  EXPECT_EQ(no_answer("NXDOMAIN"), (Calls{"tell lookup_failed (NXDOMAIN)"})) << "days may have passed";
}

TEST_F(DiscoveryTest, EachNodesComplaintIsToldOnceUntilAMasterIsKnown) {
  start();
  answer({kA, kB});
  EXPECT_EQ(failed(kA, "10.0.0.1:6379: refused"),
            (Calls{"tell refused 10.0.0.1:6379 (10.0.0.1:6379: refused)"}));
  EXPECT_EQ(failed(kB, "10.0.0.2:6379: refused"),
            (Calls{"tell refused 10.0.0.2:6379 (10.0.0.2:6379: refused)"}));
  EXPECT_EQ(failed(kA, "10.0.0.1:6379: refused"), Calls{});
  verified(kB, master_of("bbbb"));
  evidence(EvidenceKind::lost);
  EXPECT_EQ(failed(kA, "10.0.0.1:6379: refused"),
            (Calls{"tell refused 10.0.0.1:6379 (10.0.0.1:6379: refused)"}));
}

TEST_F(DiscoveryTest, ARefusedUserIsToldToTheWaitersWhileThereIsNoMaster) {
  start();
  answer({kA});
  EXPECT_EQ(failed(kA, "WRONGPASS", true),
            (Calls{"tell authentication 10.0.0.1:6379 (WRONGPASS)", "user refused: WRONGPASS"}));
  EXPECT_EQ(failed(kA, "WRONGPASS", true), (Calls{"user refused: WRONGPASS"})) << "those who came since";
}

TEST_F(DiscoveryTest, ARefusedUserElsewhereConcernsNobodyWhileTheMasterIsHealthy) {
  follow_a();
  tick_at_deadline();
  answer({kB});
  EXPECT_EQ(failed(kB, "WRONGPASS", true), (Calls{"tell authentication 10.0.0.2:6379 (WRONGPASS)"}));
}

TEST_F(DiscoveryTest, RemembersTheLastTroubleForErrorMessages) {
  start();
  EXPECT_EQ(discovery_->trouble(), "");
  no_answer("NXDOMAIN");
  EXPECT_EQ(discovery_->trouble(), "NXDOMAIN");
  tick_at_deadline();
  answer({kA});
  failed(kA, "refused");
  EXPECT_EQ(discovery_->trouble(), "10.0.0.1:6379 refused");
  failed(kA, "10.0.0.1:6379: refused");
  EXPECT_EQ(discovery_->trouble(), "10.0.0.1:6379: refused") << "the address once is enough";
  verified(kA, master_of("aaaa"));
  EXPECT_EQ(discovery_->trouble(), "");
  evidence(EvidenceKind::lost);
  EXPECT_EQ(discovery_->trouble(), "why");
  verified(kA, master_of("aaaa"));
  EXPECT_EQ(discovery_->trouble(), "") << "healthy again";
}

// ---- which answers count ------------------------------------------------------------------------------

TEST_F(DiscoveryTest, AnswersOutsideOfTheAllowedNetworksAreIgnored) {
  plan_.allowed = {*core::Network::parse("10.0.0.2/32")};
  start();
  EXPECT_EQ(answer({kA}), (Calls{"tell lookup_failed (no answer within allowed_networks: 10.0.0.1:6379)"}));
  tick_at_deadline();
  EXPECT_EQ(answer({kA, kB}), (Calls{"tell resolved (master: 10.0.0.2:6379)", "verify 10.0.0.2:6379"}));
  EXPECT_EQ(push({kC}), Calls{});
}

TEST_F(DiscoveryTest, APushIsVerifiedAtOnceAndAnEmptyOneChangesNothing) {
  follow_a();
  EXPECT_EQ(push({}), Calls{});
  EXPECT_EQ(push({kB}), (Calls{"verify 10.0.0.2:6379"})) << "also while DNS still names the followed master";
}

// ---- standbys -----------------------------------------------------------------------------------------

TEST_F(DiscoveryTest, EveryReplicaOfTheOtherNameGetsAStandby) {
  plan_.has_replicas = true;
  EXPECT_EQ(start(), (Calls{"look up master", "look up replicas"}));
  EXPECT_EQ(answer({kB, kC}, Name::replicas), (Calls{"tell resolved (replicas: 10.0.0.2:6379 10.0.0.3:6379)",
                                                     "dial 10.0.0.2:6379", "dial 10.0.0.3:6379"}));
}

TEST_F(DiscoveryTest, ReplicasAreLookedUpCalmlyAfterTheFirstAnswer) {
  plan_.has_replicas = true;
  plan_.fixed_masters = {kA};
  start();
  verified(kA, master_of("aaaa"));
  answer({kB}, Name::replicas);
  EXPECT_GE(pause(), 4500ms);
}

TEST_F(DiscoveryTest, FixedReplicasAreNeverLookedUp) {
  plan_.has_replicas = true;
  plan_.fixed_replicas = {kB};
  EXPECT_EQ(start(), (Calls{"look up master", "dial 10.0.0.2:6379"}));
}

TEST_F(DiscoveryTest, FailuresOfTheTwoNamesAreToldApart) {
  plan_.has_replicas = true;
  start();
  EXPECT_EQ(no_answer("NXDOMAIN", Name::master), (Calls{"tell lookup_failed (NXDOMAIN)"}));
  EXPECT_EQ(no_answer("NXDOMAIN", Name::replicas), (Calls{"tell lookup_failed (NXDOMAIN)"}));
}

TEST_F(DiscoveryTest, APromotionThatCutsTheStandbyIsAdoptedAtOnce) {
  follow_a_with_standby_b();
  EXPECT_EQ(standby_cut(kB), (Calls{"dial 10.0.0.2:6379"}));
  EXPECT_EQ(standby_opened(kB, master_of("bbbb", "aaaa")),
            (Calls{"adopted 10.0.0.2:6379 generation 2, old ended",
                   "tell adopted 10.0.0.2:6379 (descends from the master before)", "close 10.0.0.2:6379"}))
      << "the standby has become the first connection to the master";
}

TEST_F(DiscoveryTest, APromotionWithoutACutIsRefusedWhileTheMasterIsHealthy) {
  follow_a_with_standby_b();
  while (discovery_->standbys().state(kB) != core::StandbyFsm::State::asking) {
    if (tick_at_deadline() == Calls{"look up master"}) answer({kA});
  }
  const Calls calls = standby_answered(kB, master_of("bbbb", "aaaa"));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_THAT(calls[0], StartsWith("tell refused 10.0.0.2:6379 (promoted without a sign"));
}

TEST_F(DiscoveryTest, WhileSuspectTheStandbysAreAsked) {
  follow_a_with_standby_b();
  evidence(EvidenceKind::silent);
  EXPECT_EQ(pause(), 0ms);
  EXPECT_THAT(tick_at_deadline(), Contains("ask 10.0.0.2:6379"));
  EXPECT_THAT(standby_answered(kB, replica_of(kA)), Not(Contains("ask 10.0.0.2:6379")));
  while (discovery_->standbys().state(kB) != core::StandbyFsm::State::asking) tick_at_deadline();
  EXPECT_EQ(standby_answered(kB, master_of("bbbb", "aaaa")),
            (Calls{"adopted 10.0.0.2:6379 generation 2, old hung",
                   "tell adopted 10.0.0.2:6379 (descends from the master before)", "close 10.0.0.2:6379"}));
}

TEST_F(DiscoveryTest, TheOldMasterGetsAStandbyWhenItIsNamedAsAReplica) {
  plan_.has_replicas = true;
  follow_a();
  answer({kA, kB}, Name::replicas);
  standby_opened(kB, replica_of(kA));
  standby_cut(kB);
  EXPECT_THAT(standby_opened(kB, master_of("bbbb", "aaaa")), Contains("dial 10.0.0.1:6379"));
}

// ---- a master's peers ------------------------------------------------------------------------------------

// Without a name for the replicas, unless a test says so.
class DiscoveryOfPeers : public DiscoveryTest {
 protected:
  // The master has told of b.
  void follow_a_that_lists_b() {
    start();
    answer({kA});
    verified(kA, listing(master_of("aaaa"), {kB}));
  }
  // … and there is a standby.
  void follow_a_with_peer_b() {
    follow_a_that_lists_b();
    standby_opened(kB, replica_of(kA));
  }
  void be_promoted_b() {
    standby_cut(kB);
    standby_opened(kB, master_of("bbbb", "aaaa"));
    ASSERT_EQ(discovery_->master().master(), kB);
  }
  static core::NodeReport listing(core::NodeReport report, std::vector<core::Endpoint> replicas) {
    report.replicas = std::move(replicas);
    return report;
  }
  Calls report(std::vector<core::Endpoint> replicas, const char* history = "aaaa") {
    return after([&] { discovery_->on_report(listing(master_of(history), std::move(replicas)), now_); });
  }
  static core::NodeReport attached_to_a() {
    core::NodeReport report = replica_of(kA);
    report.lineage = master_of("aaaa").lineage;
    report.master_link_up = true;
    return report;
  }
  static bool has(const Calls& calls, const std::string& call) {
    return std::find(calls.begin(), calls.end(), call) != calls.end();
  }
  bool has_standby(const core::Endpoint& endpoint) const {
    return discovery_->standbys().state(endpoint).has_value();
  }
};

TEST_F(DiscoveryOfPeers, EachGetsAStandby) {
  start();
  answer({kA});
  EXPECT_EQ(verified(kA, listing(master_of("aaaa"), {kB, kC})),
            (Calls{"adopted 10.0.0.1:6379 generation 1, old ended", "tell adopted 10.0.0.1:6379",
                   "dial 10.0.0.2:6379", "dial 10.0.0.3:6379"}));
  EXPECT_EQ(report({kB, kC, kD}), (Calls{"dial 10.0.0.4:6379"}));
}

// A planned failover: nobody has a reason to suspect the old master.
TEST_F(DiscoveryOfPeers, APromotionIsFollowedAtOnceWhileTheMasterIsHealthy) {
  follow_a_with_peer_b();
  report({});  // a moment before we are cut
  EXPECT_EQ(standby_cut(kB), (Calls{"dial 10.0.0.2:6379"}));
  EXPECT_THAT(standby_opened(kB, master_of("bbbb", "aaaa")),
              Contains("adopted 10.0.0.2:6379 generation 2, old ended"));
  EXPECT_FALSE(has_standby(kB));
  EXPECT_FALSE(has_standby(kA)) << "it may be dead, and is not listed";
}

TEST_F(DiscoveryOfPeers, AreAskedWhenTheMasterIsSuspect) {
  follow_a_with_peer_b();
  evidence(EvidenceKind::lost);
  EXPECT_EQ(tick_at_deadline(), (Calls{"ask 10.0.0.2:6379"}));
  EXPECT_THAT(standby_answered(kB, master_of("bbbb", "aaaa")),
              Contains("adopted 10.0.0.2:6379 generation 2, old ended"));
}

TEST_F(DiscoveryOfPeers, TheMasterBeforeIsOneOfThemAndAskedFirstWhenTheMasterIsSuspect) {
  follow_a_with_peer_b();
  be_promoted_b();
  EXPECT_EQ(evidence(EvidenceKind::lost),
            (Calls{"suspected", "dial 10.0.0.1:6379", "look up master",
                   "tell suspect 10.0.0.2:6379 (lost: why)", "verify 10.0.0.2:6379", "verify 10.0.0.1:6379"}))
      << "whom DNS still names";
  EXPECT_THAT(standby_opened(kA, master_of("cccc", "bbbb")),
              Contains("adopted 10.0.0.1:6379 generation 3, old ended"));
}

TEST_F(DiscoveryOfPeers, OneThatIsPromotedWhileTheMasterIsSuspectCutsItsStandbyAndIsAdopted) {
  follow_a_with_peer_b();
  evidence(EvidenceKind::lost);
  EXPECT_EQ(standby_cut(kB), (Calls{"dial 10.0.0.2:6379"}));
  EXPECT_THAT(standby_opened(kB, master_of("bbbb", "aaaa")),
              Contains("adopted 10.0.0.2:6379 generation 2, old ended"));
}

TEST_F(DiscoveryOfPeers, WhomAStandbyObeysIsAskedToo) {
  follow_a_with_peer_b();
  evidence(EvidenceKind::silent);
  tick_at_deadline();
  EXPECT_EQ(standby_answered(kB, replica_of(kC)), (Calls{"dial 10.0.0.3:6379"}));
  EXPECT_EQ(standby_answered(kB, replica_of(kC)), Calls{});
  EXPECT_THAT(standby_opened(kC, master_of("cccc", "aaaa")),
              Contains("adopted 10.0.0.3:6379 generation 2, old hung"));
}

TEST_F(DiscoveryOfPeers, WhomAStandbyObeysIsNoConcernWhileTheMasterIsHealthy) {
  follow_a_that_lists_b();
  EXPECT_EQ(standby_opened(kB, replica_of(kC)), Calls{});
}

TEST_F(DiscoveryOfPeers, AStrangerAmongThemIsRefused) {
  follow_a_that_lists_b();
  evidence(EvidenceKind::lost);
  EXPECT_EQ(standby_opened(kB, master_of("xxxx")),
            (Calls{"tell refused 10.0.0.2:6379 (a master that DNS does not name, of another history)"}));
}

TEST_F(DiscoveryOfPeers, OneThatNobodyListsLosesItsStandbyAfterTenMinutes) {
  follow_a_with_peer_b();
  now_ += 10min - 1ms;
  EXPECT_EQ(report({}), Calls{});
  now_ += 1ms;
  EXPECT_EQ(report({}), (Calls{"close 10.0.0.2:6379"}));
}

// The old master is started again, as a master; Sentinel makes it a replica, and promotes it in the next
// moment, before any list has told of it.
TEST_F(DiscoveryOfPeers, AnOldMasterThatHasJustComeBackAsAReplicaIsFollowedWhenItIsPromoted) {
  follow_a_with_peer_b();
  be_promoted_b();
  now_ += 1s;
  EXPECT_EQ(report({}, "bbbb"), (Calls{"dial 10.0.0.1:6379"}));
  now_ += 10s;
  EXPECT_THAT(standby_opened(kA, master_of("anew")), Contains(StartsWith("tell refused 10.0.0.1:6379")));
  standby_cut(kA);  // Sentinel's REPLICAOF does that, too
  while (!has(tick_at_deadline(), "dial 10.0.0.1:6379")) {
  }
  standby_opened(kA, replica_of(kB));
  EXPECT_EQ(standby_cut(kA), (Calls{"dial 10.0.0.1:6379"}));
  EXPECT_THAT(standby_opened(kA, master_of("cccc", "bbbb")),
              Contains("adopted 10.0.0.1:6379 generation 3, old ended"));
}

// It was detached by hand.
TEST_F(DiscoveryOfPeers, OneThatSaysThatItIsAMasterWithoutASignIsNoneAnyMore) {
  follow_a_with_peer_b();
  while (!has(tick_at_deadline(), "ask 10.0.0.2:6379")) {
  }
  EXPECT_EQ(
      standby_answered(kB, master_of("bbbb", "aaaa")),
      (Calls{"tell refused 10.0.0.2:6379 (promoted without a sign that Sentinel did it, and the followed "
             "master is healthy)"}));
  EXPECT_THAT(evidence(EvidenceKind::lost), Contains("close 10.0.0.2:6379"));
  EXPECT_FALSE(has_standby(kB));
}

// And then the connection breaks, for whatever reason.
TEST_F(DiscoveryOfPeers, TheCutOfOneThatHadLeftItsMasterBeforeProvesNothing) {
  follow_a_with_peer_b();
  report({});
  now_ += 1s;
  EXPECT_EQ(standby_cut(kB), (Calls{"close 10.0.0.2:6379"}));
  while (!has(tick_at_deadline(), "dial 10.0.0.2:6379")) {
  }
  EXPECT_THAT(standby_opened(kB, master_of("bbbb", "aaaa")), Not(Contains(StartsWith("adopted"))));
}

// A master without a backlog begins a history when its first replica attaches.
TEST_F(DiscoveryOfPeers, APromotionOutOfAHistoryThatTheMasterHasBegunSinceIsFollowed) {
  start();
  answer({kA});
  verified(kA, master_of("lone"));
  report({kB});  // of "aaaa"
  standby_opened(kB, attached_to_a());
  standby_cut(kB);
  EXPECT_THAT(standby_opened(kB, master_of("bbbb", "aaaa")),
              Contains("adopted 10.0.0.2:6379 generation 2, old ended"));
}

TEST_F(DiscoveryOfPeers, KeepTheirStandbysWhereTheMasterIsNeverAskedAgain) {
  follow_a_with_peer_b();
  for (int i = 0; i < 10; ++i) {
    while (!has(tick_at_deadline(), "ask 10.0.0.2:6379")) {
    }
    standby_answered(kB, attached_to_a());
  }
  EXPECT_THAT(evidence(EvidenceKind::lost), Not(Contains("close 10.0.0.2:6379")));
}

// One that was detached by hand must not be taken for a successor.
TEST_F(DiscoveryOfPeers, OneThatIsListedNoMoreLosesItsStandbyWhenTheMasterIsSuspect) {
  follow_a_with_peer_b();
  report({kC});
  now_ += 1s;
  const Calls calls = evidence(EvidenceKind::lost);
  EXPECT_THAT(calls, Contains("close 10.0.0.2:6379"));
  EXPECT_THAT(calls, Not(Contains("close 10.0.0.3:6379")));
}

TEST_F(DiscoveryOfPeers, AListThatIsTooOldIsNotBelievedWhenTheMasterIsSuspect) {
  follow_a_with_peer_b();
  now_ += 3 * plan_.standby.calm_interval;
  EXPECT_THAT(evidence(EvidenceKind::lost), Contains("close 10.0.0.2:6379"));
}

TEST_F(DiscoveryOfPeers, AreAskedUntilThereIsAMasterHoweverLongThatTakes) {
  plan_.has_replicas = true;
  follow_a_with_peer_b();
  evidence(EvidenceKind::lost);
  now_ += 1h;
  EXPECT_THAT(answer({kC}, Name::replicas), Contains("dial 10.0.0.3:6379"));
  EXPECT_TRUE(has_standby(kB));
}

TEST_F(DiscoveryOfPeers, OneThatComesToBeNamedGetsAnotherConnectionAndOneThatIsDroppedDoes) {
  plan_.has_replicas = true;
  follow_a_with_peer_b();
  EXPECT_FALSE(discovery_->is_named_replica(kB));
  EXPECT_EQ(answer({kB}, Name::replicas),
            (Calls{"tell resolved (replicas: 10.0.0.2:6379)", "close 10.0.0.2:6379", "dial 10.0.0.2:6379"}));
  EXPECT_TRUE(discovery_->is_named_replica(kB));
  standby_opened(kB, replica_of(kA));
  while (!has(tick_at_deadline(), "look up replicas")) {
  }
  EXPECT_EQ(answer({kC}, Name::replicas),
            (Calls{"tell resolved (replicas: 10.0.0.3:6379)", "close 10.0.0.2:6379", "dial 10.0.0.3:6379",
                   "dial 10.0.0.2:6379"}));
  EXPECT_FALSE(discovery_->is_named_replica(kB));
}

TEST_F(DiscoveryOfPeers, GetNoneAndAreNotAskedWhereOnlyTheAnnouncedIsBelieved) {
  plan_.master.promotion = Promotion::announced;
  follow_a_that_lists_b();
  EXPECT_FALSE(has_standby(kB));
  evidence(EvidenceKind::lost);
  EXPECT_FALSE(has_standby(kB));
}

TEST_F(DiscoveryOfPeers, GetNoneAndAreNotAskedWhereTheMastersAddressesAreConfigured) {
  plan_.fixed_masters = {kA};
  follow_a_that_lists_b();
  EXPECT_FALSE(has_standby(kB));
  evidence(EvidenceKind::lost);
  EXPECT_FALSE(has_standby(kB));
}

TEST_F(DiscoveryOfPeers, OutsideOfTheAllowedNetworksAreNotDialled) {
  plan_.allowed = {*core::Network::parse("10.0.0.1/32")};
  follow_a_that_lists_b();
  EXPECT_EQ(report({kB}), Calls{});
  evidence(EvidenceKind::lost);
  EXPECT_FALSE(has_standby(kB));
  verified(kA, listing(master_of("aaaa"), {kB}));
  EXPECT_FALSE(has_standby(kB));
}

}  // namespace
}  // namespace rediscovery::engine
