#include <gtest/gtest.h>

#include "core/master_fsm.hpp"
#include "unit/core/master_script.hpp"

// What MasterFsm's rules mean over several events. Its transition table: master_fsm_test.cpp.
namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using MasterFsmRules = MasterScript;

constexpr auto kZombie = "an old master that came back: its history was left behind";
constexpr auto kRestarted = "an old master that was started again: its name is older than the promotion";
constexpr auto kNotNamed = "a master that DNS does not name, of another history";
constexpr auto kNoSign = "promoted without a sign that Sentinel did it, and the followed master is healthy";
constexpr auto kNotAnnounced = "promoted, but not announced yet";
constexpr auto kTwoMasters = "DNS names two masters, and the followed one is healthy";

// ---- generations --------------------------------------------------------------------------------------

TEST_F(MasterFsmRules, EvidenceOfAnOlderGenerationIsDropped) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  ASSERT_EQ(fsm_.generation(), 2U);
  for (const auto kind : {EvidenceKind::lost, EvidenceKind::read_only, EvidenceKind::silent}) {
    EXPECT_EQ(evidence(1, kind), nothing_) << "the connections of the old master all end now";
  }
  EXPECT_EQ(state(), State::following);
}

TEST_F(MasterFsmRules, ManySignsOfOneGenerationStartOneVerification) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(evidence(EvidenceKind::lost), nothing_);
}

// While it loads its data it says that it is the master, and refuses every command.
TEST_F(MasterFsmRules, OneThatIsWellWheneverItIsAskedAndFailsAtOnceIsAskedAtThePaceOfThatTrouble) {
  follow(a_, master_a_);
  int asked = 0;
  const TimePoint began = now_;
  for (; now_ < began + std::chrono::seconds(10); ++asked) {
    const auto did = evidence(EvidenceKind::unavailable);
    const bool at_once = did == MasterDid{{Suspect{EvidenceKind::unavailable, "why"}, Verify{a_}}};
    EXPECT_EQ(at_once, asked == 0);
    if (!at_once) {
      EXPECT_EQ(tick_at_deadline(), (MasterDid{{Verify{a_}}}));
    }
    pass(std::chrono::microseconds(500));
    verified(a_, master_a_);
    pass(std::chrono::microseconds(100));  // and the next caller is refused
  }
  EXPECT_LT(asked, 1000);
  EXPECT_EQ(evidence(EvidenceKind::lost), (MasterDid{{Suspect{EvidenceKind::lost, "why"}, Verify{a_}}}))
      << "what may be its end is looked into at once";
  pass(std::chrono::milliseconds(1));
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Confirm{std::chrono::milliseconds(1)}}}));
  pass(std::chrono::seconds(20));
  EXPECT_EQ(evidence(EvidenceKind::unavailable),
            (MasterDid{{Suspect{EvidenceKind::unavailable, "why"}, Verify{a_}}}))
      << "it has been well for longer than it was in trouble";
}

TEST_F(MasterFsmRules, AfterALongOutageALostConnectionIsLookedIntoAtOnce) {
  follow(a_, master_a_);
  evidence(EvidenceKind::silent);
  for (const TimePoint end = now_ + std::chrono::seconds(60); now_ < end; tick_at_deadline()) failed(a_);
  verified(a_, master_a_);
  for (int i = 0; i < 10; ++i) {
    pass(std::chrono::seconds(50));
    EXPECT_EQ(evidence(EvidenceKind::lost), (MasterDid{{Suspect{EvidenceKind::lost, "why"}, Verify{a_}}}));
    pass(std::chrono::milliseconds(1));
    EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Confirm{std::chrono::milliseconds(1)}}}));
  }
}

TEST_F(MasterFsmRules, OneFailoverIsOneGenerationHoweverManyAnswersArrive) {
  follow(a_, master_a_);
  dns({a_, b_});
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Refuse{b_, "is followed already"}}}));
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kZombie}}})) << "its answer was under way";
  EXPECT_EQ(failed(a_), (MasterDid{{ReportFailed{a_, "refused", false}}}));
  EXPECT_EQ(fsm_.generation(), 2U);
}

