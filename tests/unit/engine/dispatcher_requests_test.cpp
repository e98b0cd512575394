#include <gmock/gmock.h>

#include "engine/dispatcher.hpp"
#include "unit/engine/dispatcher_fixture.hpp"

// Requests of several commands, which leave in one piece and have one result.
namespace rediscovery::engine {
namespace {

using ::testing::Contains;

constexpr std::size_t kBytes = RecordingDispatchPort::kBytes;

class DispatcherRequestsTest : public DispatcherFixture {
 protected:
  static Transaction transaction() { return Transaction({Command{"INCR", "a"}, Command{"INCR", "b"}}); }
  static Command acknowledged() { return Command{"SET", "k", "v"}.acknowledged_by(1, 50ms); }
  void reply_all(ConnectionId id, const std::vector<Reply>& replies) {
    for (const Reply& each : replies) reply(id, each);
  }

  const std::vector<Reply> done_ = {Reply::status("OK"), Reply::status("QUEUED"), Reply::status("QUEUED"),
                                    Reply::string("both")};
  const Calls written_ = {"write 1: MULTI", "write 1: INCR a", "write 1: INCR b", "write 1: EXEC"};
};

TEST_F(DispatcherRequestsTest, ATransactionLeavesInOnePieceAndHasOneResult) {
  adopt(1, 1);
  EXPECT_EQ(carry(1, transaction()), written_);
  execute(2, "GET k");
  EXPECT_EQ(dispatcher_->in_flight(), 2U);
  reply_all(1, {done_.begin(), done_.begin() + 3});
  EXPECT_EQ(outcome(1), "-");
  reply(1, done_.back());
  EXPECT_EQ(outcome(1), "both");
  reply(1, Reply::string("v"));
  EXPECT_EQ(outcome(2), "v");
}

TEST_F(DispatcherRequestsTest, AllRepliesToAnAbandonedTransactionAreDropped) {
  adopt(1, 1);
  carry(1, transaction());
  execute(2, "GET k");
  reply(1, done_.front());
  cancel(1);
  reply_all(1, {done_.begin() + 1, done_.end()});
  EXPECT_EQ(outcome(2), "-");
  reply(1, Reply::string("v"));
  EXPECT_EQ(outcome(2), "v");
}

TEST_F(DispatcherRequestsTest, ATransactionThatWasNotWhollySentIsSentAgainAndOtherwiseInDoubt) {
  for (const std::size_t unsent : {std::size_t{0}, std::size_t{1}, 4 * kBytes}) {
    dispatcher_.reset();
    results_.clear();
    adopt(1, 1);
    carry(1, transaction());
    suspend();
    lose(1, unsent);
    EXPECT_EQ(outcome(1), unsent == 0 ? "connection_lost, executed maybe" : "-") << unsent;
    EXPECT_EQ(adopt(2, 2).size(), unsent == 0 ? 0U : 4U) << unsent;
    if (unsent == 0) continue;
    reply_all(2, done_);
    EXPECT_EQ(outcome(1), "both") << "its replies are counted from the first again";
  }
}

TEST_F(DispatcherRequestsTest, AWriteOfWhichOnlyTheWaitWasNotSentIsInDoubt) {
  for (const std::size_t unsent : {std::size_t{1}, kBytes, 2 * kBytes}) {
    dispatcher_.reset();
    results_.clear();
    adopt(1, 1);
    execute(1, "GET a");
    carry(2, acknowledged());
    suspend();
    lose(1, unsent);
    const bool none_left = unsent == 2 * kBytes;
    EXPECT_EQ(outcome(2), none_left ? "-" : "connection_lost, executed maybe") << unsent;
    EXPECT_EQ(outcome(1), "-");
  }
}

TEST_F(DispatcherRequestsTest, ATransactionThatAnOldMasterRefusesAsAWholeIsSentToTheNewOne) {
  adopt(1, 1);
  carry(1, transaction());
  const Reply refused = Reply::error("READONLY You can't write against a read only replica.");
  reply_all(1, {Reply::status("OK"), refused, refused});
  EXPECT_THAT(refuse(1, "EXECABORT Transaction discarded because of previous errors."),
              Contains("evidence read_only, generation 1"));
  EXPECT_EQ(outcome(1), "-");
  EXPECT_THAT(adopt(2, 2), Contains("write 2: EXEC"));
  reply_all(2, done_);
  EXPECT_EQ(outcome(1), "both");
}

TEST_F(DispatcherRequestsTest, WhenAnotherMasterHasTakenOverATransactionIsInDoubtAndItsRepliesAreDropped) {
  adopt(1, 1);
  carry(1, transaction());
  execute(2, "GET k");
  reply(1, done_.front());
  cut(1, /*writes_only=*/true);
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  adopt(2, 2);
  reply_all(1, {done_.begin() + 1, done_.end()});
  reply(1, Reply::string("v"));
  EXPECT_EQ(outcome(2), "v");
}

}  // namespace
}  // namespace rediscovery::engine
