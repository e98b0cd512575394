#include "core/master_fsm.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/core/master_script.hpp"

// The transition table, row by row, and every pair of state and event. What the rules mean over several
// events: master_fsm_rules_test.cpp.
namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using MasterFsmTest = MasterScript;

constexpr auto kNotNamed = "a master that DNS does not name, of another history";
constexpr auto kNoSign = "promoted without a sign that Sentinel did it, and the followed master is healthy";
constexpr auto kNothingKnown = "a master that DNS does not name, and nothing is known of its history";

// ---- the rows of the table ----------------------------------------------------------------------------

TEST_F(MasterFsmTest, UnknownVerifiesEachNewCandidateThatDnsOffers) {
  EXPECT_EQ(dns({a_, b_}), (MasterDid{{Verify{a_}, Verify{b_}}}));
  EXPECT_EQ(dns({a_, b_, c_}), MasterDid{{Verify{c_}}}) << "the others are being asked already";
  EXPECT_EQ(state(), State::unknown);
}

TEST_F(MasterFsmTest, FollowingAsksNobodyWhileDnsNamesTheMaster) {
  follow(a_, master_a_);
  EXPECT_EQ(dns({a_}), nothing_);
  EXPECT_EQ(dns({a_, b_}), nothing_) << "a second name is no reason to doubt a healthy master";
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
  EXPECT_EQ(state(), State::following);
}

TEST_F(MasterFsmTest, FollowingVerifiesWhatDnsNamesInstead) {
  follow(a_, master_a_);
  EXPECT_EQ(dns({b_, c_}), (MasterDid{{Verify{b_}, Verify{c_}}}));
  EXPECT_EQ(state(), State::following) << "DNS is a hint: the master is served until another is verified";
}

TEST_F(MasterFsmTest, SuspectVerifiesEachNewCandidateThatDnsOffers) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  EXPECT_EQ(dns({a_, b_}), MasterDid{{Verify{b_}}});
  EXPECT_EQ(state(), State::suspect);
}

TEST_F(MasterFsmTest, EvidenceOfThisGenerationMakesTheMasterSuspectAndVerifiesIt) {
  follow(a_, master_a_);
  EXPECT_EQ(evidence(EvidenceKind::lost), (MasterDid{{Suspect{EvidenceKind::lost, "why"}, Verify{a_}}}));
  EXPECT_EQ(state(), State::suspect);
}

TEST_F(MasterFsmTest, EvidenceAsksAllThatDnsNamesAtOnce) {
  follow(a_, master_a_);
  dns({a_, b_});
  EXPECT_EQ(evidence(EvidenceKind::lost),
            (MasterDid{{Suspect{EvidenceKind::lost, "why"}, Verify{a_}, Verify{b_}}}));
}

TEST_F(MasterFsmTest, AReplicaIsRefusedAndItsOwnMasterBecomesACandidate) {
  dns({a_});
  EXPECT_EQ(verified(a_, replica_of(b_)),
            (MasterDid{{Refuse{a_, "is a replica of 10.0.0.2:6379"}, Verify{b_}}}));
  EXPECT_EQ(state(), State::unknown);
}

TEST_F(MasterFsmTest, AReplicaThatNamesNoUsableMasterIsOnlyRefused) {
  dns({a_});
  NodeReport report = replica_of(b_);
  report.master.reset();
  EXPECT_EQ(verified(a_, report), (MasterDid{{Refuse{a_, "is a replica"}}}));
  pass(1s);
  tick();
  EXPECT_EQ(verified(a_, replica_of(a_)), (MasterDid{{Refuse{a_, "is a replica of 10.0.0.1:6379"}}}))
      << "nor is one that names itself a way forward";
}

TEST_F(MasterFsmTest, WhileFollowingAReplicasMasterIsNoCandidate) {
  follow(a_, master_a_);
  dns({b_});
  EXPECT_EQ(verified(b_, replica_of(c_)), (MasterDid{{Refuse{b_, "is a replica of 10.0.0.3:6379"}}}));
  EXPECT_EQ(state(), State::following);
}