TEST_F(MasterFsmRules, ARestartedProcessAtTheSameAddressIsANewGeneration) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  // Redis keeps its old history as the previous one when it starts from its own dump …
  EXPECT_EQ(verified(a_, master_of("a2", "aaaa", "run-2")),
            (MasterDid{{Adopt{a_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
  evidence(EvidenceKind::lost);
  // … and has a history of its own when there is none.
  EXPECT_EQ(verified(a_, master_of("a3", "", "run-3")),
            (MasterDid{{Adopt{a_, 3, Kinship::unrelated, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, ARestartedEmptyProcessThatDnsNoLongerNamesIsRefused) {
  follow(a_, master_a_);
  dns({b_});
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(a_, master_of("a2", "", "run-2")), (MasterDid{{Refuse{a_, kNotNamed}}}));
  EXPECT_EQ(state(), State::suspect);
}

TEST_F(MasterFsmRules, TheSameMasterUnderAnotherAddressIsANewGenerationOfTheSameHistory) {
  follow(a_, master_a_);
  dns({c_});
  EXPECT_EQ(verified(c_, master_a_), (MasterDid{{Adopt{c_, 2, Kinship::same, OldMaster::answers, 0ms}}}));
  dns({a_});
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Adopt{a_, 3, Kinship::same, OldMaster::answers, 0ms}}}))
      << "and back: a history that is still followed was not left";
}

// However the new one became known: what the old one acknowledges from now on, the new one does not have.
TEST_F(MasterFsmRules, WithAnotherHistoryWritesInFlightAtTheOldMasterAreNotWaitedFor) {
  for (const auto& fresh : {master_b_, master_of("cccc", "")}) {
    fsm_ = MasterFsm({}, now_);
    follow(a_, master_a_);
    dns({b_});
    const auto did = verified(b_, fresh);
    ASSERT_EQ(did.actions.size(), 1U);
    EXPECT_EQ(std::get<Adopt>(did.actions.front()).old, OldMaster::ended);
  }
}

// ---- no way back to a zombie ---------------------------------------------------------------------------

// A master without a backlog begins a history when its first replica attaches (Redis, syncCommand).
TEST_F(MasterFsmRules, APromotionOutOfAHistoryThatTheMasterHasBegunSinceIsFollowed) {
  follow(a_, master_a_);
  NodeReport begun = master_a_;
  begun.lineage = {"begun", "", -1};
  EXPECT_EQ(on(MasterFsm::Reported{begun}), nothing_);
  NodeReport promoted = master_b_;
  promoted.lineage = {"b", "begun", 1};
  EXPECT_EQ(verified_after_cut(b_, promoted),
            (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, WhatAnotherProcessOrAReplicaReportsIsNoHistoryOfTheMaster) {
  follow(a_, master_a_);
  NodeReport other = master_a_;
  other.run_id = "another";
  other.lineage = {"other", "", -1};
  on(MasterFsm::Reported{other});
  NodeReport replica = replica_of(c_);
  replica.run_id = master_a_.run_id;
  on(MasterFsm::Reported{replica});
  EXPECT_EQ(fsm_.report(), master_a_);
}

TEST_F(MasterFsmRules, AReturningOldMasterIsRefusedEvenWhenDnsNamesIt) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  dns({a_, b_});
  verified(b_, master_b_);
  ASSERT_EQ(fsm_.master(), b_);
  EXPECT_EQ(dns({a_}), MasterDid{{Verify{a_}}});
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kZombie}}}));
  EXPECT_EQ(state(), State::following);
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kZombie}}})) << "and while there is no other";
}

TEST_F(MasterFsmRules, AnAncestorIsRefusedByAClientThatNeverFollowedIt) {
  follow(b_, master_b_);  // promoted out of a before we came
  evidence(EvidenceKind::lost);
  dns({a_});
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kZombie}}}));
}

TEST_F(MasterFsmRules, AHistoryLeftTwoMastersAgoIsRefusedEvenWhenDnsNamesIt) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  dns({c_});
  verified(c_, master_of("cccc", "bbbb"));
  ASSERT_EQ(fsm_.generation(), 3U);
  dns({a_});
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kZombie}}}));
}

