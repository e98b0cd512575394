#include "core/peers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Endpoint kA{"10.0.0.1", 6379, ""};
const Endpoint kB{"10.0.0.2", 6379, ""};
const Endpoint kC{"10.0.0.3", 6379, ""};
const Endpoint kD{"10.0.0.4", 6379, ""};

// At the start of each test A is followed, and lists B and C.
class PeersTest : public ::testing::Test {
 protected:
  PeersTest() {
    peers_.followed(kA, false, now_);
    peers_.listed({kB, kC}, now_);
  }
  std::vector<Endpoint> known() const { return peers_.known(now_); }
  std::vector<Endpoint> worth_a_standby() const { return peers_.worth_a_standby(now_); }
  void pass(Duration time) { now_ += time; }
  // B has been promoted.
  void switch_to_b() { peers_.followed(kB, true, now_); }

  TimePoint now_ = TimePoint{} + 1h;
  Peers peers_{15s};
};

TEST(Peers, NobodyIsKnownBeforeAMasterHasSpoken) {
  EXPECT_THAT(Peers(15s).known(TimePoint{} + 1h), IsEmpty());
}

TEST_F(PeersTest, AreWhomTheMasterLists) { EXPECT_THAT(known(), ElementsAre(kB, kC)); }

TEST_F(PeersTest, OneThatTheNewestListIsWithoutIsKnownForASecondMore) {
  peers_.listed({kC}, now_);
  pass(999ms);
  EXPECT_THAT(known(), ElementsAre(kB, kC)) << "it may be about to cut us";
  EXPECT_TRUE(peers_.is_known(kB, now_));
  pass(1ms);
  EXPECT_THAT(known(), ElementsAre(kC));
  EXPECT_FALSE(peers_.is_known(kB, now_));
}

TEST_F(PeersTest, AnOldListIsNotBelieved) {
  pass(14999ms);
  EXPECT_THAT(known(), ElementsAre(kB, kC));
  pass(1ms);
  EXPECT_THAT(known(), IsEmpty());
  peers_.listed({kC}, now_);
  EXPECT_THAT(known(), ElementsAre(kC));
}

TEST_F(PeersTest, OneThatSaysItselfThatItIsAReplicaIsBelievedHoweverOldTheList) {
  pass(10s);
  peers_.obeys(kB, false, now_);
  pass(14999ms);
  EXPECT_THAT(known(), ElementsAre(kB));
  pass(1ms);
  EXPECT_THAT(known(), IsEmpty());
}

TEST_F(PeersTest, OneThatSaysItselfThatItIsAReplicaIsBelievedAlsoWhereANewerListIsWithoutIt) {
  peers_.listed({}, now_);
  pass(5s);
  peers_.obeys(kB, false, now_);
  EXPECT_THAT(known(), ElementsAre(kB)) << "its link may be broken";
}

TEST_F(PeersTest, OneThatSaysItselfThatItIsNoneIsNotBelieved) {
  peers_.left(kB);
  EXPECT_THAT(known(), ElementsAre(kC));
}

TEST_F(PeersTest, TheWordOfOneThatWasNeverListedCountsForNothing) {
  peers_.obeys(kD, true, now_);
  EXPECT_THAT(known(), ElementsAre(kB, kC));
}

TEST_F(PeersTest, TheMasterBeforeIsAPeerOfItsSuccessor) {
  switch_to_b();
  EXPECT_THAT(known(), UnorderedElementsAre(kA, kC));
}

TEST_F(PeersTest, RightAfterAPromotionAListOnlyAdds) {
  switch_to_b();
  peers_.listed({}, now_);
  EXPECT_THAT(known(), UnorderedElementsAre(kA, kC)) << "they have not come over yet";
  pass(9999ms);
  peers_.listed({kD}, now_);
  EXPECT_THAT(known(), UnorderedElementsAre(kA, kC, kD));
  pass(1ms);
  peers_.listed({kC, kD}, now_);
  EXPECT_THAT(known(), ElementsAre(kC, kD));
}

TEST_F(PeersTest, WhoHasNotComeOverInTimeIsNotKnownWithoutAnotherList) {
  switch_to_b();
  peers_.listed({kC}, now_);
  pass(10s);
  EXPECT_THAT(known(), ElementsAre(kC));
}

TEST_F(PeersTest, WhatWasTooOldBeforeAPromotionIsNotAnyBetterAfterIt) {
  pass(15s);
  switch_to_b();
  EXPECT_THAT(known(), ElementsAre(kA));
}

TEST_F(PeersTest, AMasterOfAnotherGroupBringsItsOwn) {
  switch_to_b();
  peers_.followed(kD, false, now_);
  EXPECT_THAT(known(), IsEmpty());
  EXPECT_THAT(worth_a_standby(), IsEmpty());
  peers_.listed({kB}, now_);
  EXPECT_THAT(known(), ElementsAre(kB));
  EXPECT_THAT(worth_a_standby(), ElementsAre(kB));
}

TEST_F(PeersTest, AMasterIsNoPeerOfItself) {
  peers_.followed(kA, true, now_);
  peers_.listed({kA, kB, kB}, now_);
  EXPECT_THAT(known(), UnorderedElementsAre(kB, kC));
  EXPECT_THAT(worth_a_standby(), UnorderedElementsAre(kB, kC));
}

// ---- where a standby is worth keeping -----------------------------------------------------------------

TEST_F(PeersTest, WhoIsListedIsWorthAStandbyUntilThereIsANewerList) {
  pass(1h);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kB, kC));
}

TEST_F(PeersTest, WhoIsListedNoMoreIsWorthAStandbyForTenMinutes) {
  peers_.listed({kC}, now_);
  pass(10min - 1ms);
  peers_.listed({kC}, now_);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC, kB)) << "it may be away, or a master for now";
  pass(1ms);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC));
  peers_.listed({kC}, now_);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC));
}

TEST_F(PeersTest, OneThatSaysThatItIsNoReplicaIsWorthAStandbyBecauseItMayBecomeOneAgain) {
  peers_.left(kB);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kB, kC));
  peers_.obeys(kB, false, now_);
  EXPECT_THAT(known(), ElementsAre(kB, kC));
}

TEST_F(PeersTest, AMasterThatHasBeenLeftIsWorthAStandbySoonAndKnownOnceItSaysThatItIsAReplica) {
  switch_to_b();
  peers_.listed({kC}, now_);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC)) << "not in the moment of the switch";
  pass(1s);
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC, kA));
  pass(9s);
  EXPECT_THAT(known(), ElementsAre(kC));
  peers_.left(kA);  // it has been started again, as a master
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC, kA));
  peers_.obeys(kA, false, now_);
  EXPECT_THAT(known(), ElementsAre(kA, kC));
}

TEST_F(PeersTest, OneThatHadLeftBeforeAPromotionHasNotComeBackByIt) {
  peers_.left(kC);
  switch_to_b();
  EXPECT_THAT(known(), ElementsAre(kA));
  EXPECT_THAT(worth_a_standby(), ElementsAre(kC));
}

}  // namespace
}  // namespace rediscovery::core