TEST_F(MasterFsmTest, TheFollowedMasterThatSaysItIsAReplicaBecomesSuspect) {
  follow(a_, master_a_);
  EXPECT_EQ(verified(a_, replica_of(b_)),
            (MasterDid{{Refuse{a_, "is a replica of 10.0.0.2:6379"},
                        Suspect{EvidenceKind::read_only, "the master says that it is a replica now"},
                        Verify{a_}, Verify{b_}}}));
  EXPECT_EQ(state(), State::suspect);
}

TEST_F(MasterFsmTest, AnAcceptableMasterIsAdoptedAndStartsAGeneration) {
  dns({a_});
  pass(3ms);
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Adopt{a_, 1, Kinship::unrelated, OldMaster::ended, 3ms}}}));
  EXPECT_EQ(state(), State::following);
  EXPECT_EQ(fsm_.generation(), 1U);
  EXPECT_EQ(fsm_.master(), a_);
  EXPECT_EQ(fsm_.report(), master_a_);
}

TEST_F(MasterFsmTest, TheSuspectThatIsStillTheSameProcessIsConfirmed) {
  follow(a_, master_a_);
  evidence(EvidenceKind::lost);
  pass(4ms);
  EXPECT_EQ(verified(a_, master_a_), MasterDid{{Confirm{4ms}}});
  EXPECT_EQ(state(), State::following);
  EXPECT_EQ(fsm_.generation(), 1U) << "nothing was adopted";
}

TEST_F(MasterFsmTest, TheFollowedMasterNeedsNoConfirmationWhileNobodyDoubtsIt) {
  follow(a_, master_a_);
  EXPECT_EQ(verified(a_, master_a_), (MasterDid{{Refuse{a_, "is followed already"}}}));
  EXPECT_EQ(state(), State::following);
}

TEST_F(MasterFsmTest, AMasterThatIsNotAcceptableIsRefused) {
  dns({a_});
  EXPECT_EQ(verified(b_, master_b_), (MasterDid{{Refuse{b_, kNothingKnown}}}));
  EXPECT_EQ(state(), State::unknown);
}

TEST_F(MasterFsmTest, AFailureIsReportedAndTheCandidateAskedAgainAfterAPause) {
  dns({a_});
  EXPECT_EQ(failed(a_), (MasterDid{{ReportFailed{a_, "refused", false}}}));
  EXPECT_GE(pause(), 2ms);
  EXPECT_EQ(tick_at_deadline(), MasterDid{{Verify{a_}}});
  EXPECT_EQ(state(), State::unknown);
}

TEST_F(MasterFsmTest, ATickAsksOnlyThoseWhosePauseIsOver) {
  dns({a_, b_});
  failed(a_);
  pass(1ms);
  failed(b_, /*refused_user=*/true);
  EXPECT_EQ(tick(), nothing_);
  EXPECT_EQ(tick_at_deadline(), MasterDid{{Verify{a_}}});
  EXPECT_EQ(tick(), nothing_) << "a candidate that is being asked has no deadline";
  EXPECT_EQ(tick_at_deadline(), MasterDid{{Verify{b_}}});
  EXPECT_EQ(fsm_.next_deadline(), std::nullopt);
}

// ---- every state and every event ----------------------------------------------------------------------

// Following is two states here: settled, DNS names the master; or not, DNS names another.
enum class Before { unknown, settled, unsettled, suspect };
std::ostream& operator<<(std::ostream& out, Before before) {
  constexpr const char* kNames[] = {"unknown", "settled", "unsettled", "suspect"};
  return out << kNames[static_cast<int>(before)];
}

class MasterFsmEveryPair : public MasterScript {
 protected:
  // In every state b is being asked, or was when it came about; a is the master that is followed, if any.
  void be(Before before) {
    now_ = TimePoint{} + 1h;
    rng_ = Rng(1);
    fsm_ = MasterFsm(MasterPolicy{}, now_);
    if (before == Before::unknown) dns({a_, b_});
    if (before == Before::unknown) return;
    follow(a_, master_a_);
    if (before == Before::unsettled) dns({b_});
    if (before == Before::suspect) dns({a_, b_});
    if (before == Before::suspect) evidence(EvidenceKind::lost);
  }
};