TEST_F(MasterFsmRules, TheHistoriesOfTheLast64MastersAreRemembered) {
  const auto id = [](int number) { return "history-" + std::to_string(number); };
  follow(a_, master_of(id(0)));
  for (int i = 1; i <= 65; ++i) verified(a_, master_of(id(i), id(i - 1), "start-" + std::to_string(i)));
  ASSERT_EQ(fsm_.generation(), 66U);
  dns({b_});
  EXPECT_EQ(verified(b_, master_of(id(1))), (MasterDid{{Refuse{b_, kZombie}}}));
  EXPECT_EQ(verified(b_, master_of(id(0))),
            (MasterDid{{Adopt{b_, 67, Kinship::unrelated, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, AnOldMasterIsWelcomeOnceItHasBeenAReplicaAndIsPromotedAgain) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  dns({a_});
  EXPECT_EQ(verified(a_, master_of("a2", "bbbb")),
            (MasterDid{{Adopt{a_, 3, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

// b is promoted and dies before c has heard of it; then c is promoted out of a's history as well.
TEST_F(MasterFsmRules, ASecondReplicaPromotedOutOfTheSameMasterIsAcceptedFromDns) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  evidence(EvidenceKind::lost);
  const NodeReport sibling = master_of("cccc", "aaaa");
  EXPECT_EQ(verified(c_, sibling), (MasterDid{{Refuse{c_, kNotNamed}}}));
  dns({c_});
  EXPECT_EQ(verified(c_, sibling), (MasterDid{{Adopt{c_, 3, Kinship::unrelated, OldMaster::ended, 0ms}}}));
}

// Its supervisor starts the killed master again within a second, as Redis does it with a new history; DNS is
// late.
TEST_F(MasterFsmRules, AnOldMasterThatWasStartedAgainIsRefusedWhileDnsHasNotHeardOfThePromotion) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  verified_after_cut(b_, master_b_);
  ASSERT_EQ(fsm_.master(), b_);
  for (const auto& restarted : {master_of("a2", "", "run-2"), master_of("a2", "aaaa", "run-2")}) {
    EXPECT_EQ(verified(a_, restarted), (MasterDid{{Refuse{a_, kRestarted}}}));
    pass(1h);
    EXPECT_EQ(verified(a_, restarted), (MasterDid{{Refuse{a_, kRestarted}}})) << "as long as DNS is late";
  }
}

TEST_F(MasterFsmRules, AnOldMasterThatWasStartedAgainIsRefusedForAWhileAlsoWhenDnsTurnsBack) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  dns({a_});  // of several DNS servers, one is late
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(a_, master_of("a2", "", "run-2")), (MasterDid{{Refuse{a_, kRestarted}}}));
  pass(10s);
  EXPECT_EQ(verified(a_, master_of("a2", "", "run-2")),
            (MasterDid{{Adopt{a_, 3, Kinship::unrelated, OldMaster::ended, 10s}}}))
      << "Sentinel would have made it a replica by now";
}

TEST_F(MasterFsmRules, DnsMayTurnToAStrangerAndBack) {
  follow(a_, master_a_);
  dns({c_});
  verified(c_, stranger_);
  ASSERT_EQ(fsm_.master(), c_);
  dns({a_});
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Adopt{a_, 3, Kinship::unrelated, OldMaster::ended, 0ms}}}))
      << "nothing was promoted, so no history has ended";
}

// ---- who may be adopted --------------------------------------------------------------------------------

TEST_F(MasterFsmRules, AnUnrelatedHistoryIsAcceptedFromDnsOnly) {
  follow(a_, master_a_);
  dns({a_, c_});
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(c_, replica_of(b_)),
            (MasterDid{{Refuse{c_, "is a replica of 10.0.0.2:6379"}, Verify{b_}}}));
  EXPECT_EQ(verified(b_, stranger_), (MasterDid{{Refuse{b_, kNotNamed}}}))
      << "a replica's word is not enough";
  dns({b_});
  pass(1s);
  tick();
  EXPECT_EQ(verified(b_, stranger_), (MasterDid{{Adopt{b_, 2, Kinship::unrelated, OldMaster::ended, 1s}}}));
}

TEST_F(MasterFsmRules, WhomTheDemotedMasterItselfObeysIsAdoptedWhateverItsHistory) {
  follow(a_, master_a_);
  evidence(EvidenceKind::read_only);
  verified(a_, replica_of(b_));
  EXPECT_EQ(verified(b_, stranger_), (MasterDid{{Adopt{b_, 2, Kinship::unrelated, OldMaster::ended, 0ms}}}));
}

// Sentinel gives a failover up half-way: b was promoted and followed, then made a replica of a again.
TEST_F(MasterFsmRules, AnOldMasterIsAdoptedAgainWhenItsSuccessorObeysIt) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  evidence(EvidenceKind::read_only);
  EXPECT_EQ(verified(b_, replica_of(a_)),
            (MasterDid{{Refuse{b_, "is a replica of 10.0.0.1:6379"}, Verify{a_}}}));
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Adopt{a_, 3, Kinship::ancestor, OldMaster::ended, 0ms}}}));
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Confirm{0ms}, Verify{b_}}}));
}

