// The judgement of journals that are written by hand: what a run must find, and must not.
#include "chaos/attribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::chaos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint32_t kOld = 0;
constexpr std::uint32_t kNew = 1;

// One writer. At offset 1000 the history "new" was promoted out of "old"; its client's generation 1 is the
// one, 2 the other. What is written is there unless it is lost.
class Attribution : public ::testing::Test {
 protected:
  Attribution() {
    journal_.writer = "w";
    journal_.histories = {{"old", "", 0}, {"new", "old", 1000}};
    remains_.history = "new";
  }

  Write& add(WriteKind kind, Micros sent, Micros done, std::uint64_t generation) {
    Write write;
    write.kind = kind;
    write.number = ++number_;
    write.sent = sent;
    write.done = done;
    write.generation_before = write.generation_after = generation;
    journal_.writes.push_back(write);
    there_.push_back(true);
    return journal_.writes.back();
  }
  // A transaction that was added to `history` at `offset`.
  Write& mark(Micros sent, Micros done, std::uint32_t history, std::uint64_t offset) {
    Write& write = add(WriteKind::transaction, sent, done, history + 1);
    write.mark = {history, offset};
    return write;
  }
  void lose_last() { there_.back() = false; }

  Judgement judge() {
    std::vector<std::uint64_t> pushes = extra_;
    std::string bits(64, '\0');
    for (std::size_t i = 0; i < there_.size(); ++i) {
      const Write& write = journal_.writes[i];
      if (!there_[i]) continue;
      if (write.kind == WriteKind::bit) {
        char& byte = bits[write.number / 8];
        byte = static_cast<char>(static_cast<unsigned char>(byte) | 0x80U >> (write.number % 8));
      } else {
        pushes.push_back(write.number);
      }
    }
    remains_.pushes[{0, 0}] = pushes;
    remains_.bits[{0, 0}] = bits;
    return chaos::judge({journal_}, histories_, remains_);
  }
  Whose whose() {
    const Judgement judgement = judge();
    EXPECT_THAT(judgement.losses, SizeIs(1));
    last_why_ = judgement.losses.at(0).why;
    return judgement.losses.at(0).whose;
  }

  Journal journal_;
  Histories histories_;  // as the observer saw them
  Remains remains_;
  std::vector<bool> there_;
  std::vector<std::uint64_t> extra_;
  std::string last_why_;

 private:
  std::uint64_t number_ = 0;
};

TEST_F(Attribution, NothingIsMissing) {
  mark(10, 20, kOld, 500);
  add(WriteKind::push, 30, 40, 1);
  add(WriteKind::bit, 50, 60, 1);
  mark(70, 80, kNew, 1100);
  const Judgement judgement = judge();
  EXPECT_FALSE(judgement.ours());
  EXPECT_EQ(judgement.counts[0].acknowledged, 4U);
  EXPECT_THAT(judgement.losses, IsEmpty());
}

TEST_F(Attribution, ATransactionAfterTheCutIsLostByRedis) {
  mark(10, 20, kOld, 1000);
  lose_last();
  mark(30, 40, kNew, 1100);
  EXPECT_EQ(whose(), Whose::redis);
  EXPECT_THAT(last_why_, HasSubstr("up to 1000"));
  EXPECT_FALSE(judge().ours());
}

TEST_F(Attribution, ATransactionBeforeTheCutIsOurs) {
  mark(10, 20, kOld, 600);
  lose_last();
  mark(30, 40, kNew, 1100);
  EXPECT_EQ(whose(), Whose::ours);
  EXPECT_TRUE(judge().ours());
}

TEST_F(Attribution, APushBetweenMarksBeforeTheCutIsOurs) {
  mark(10, 20, kOld, 600);
  add(WriteKind::push, 30, 40, 1);
  lose_last();
  mark(50, 60, kOld, 700);
  mark(70, 80, kNew, 1100);
  EXPECT_EQ(whose(), Whose::ours);
}

TEST_F(Attribution, APushAfterAMarkBehindTheCutIsLostByRedis) {
  mark(10, 20, kOld, 980);  // itself at the end of what was replicated, for it is there
  add(WriteKind::push, 30, 40, 1);
  lose_last();
  mark(50, 60, kNew, 1100);
  EXPECT_EQ(whose(), Whose::redis);
}

TEST_F(Attribution, WritesInBetweenCount) {
  mark(10, 20, kOld, 860);
  // Each 36 bytes: the transaction's, these, and the one that is lost do not fit into 1000.
  add(WriteKind::push, 22, 24, 1);
  add(WriteKind::push, 26, 28, 1);
  add(WriteKind::push, 30, 40, 1);
  lose_last();
  mark(50, 60, kNew, 1100);
  EXPECT_EQ(whose(), Whose::redis) << last_why_;
}