struct Outcome {
  MasterDid did;
  MasterFsm::State after;
};

struct Row {
  const char* name;
  MasterFsm::Event event;
  Outcome unknown, settled, unsettled, suspect;
};

TEST_F(MasterFsmEveryPair, DoesWhatTheTableSays) {
  const auto stay_unknown = [](MasterDid did = {}) { return Outcome{std::move(did), State::unknown}; };
  const auto following = [](MasterDid did = {}) { return Outcome{std::move(did), State::following}; };
  const auto suspect = [](MasterDid did = {}) { return Outcome{std::move(did), State::suspect}; };
  const auto adopt = [&](const Endpoint& endpoint, std::uint64_t generation, Kinship kinship,
                         OldMaster old = OldMaster::ended) {
    return following({{Adopt{endpoint, generation, kinship, old, 0ms}}});
  };
  const MasterDid ask_c{{Verify{c_}}};
  const MasterDid b_failed{{ReportFailed{b_, "refused", false}}};
  const Suspect demoted{EvidenceKind::read_only, "the master says that it is a replica now"};
  const Suspect lost{EvidenceKind::lost, "why"};
  const Refuse a_is_replica{a_, "is a replica of 10.0.0.3:6379"};
  const Refuse b_is_replica{b_, "is a replica of 10.0.0.3:6379"};
  const MasterDid followed{{Refuse{a_, "is followed already"}}};
  const MasterDid c_unnamed{{Refuse{c_, kNotNamed}}};

  const Row rows[] = {
      {"dns names the master", MasterFsm::Offered{{a_}},  //
       stay_unknown(), following(), following(), suspect()},
      {"dns names another", MasterFsm::Offered{{c_}},  //
       stay_unknown(ask_c), following(ask_c), following(ask_c), suspect(ask_c)},
      {"a push names another", MasterFsm::Offered{{c_}, MasterFsm::Source::push},  //
       stay_unknown(ask_c), following(ask_c), following(ask_c), suspect(ask_c)},
      {"dns names nothing", MasterFsm::Offered{},  //
       stay_unknown(), following(), following(), suspect()},
      {"a is a master", MasterFsm::Verified{a_, master_a_},  //
       adopt(a_, 1, Kinship::unrelated), following(followed), following(followed),
       following({{Confirm{0ms}}})},
      {"a is a replica of c", MasterFsm::Verified{a_, replica_of(c_)},
       stay_unknown({{a_is_replica, Verify{c_}}}), suspect({{a_is_replica, demoted, Verify{a_}, Verify{c_}}}),
       suspect({{a_is_replica, demoted, Verify{a_}, Verify{c_}}}), suspect({{a_is_replica, Verify{c_}}})},
      {"b is a replica of c", MasterFsm::Verified{b_, replica_of(c_)},  //
       stay_unknown({{b_is_replica, Verify{c_}}}), following({{b_is_replica}}), following({{b_is_replica}}),
       suspect({{b_is_replica, Verify{c_}}})},
      {"b was promoted out of a", MasterFsm::Verified{b_, master_b_}, adopt(b_, 1, Kinship::unrelated),
       following({{Refuse{b_, kNoSign}}}), adopt(b_, 2, Kinship::descendant),
       adopt(b_, 2, Kinship::descendant)},
      {"b was promoted out of a and cut us", MasterFsm::Verified{b_, master_b_, true},
       adopt(b_, 1, Kinship::unrelated, OldMaster::ended),
       adopt(b_, 2, Kinship::descendant, OldMaster::ended),
       adopt(b_, 2, Kinship::descendant, OldMaster::ended),
       adopt(b_, 2, Kinship::descendant, OldMaster::ended)},
      {"b is a master of another history", MasterFsm::Verified{b_, stranger_},
       adopt(b_, 1, Kinship::unrelated), following({{Refuse{b_, kNotNamed}}}),
       adopt(b_, 2, Kinship::unrelated), adopt(b_, 2, Kinship::unrelated)},
      {"c, which nobody names, is a master", MasterFsm::Verified{c_, stranger_},
       stay_unknown({{Refuse{c_, kNothingKnown}}}), following(c_unnamed), following(c_unnamed),
       suspect(c_unnamed)},
      {"b cannot be asked", MasterFsm::Failed{b_, "refused"},  //
       stay_unknown(b_failed), following(b_failed), following(b_failed), suspect(b_failed)},
      {"evidence", MasterFsm::Evidence{1, EvidenceKind::lost, "why"}, stay_unknown(),
       suspect({{lost, Verify{a_}}}), suspect({{lost, Verify{a_}}}), suspect()},
      {"evidence of an older generation", MasterFsm::Evidence{0, EvidenceKind::lost, "why"}, stay_unknown(),
       following(), following(), suspect()},
      {"evidence of a generation to come", MasterFsm::Evidence{2, EvidenceKind::lost, "why"}, stay_unknown(),
       following(), following(), suspect()},
      {"the master reports", MasterFsm::Reported{master_a_},  //
       stay_unknown(), following(), following(), suspect()},
      {"tick", MasterFsm::Tick{},  //
       stay_unknown(), following(), following(), suspect()},
  };
  for (const Row& row : rows) {
    const std::pair<Before, const Outcome*> columns[] = {{Before::unknown, &row.unknown},
                                                         {Before::settled, &row.settled},
                                                         {Before::unsettled, &row.unsettled},
                                                         {Before::suspect, &row.suspect}};
    for (const auto& [before, expected] : columns) {
      be(before);
      EXPECT_EQ(on(row.event), expected->did) << before << ": " << row.name;
      EXPECT_EQ(state(), expected->after) << before << ": " << row.name;
    }
  }
}