TEST_F(MasterFsmRules, WhomTheDemotedMasterObeysIsAskedAtOnceThoughItWasRefusedForLong) {
  follow(a_, master_a_);
  dns({b_});
  verified(b_, master_b_);
  dns({a_});
  pass(1h);
  verified(a_, master_a_);
  evidence(EvidenceKind::read_only);
  EXPECT_EQ(verified(b_, replica_of(a_)),
            (MasterDid{{Refuse{b_, "is a replica of 10.0.0.1:6379"}, Verify{a_}}}));
  failed(a_);
  EXPECT_EQ(verified(b_, replica_of(a_)), (MasterDid{{Refuse{b_, "is a replica of 10.0.0.1:6379"}}}))
      << "but not with every answer";
}

TEST_F(MasterFsmRules, ASuccessorsWordIsForgottenWhenTheMasterIsConfirmed) {
  follow(a_, master_a_);
  evidence(EvidenceKind::read_only);
  verified(a_, replica_of(b_));
  verified(a_, master_a_);
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(b_, stranger_), (MasterDid{{Refuse{b_, kNotNamed}}}));
}

// ---- promotions ----------------------------------------------------------------------------------------

TEST_F(MasterFsmRules, APromotionThatCutUsIsFollowedWhileTheOldMasterStillAnswers) {
  follow(a_, master_a_);
  pass(24h);
  EXPECT_EQ(verified_after_cut(b_, master_b_),
            (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, APromotionWithoutACutIsNotFollowedWhileTheOldMasterIsHealthy) {
  follow(a_, master_a_);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Refuse{b_, kNoSign}}})) << "an operator's REPLICAOF NO ONE";
  evidence(EvidenceKind::silent);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::hung, 0ms}}}));
}

TEST_F(MasterFsmRules, ACutByAMasterOfAnotherHistoryProvesNothing) {
  follow(a_, master_a_);
  EXPECT_EQ(verified_after_cut(b_, stranger_), (MasterDid{{Refuse{b_, kNotNamed}}}));
}

TEST_F(MasterFsmRules, WithAnnouncedPromotionADescendantWaitsForDnsOrAPush) {
  configure(Promotion::announced);
  follow(a_, master_a_);
  EXPECT_EQ(verified_after_cut(b_, master_b_), (MasterDid{{Refuse{b_, kNotAnnounced}}}));
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Refuse{b_, kNotAnnounced}}})) << "even when it is missed";
  EXPECT_EQ(push({b_}), MasterDid{{Verify{b_}}});
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, WithAnnouncedPromotionTheDemotedMastersWordIsEnough) {
  configure(Promotion::announced);
  follow(a_, master_a_);
  evidence(EvidenceKind::read_only);
  verified(a_, replica_of(b_));
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, APushNamesTheMasterBesideDns) {
  EXPECT_EQ(push({b_}), MasterDid{{Verify{b_}}});
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 1, Kinship::unrelated, OldMaster::ended, 0ms}}}));
  EXPECT_EQ(dns({b_}), nothing_);
  EXPECT_EQ(push({c_}), MasterDid{{Verify{c_}}})
      << "DNS is late: that it still names the master means nothing";
  EXPECT_EQ(push({}), nothing_) << "the push before does not count any more, and DNS names the master";
}

TEST_F(MasterFsmRules, ADescendantIsAdoptedBeforeDnsNamesIt) {
  follow(a_, master_a_);
  evidence(EvidenceKind::read_only);
  EXPECT_EQ(verified(a_, replica_of(b_)),
            (MasterDid{{Refuse{a_, "is a replica of 10.0.0.2:6379"}, Verify{b_}}}))
      << "a demoted master knows its successor before DNS does";
  pass(2ms);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 2ms}}}));
}