TEST_F(Attribution, WhereTheWritesThatAreThereLeaveNoRoomItIsLostByRedis) {
  mark(10, 20, kOld, 860);
  add(WriteKind::push, 30, 80, 1);  // at the same time as the one that is lost; 36 bytes each
  add(WriteKind::push, 32, 82, 1);
  add(WriteKind::push, 34, 84, 1);
  lose_last();
  mark(90, 95, kNew, 1100);
  EXPECT_EQ(whose(), Whose::redis) << last_why_;
  there_[1] = false;
  EXPECT_EQ(judge().losses.at(1).whose, Whose::undecided);
}

TEST_F(Attribution, OnOneConnectionTheOrderOfTheCallsIsThatOfTheOffsets) {
  // All sent before any was answered, by a master that was stopped for a while.
  mark(10, 70, kOld, 940);
  add(WriteKind::push, 20, 71, 1);
  lose_last();
  mark(90, 95, kNew, 1100);
  EXPECT_EQ(whose(), Whose::undecided);
  journal_.one_loop = true;
  EXPECT_EQ(whose(), Whose::redis) << last_why_;
  journal_.writes[0].mark.offset = 900;
  EXPECT_EQ(whose(), Whose::undecided);
}

TEST_F(Attribution, BoundsAroundTheCutDecideNothing) {
  mark(10, 20, kOld, 600);
  add(WriteKind::push, 30, 40, 1);
  lose_last();
  mark(50, 60, kNew, 1100);
  EXPECT_EQ(whose(), Whose::undecided);
  EXPECT_FALSE(judge().ours());
}

TEST_F(Attribution, ALossInTheFinalMastersOwnHistoryIsOurs) {
  mark(10, 20, kNew, 1100);
  add(WriteKind::bit, 30, 40, 2);
  lose_last();
  EXPECT_EQ(whose(), Whose::ours);
}

TEST_F(Attribution, AnAcknowledgementOfAnOlderHistoryThanTheClientsIsOurs) {
  mark(10, 20, kNew, 1010);
  mark(30, 40, kOld, 1200).generation_before = 2;
  journal_.writes.back().generation_after = 2;
  lose_last();
  EXPECT_EQ(whose(), Whose::ours);
  EXPECT_THAT(last_why_, HasSubstr("after the client had adopted new"));
}

TEST_F(Attribution, OnALoopAnAcknowledgementAfterTheAdoptionIsOurs) {
  mark(30, 40, kOld, 1200).generation_after = 2;
  lose_last();
  mark(50, 60, kNew, 1300);
  EXPECT_EQ(whose(), Whose::redis) << "a thread may have read the answer before, and the generation after";
  journal_.one_loop = true;
  EXPECT_EQ(whose(), Whose::ours);
}

TEST_F(Attribution, WhatWasUnderWayInASwitchMayHaveRunOnEitherSide) {
  mark(10, 20, kOld, 1000);
  lose_last();
  there_.back() = true;
  add(WriteKind::push, 30, 40, 1).generation_after = 2;
  lose_last();
  mark(50, 60, kNew, 1100);
  EXPECT_EQ(whose(), Whose::undecided);
  journal_.one_loop = true;
  EXPECT_EQ(whose(), Whose::ours) << "a loop has its answers before it goes on, or from the new master";
}

TEST_F(Attribution, AHistoryThatNobodyWentOnWithIsLostByRedis) {
  journal_.histories.push_back({"given-up", "old", 900});
  mark(10, 20, 2, 950);
  lose_last();
  EXPECT_EQ(whose(), Whose::redis);
  EXPECT_THAT(last_why_, HasSubstr("nobody went on with it"));
}

TEST_F(Attribution, AMasterThatBeganAnewIsNotToBeFollowed) {
  journal_.histories.push_back({"empty", "", 0});
  mark(10, 20, 2, 50);
  lose_last();
  EXPECT_EQ(whose(), Whose::ours);
  EXPECT_THAT(last_why_, HasSubstr("began anew"));
}

TEST_F(Attribution, WhatWasSentLongAfterThePromotionIsOursIfTheClientKnowsTheReplicas) {
  histories_.add({"new", "old", 1000}, 1'000'000);
  mark(6'000'001, 6'000'100, kOld, 1200);
  lose_last();
  mark(7'000'000, 7'000'100, kNew, 1300);
  EXPECT_EQ(whose(), Whose::redis) << "a name may not have told yet";
  journal_.knows_replicas = true;
  EXPECT_EQ(whose(), Whose::ours);
  EXPECT_THAT(last_why_, HasSubstr("sent 5000 ms after new had been promoted"));
  journal_.writes[0].sent -= 1;
  EXPECT_EQ(whose(), Whose::redis);
}

