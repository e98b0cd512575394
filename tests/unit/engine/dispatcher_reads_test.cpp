#include <gmock/gmock.h>

#include <map>
#include <set>

#include "engine/dispatcher.hpp"
#include "unit/engine/dispatcher_fixture.hpp"

// Reads that may go to a replica.
namespace rediscovery::engine {
namespace {

using ::testing::Contains;

class DispatcherReadsTest : public DispatcherFixture {
 protected:
  static Command get(const std::string& key, ReadFrom from) { return Command{"GET", key}.from(from); }
  // A standby connection whose node has said that it is a replica, and what followed.
  Calls stand_by(ConnectionId id) {
    return after([&] {
      dispatcher_->opened(id, now_);
      dispatcher_->reported(id, fit(), now_);
    });
  }
  static core::NodeReport fit() {
    core::NodeReport report = replica_of(kA);
    report.master_link_up = true;
    return report;
  }
};

TEST_F(DispatcherReadsTest, AReadGoesToAReplicaAndAWriteToTheMaster) {
  policy_.read_from = ReadFrom::replica;
  adopt(1, 1);
  stand_by(2);
  EXPECT_EQ(execute(1, "GET a"), (Calls{"write 2: GET a"}));
  EXPECT_EQ(execute(2, "INCR b"), (Calls{"write 1: INCR b"}));
  reply(2, Reply::string("v"));
  EXPECT_EQ(outcome(1), "v");
}

TEST_F(DispatcherReadsTest, ReadsGoOnWhileTheMasterIsSuspect) {
  policy_.read_from = ReadFrom::replica;
  adopt(1, 1);
  stand_by(2);
  suspend();
  EXPECT_EQ(execute(1, "GET a"), (Calls{"write 2: GET a"}));
}

TEST_F(DispatcherReadsTest, WithoutAReplicaAReadGoesToTheMasterIfItMay) {
  adopt(1, 1);
  EXPECT_EQ(carry(1, get("a", ReadFrom::replica)), (Calls{"write 1: GET a"}));
  EXPECT_EQ(carry(2, get("b", ReadFrom::any)), (Calls{"write 1: GET b"}));
}

TEST_F(DispatcherReadsTest, WithoutAReplicaAReadThatMayNotGoToTheMasterWaitsForOne) {
  policy_.replica_fallback = false;
  adopt(1, 1);
  EXPECT_EQ(carry(1, get("a", ReadFrom::replica), 1s), Calls{});
  EXPECT_EQ(carry(2, get("b", ReadFrom::replica), 50ms), Calls{});
  pass(51ms);
  EXPECT_EQ(outcome(2), "no_replica, executed no");
  EXPECT_EQ(error(2).spent().waiting, 51ms);
  EXPECT_EQ(stand_by(2), (Calls{"write 2: GET a"}));
}

TEST_F(DispatcherReadsTest, AReadThatMayGoToTheMasterIsNotHeldUpByOneThatMayNot) {
  policy_.replica_fallback = false;
  adopt(1, 1);
  carry(1, get("a", ReadFrom::replica));
  EXPECT_EQ(carry(2, get("b", ReadFrom::any)), (Calls{"write 1: GET b"}));
  EXPECT_EQ(carry(3, get("c", ReadFrom::nearest)), (Calls{"write 1: GET c"}));
}

TEST_F(DispatcherReadsTest, AReadFromALostReplicaThatMayGoToTheMasterIsNotHeldUpByOneThatMayNot) {
  policy_.replica_fallback = false;
  adopt(1, 1);
  stand_by(2);
  carry(1, get("a", ReadFrom::replica));
  EXPECT_EQ(carry(2, get("b", ReadFrom::any)), (Calls{"write 1: GET b"}));
  EXPECT_EQ(carry(3, get("c", ReadFrom::any)), (Calls{"write 2: GET c"})) << "they take turns";
  EXPECT_THAT(after([&] { dispatcher_->on_lost(2, "closed", now_); }), Contains("write 1: GET c"));
  EXPECT_EQ(outcome(1), "-");
}

TEST_F(DispatcherReadsTest, NearestIsWhoAnswersFastestOnceEachHasBeenAsked) {
  adopt(1, 1);
  stand_by(2);
  stand_by(3);
  const std::map<char, core::Duration> away = {{'1', 9ms}, {'2', 5ms}, {'3', 1ms}};
  std::set<char> asked;
  for (Ticket ticket = 1; ticket <= 3; ++ticket) {
    const char id = writes(carry(ticket, get("a", ReadFrom::nearest))).at(0).at(6);
    asked.insert(id);
    now_ += away.at(id);
    reply(static_cast<ConnectionId>(id - '0'), Reply::string("v"));
  }
  EXPECT_EQ(asked.size(), away.size());
  EXPECT_EQ(carry(4, get("a", ReadFrom::nearest)), (Calls{"write 3: GET a"}));
}

TEST_F(DispatcherReadsTest, ACursorGoesOnAtTheNodeThatGaveItUnlessTheCommandSaysWhere) {
  policy_.read_from = ReadFrom::any;
  adopt(1, 1);
  stand_by(2);
  for (Ticket ticket = 1; ticket <= 4; ++ticket) {
    EXPECT_EQ(execute(ticket, "SCAN 0"), (Calls{"write 1: SCAN 0"}));
  }
  EXPECT_EQ(carry(5, Command{"SCAN", "0"}.from(ReadFrom::replica)), (Calls{"write 2: SCAN 0"}));
}

TEST_F(DispatcherReadsTest, NoMoreThanMaxWaitingReadsWaitForAReplicaOrForTheMaster) {
  for (const bool fallback : {true, false}) {
    dispatcher_.reset();
    results_.clear();
    policy_.replica_fallback = fallback;
    policy_.max_waiting = 2;
    for (Ticket ticket = 1; ticket <= 3; ++ticket) carry(ticket, get("a", ReadFrom::replica));
    EXPECT_EQ(outcome(2), "-");
    EXPECT_EQ(outcome(3), "overloaded, executed no") << fallback;
  }
}

TEST_F(DispatcherReadsTest, NoReadIsSentAfterItsDeadlineAlsoWhenTheTickIsLate) {
  policy_.replica_fallback = false;
  carry(1, get("a", ReadFrom::replica), 50ms);
  carry(2, get("b", ReadFrom::replica), 500ms);
  now_ += 100ms;
  EXPECT_EQ(stand_by(2), (Calls{"write 2: GET b"}));
  EXPECT_EQ(outcome(1), "no_replica, executed no");
}

// What ends it comes with the next millisecond.
TEST_F(DispatcherReadsTest, NoReadIsSentAgainAfterItsDeadline) {
  policy_.read_from = ReadFrom::replica;
  policy_.replica_fallback = false;
  stand_by(2);
  execute(1, "GET a", 50ms + 10us);
  EXPECT_EQ(refuse(2, "BUSY"), (Calls{})) << "it pauses";
  EXPECT_EQ(pass(50ms + 20us), (Calls{}));
  pass(1ms);
  EXPECT_EQ(outcome(1), "no_replica, executed no");
}

TEST_F(DispatcherReadsTest, ReadsAreSentAgainWhenTheirReplicaIsLost) {
  policy_.read_from = ReadFrom::replica;
  adopt(1, 1);
  stand_by(2);
  execute(1, "GET a");
  now_ += 5ms;
  EXPECT_THAT(after([&] { dispatcher_->on_lost(2, "closed", now_); }), Contains("write 1: GET a"));
  reply(1, Reply::string("v"));
  EXPECT_EQ(outcome(1), "v");
}

TEST_F(DispatcherReadsTest, TheFirstTimeThatItsReplicaIsLostAReadIsSentElsewhereAtOnce) {
  policy_.read_from = ReadFrom::replica;
  adopt(1, 1);
  stand_by(2);
  execute(1, "GET a");
  now_ += 400ms;  // a pause would be as long as an eighth of that
  stand_by(3);
  EXPECT_EQ(writes(after([&] { dispatcher_->on_lost(2, "closed", now_); })), (Calls{"write 3: GET a"}));
  now_ += 400ms;
  EXPECT_EQ(writes(after([&] { dispatcher_->on_lost(3, "closed", now_); })), (Calls{}));
  EXPECT_THAT(pass(100ms), Contains("write 1: GET a"));
}

TEST_F(DispatcherReadsTest, AReplicaThatIsNotInStepIsNotReadFrom) {
  policy_.read_from = ReadFrom::replica;
  policy_.max_replica_lag = 100;
  adopt(1, 1);
  core::NodeReport master = master_of("history");
  master.offset = 1000;
  after([&] { dispatcher_->reported(1, master, now_); });
  stand_by(2);
  core::NodeReport behind = fit();
  behind.offset = 899;
  after([&] { dispatcher_->reported(2, behind, now_); });
  EXPECT_EQ(execute(1, "GET a"), (Calls{"write 1: GET a"}));
  behind.offset = 900;
  after([&] { dispatcher_->reported(2, behind, now_); });
  EXPECT_EQ(execute(2, "GET a"), (Calls{"write 2: GET a"}));
  behind.master_link_up = false;
  after([&] { dispatcher_->reported(2, behind, now_); });
  EXPECT_EQ(execute(3, "GET a"), (Calls{"write 1: GET a"}));
}

TEST_F(DispatcherReadsTest, AStandbyThatBecomesTheSubscriptionsConnectionStillAnswersItsReads) {
  policy_.read_from = ReadFrom::replica;
  adopt(1, 1);
  stand_by(2);
  after([&] {
    dispatcher_->subscribe(
        7, {"news"}, {}, [](const SubscriptionEvent&) {}, now_);
  });
  EXPECT_EQ(execute(1, "GET a"), (Calls{"write 2: GET a"}));
  EXPECT_THAT(adopt(2, 2), Contains("write 2: SUBSCRIBE news"));
  reply(2, Reply::string("v"));
  EXPECT_EQ(outcome(1), "v");
}

}  // namespace
}  // namespace rediscovery::engine