TEST_F(MasterFsmRules, AHintIsFollowedFromHintToHint) {
  follow(a_, master_a_);
  evidence(EvidenceKind::read_only);
  verified(a_, replica_of(b_));
  EXPECT_EQ(verified(b_, replica_of(c_)),
            (MasterDid{{Refuse{b_, "is a replica of 10.0.0.3:6379"}, Verify{c_}}}));
}

TEST_F(MasterFsmRules, ANodeWithoutHistoryIsAcceptedFromDnsOnly) {
  follow(a_, master_of(""));
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(b_, master_of("")), (MasterDid{{Refuse{b_, kNotNamed}}}));
  dns({b_});
  EXPECT_EQ(verified(b_, master_of("")),
            (MasterDid{{Adopt{b_, 2, Kinship::unrelated, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, OfTwoMastersInDnsTheFirstToAnswerIsFollowedAndTheOtherRefused) {
  dns({a_, b_});
  verified(b_, stranger_);
  ASSERT_EQ(fsm_.master(), b_);
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kTwoMasters}}}));
  EXPECT_EQ(dns({a_, b_}), nothing_) << "the followed one is healthy, so nobody is asked";
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
}

TEST_F(MasterFsmRules, OfTwoMastersThatDnsAndAPushNameTheNewestWordCounts) {
  follow(a_, master_a_);
  push({b_});
  verified(b_, stranger_);
  ASSERT_EQ(fsm_.master(), b_);
  dns({a_});  // late, as before
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, kTwoMasters}}})) << "or it would go to and fro";
  dns({c_});
  EXPECT_EQ(verified(c_, master_of("cccc")),
            (MasterDid{{Adopt{c_, 3, Kinship::unrelated, OldMaster::ended, 0ms}}}));
  dns({a_});
  EXPECT_EQ(verified(b_, stranger_), (MasterDid{{Adopt{b_, 4, Kinship::unrelated, OldMaster::ended, 0ms}}}))
      << "neither names the followed one any more";
}

TEST_F(MasterFsmRules, OfTwoMastersOnOneListNoneIsPreferredBecauseAPushNamesAThird) {
  follow(a_, master_a_);
  dns({a_, b_});
  push({c_});
  EXPECT_EQ(verified(b_, stranger_), (MasterDid{{Refuse{b_, kTwoMasters}}})) << "or it would go to and fro";
}

TEST_F(MasterFsmRules, OfTwoMastersInDnsTheDescendantOfTheFollowedOneIsAdopted) {
  follow(a_, master_a_);
  dns({a_, b_});
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, AConfirmedMasterThatDnsHasLeftKeepsBeingFollowedAndTheOtherAsked) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  dns({b_});
  failed(b_);
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Confirm{0ms}, Verify{b_}}}));
  EXPECT_EQ(state(), State::following);
}

TEST_F(MasterFsmRules, AnAdoptedHintIsKeptWhileDnsStillNamesTheOldMaster) {
  follow(a_, master_a_);
  evidence(EvidenceKind::read_only);
  verified(a_, replica_of(b_));
  verified(b_, master_b_);
  EXPECT_EQ(dns({a_}), MasterDid{{Verify{a_}}});
  EXPECT_EQ(verified(a_, replica_of(b_)), (MasterDid{{Refuse{a_, "is a replica of 10.0.0.2:6379"}}}));
  EXPECT_EQ(fsm_.master(), b_);
  EXPECT_EQ(dns({b_}), nothing_);
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt) << "settled: the old master is not asked any more";
}

// ---- hung or not ---------------------------------------------------------------------------------------

TEST_F(MasterFsmRules, ASilentMasterMayBeHungWhenAnotherIsAdopted) {
  follow(a_, master_a_);
  dns({a_, b_});
  evidence(EvidenceKind::silent);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::hung, 0ms}}}));
}

TEST_F(MasterFsmRules, SilenceAfterOtherEvidenceCountsToo) {
  follow(a_, master_a_);
  evidence(EvidenceKind::unreachable);
  EXPECT_EQ(evidence(EvidenceKind::silent), nothing_);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::hung, 0ms}}}));
}