TEST_F(Attribution, WhereTheHistoriesAreNotKnownBackToTheFirstNothingIsProven) {
  mark(10, 20, kNew, 1100);
  EXPECT_THAT(judge().unproven, IsEmpty());
  remains_.history = "never seen";
  EXPECT_THAT(judge().unproven, ElementsAre(HasSubstr("not known back to the first")));
  mark(30, 40, kOld, 1200);
  lose_last();
  EXPECT_EQ(whose(), Whose::undecided);
  EXPECT_FALSE(judge().ours());
}

TEST_F(Attribution, ManyUndecidedProveNothing) {
  mark(10, 20, kOld, 600);
  for (int i = 0; i < 11; ++i) {
    add(WriteKind::push, 30, 40, 1);
    lose_last();
  }
  mark(50, 60, kNew, 1100);
  EXPECT_THAT(judge().unproven, ElementsAre("of 11 lost writes 11 are undecided"));
  there_[1] = true;
  EXPECT_THAT(judge().unproven, IsEmpty());
}

TEST_F(Attribution, PushesThatAreThereInAnotherOrderThanTheCallsAreOurs) {
  add(WriteKind::push, 10, 20, 2);
  add(WriteKind::push, 30, 40, 2);
  add(WriteKind::push, 50, 60, 2);
  there_.back() = false;
  extra_ = {3};  // before the others
  EXPECT_THAT(judge().misordered, ElementsAre("w:0 write 1 after 3", "w:0 write 2 after 3"));
  EXPECT_TRUE(judge().ours());
  journal_.writes.back().outcome = Outcome::in_doubt;
  EXPECT_FALSE(judge().ours()) << "it may have been executed at any time";
}

TEST_F(Attribution, AnErrorOfAServerThatExecutedItIsOurs) {
  add(WriteKind::push, 10, 20, 2).outcome = Outcome::error;
  EXPECT_THAT(judge().wrong, ElementsAre("w:0 write 1"));
  EXPECT_TRUE(judge().ours());
}

TEST_F(Attribution, OffsetsHoldAcrossSeveralPromotions) {
  journal_.histories.push_back({"newest", "new", 2000});
  remains_.history = "newest";
  mark(10, 20, kOld, 700);
  lose_last();
  EXPECT_EQ(whose(), Whose::ours);
}

TEST_F(Attribution, APushThatIsThereTwiceIsOurs) {
  mark(10, 20, kNew, 1100);
  extra_ = {1};
  const Judgement judgement = judge();
  EXPECT_THAT(judgement.doubled, ElementsAre("w:0 write 1"));
  EXPECT_TRUE(judgement.ours());
}

TEST_F(Attribution, WhatWasReportedAsNotExecutedMustNotBeThere) {
  for (const auto kind : {WriteKind::push, WriteKind::bit}) {
    add(kind, 10, 20, 2).outcome = Outcome::not_executed;
  }
  const Judgement judgement = judge();
  EXPECT_THAT(judgement.resurrected, ElementsAre("w:0 write 1", "w:0 write 2"));
  EXPECT_TRUE(judgement.ours());
}

TEST_F(Attribution, WhatIsInDoubtMayBeThereOrNot) {
  add(WriteKind::push, 10, 20, 2).outcome = Outcome::in_doubt;
  add(WriteKind::push, 30, 40, 2).outcome = Outcome::in_doubt;
  lose_last();
  const Judgement judgement = judge();
  EXPECT_FALSE(judgement.ours());
  EXPECT_EQ(judgement.counts[0].in_doubt, 2U);
  EXPECT_EQ(judgement.counts[0].in_doubt_there, 1U);
}

TEST_F(Attribution, WhatNobodyWroteIsOursButNotWhatFollowsTheRecordsEnd) {
  add(WriteKind::bit, 10, 20, 2);
  add(WriteKind::push, 30, 40, 2);
  extra_ = {1, 3};
  const Judgement judgement = judge();
  EXPECT_THAT(judgement.unknown, ElementsAre("w:0 write 1"));
}

TEST_F(Attribution, GoingBackToAnOlderHistoryIsOurs) {
  mark(10, 20, kOld, 500);
  mark(30, 40, kNew, 1100);
  EXPECT_THAT(judge().went_back, IsEmpty());
  mark(50, 60, kOld, 1200).generation_before = 3;
  journal_.writes.back().generation_after = 3;
  EXPECT_THAT(judge().went_back, SizeIs(1));
  EXPECT_TRUE(judge().ours());
}

}  // namespace
}  // namespace rediscovery::chaos