TEST(MasterFsm, ActionsStatesAndEvidenceAreWrittenForTraces) {
  const Endpoint a{"10.0.0.1", 6379, ""};
  std::ostringstream out;
  out << MasterDid{{MasterFsm::Verify{a}, MasterFsm::Suspect{EvidenceKind::silent, "why"},
                    MasterFsm::Confirm{5ns},
                    MasterFsm::Adopt{a, 2, Kinship::descendant, OldMaster::hung, 7ns},
                    MasterFsm::Adopt{a, 1, Kinship::unrelated, OldMaster::ended, 7ns},
                    MasterFsm::Refuse{a, "is a replica"}, MasterFsm::ReportFailed{a, "WRONGPASS", true},
                    MasterFsm::ReportFailed{a, "timeout", false}}};
  EXPECT_EQ(out.str(),
            "Verify{10.0.0.1:6379}, Suspect{silent why}, Confirm{5 ns}, "
            "Adopt{10.0.0.1:6379 generation 2 descendant old hung 7 ns}, "
            "Adopt{10.0.0.1:6379 generation 1 unrelated old ended 7 ns}, Refuse{10.0.0.1:6379 is a replica}, "
            "ReportFailed{10.0.0.1:6379 WRONGPASS user}, ReportFailed{10.0.0.1:6379 timeout}");
  out.str("");
  using State = MasterFsm::State;
  out << State::unknown << ' ' << State::following << ' ' << State::suspect;
  for (const auto kind : {EvidenceKind::read_only, EvidenceKind::lost, EvidenceKind::unreachable,
                          EvidenceKind::silent, EvidenceKind::unavailable}) {
    out << ' ' << to_string(kind);
  }
  for (const auto old : {OldMaster::answers, OldMaster::ended, OldMaster::hung}) out << ' ' << to_string(old);
  EXPECT_EQ(out.str(),
            "unknown following suspect read_only lost unreachable silent unavailable answers ended hung");
}

}  // namespace
}  // namespace rediscovery::core