TEST_F(MasterFsmRules, AConfirmedMasterIsNotHungAnyMore) {
  follow(a_, master_a_);
  evidence(EvidenceKind::silent);
  verified(a_, master_a_);
  evidence(EvidenceKind::lost);
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

TEST_F(MasterFsmRules, TheNextMasterDoesNotInheritTheHang) {
  follow(a_, master_a_);
  evidence(EvidenceKind::silent);
  verified(b_, master_b_);
  dns({c_});
  EXPECT_EQ(verified(c_, master_of("cccc", "bbbb")),
            (MasterDid{{Adopt{c_, 3, Kinship::descendant, OldMaster::ended, 0ms}}}));
}

// ---- the pace of asking again --------------------------------------------------------------------------

TEST_F(MasterFsmRules, RetriesSlowDownWithTheTimeLost) {
  dns({a_});
  const TimePoint since = now_;
  while (now_ - since < 100s) {
    failed(a_);
    EXPECT_GE(pause(), 2ms);
    EXPECT_LE(pause(), std::clamp<Duration>((now_ - since) / 32, 4ms, 1s));
    EXPECT_EQ(tick_at_deadline(), MasterDid{{Verify{a_}}});
  }
}

TEST_F(MasterFsmRules, EachSuspicionStartsAtTheFastPace) {
  follow(a_, master_a_);
  pass(24h);
  evidence(EvidenceKind::lost);
  failed(a_);
  EXPECT_LE(pause(), 4ms);
}

TEST_F(MasterFsmRules, ANewNameStartsAtTheFastPace) {
  follow(a_, master_a_);
  pass(24h);
  dns({b_});
  failed(b_);
  EXPECT_LE(pause(), 4ms);
}

TEST_F(MasterFsmRules, WhoIsRefusedIsAskedAgainAtTheSamePace) {
  dns({a_});
  verified(a_, replica_of(b_));
  EXPECT_GE(pause(), 2ms);
  EXPECT_LE(pause(), 4ms);
  EXPECT_EQ(tick_at_deadline(), MasterDid{{Verify{a_}}});
}

TEST_F(MasterFsmRules, ARefusedUserIsNotTriedAgainForASecond) {
  dns({a_});
  EXPECT_EQ(failed(a_, /*refused_user=*/true), (MasterDid{{ReportFailed{a_, "refused", true}}}));
  EXPECT_GE(pause(), 1s) << "servers may lock users out";
  EXPECT_EQ(dns({a_}), nothing_) << "nor because DNS names it once more";
}

TEST_F(MasterFsmRules, DnsNamingACandidateAgainDoesNotShortenItsPause) {
  dns({a_});
  failed(a_);
  EXPECT_EQ(dns({a_}), nothing_);
  pass(pause());
  EXPECT_EQ(dns({a_}), MasterDid{{Verify{a_}}});
}

TEST_F(MasterFsmRules, WhatDnsNoLongerNamesIsNotAskedAgain) {
  dns({a_});
  failed(a_);
  EXPECT_EQ(dns({b_}), MasterDid{{Verify{b_}}});
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
  pass(1h);
  EXPECT_EQ(tick(), nothing_);
}

TEST_F(MasterFsmRules, TheSuspectIsAskedAgainEvenWhenDnsNoLongerNamesIt) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  failed(a_);
  dns({b_});
  EXPECT_EQ(tick_at_deadline(), MasterDid{{Verify{a_}}});
}

TEST_F(MasterFsmRules, TookCountsFromTheFirstSign) {
  follow(a_, master_a_);
  pass(10s);
  evidence(EvidenceKind::lost);
  pass(2s);
  evidence(EvidenceKind::silent);
  pass(3s);
  EXPECT_EQ(verified(a_, master_a_), MasterDid{{Confirm{5s}}});
}

TEST_F(MasterFsmRules, TookCountsFromTheMomentDnsNamedAnother) {
  follow(a_, master_a_);
  pass(10s);
  dns({b_});
  pass(2s);
  dns({b_});
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Adopt{b_, 2, Kinship::descendant, OldMaster::ended, 2s}}}));
}

}  // namespace
}  // namespace rediscovery::core
