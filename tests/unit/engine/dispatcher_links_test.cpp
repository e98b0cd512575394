#include <gmock/gmock.h>

#include "engine/dispatcher.hpp"
#include "unit/engine/dispatcher_fixture.hpp"

// What the connections do, and what becomes of the commands on them. dispatcher_test.cpp has the rest.
namespace rediscovery::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t kBytes = RecordingDispatchPort::kBytes;

class DispatcherLinksTest : public DispatcherFixture {
 protected:
  static Command idempotent(const std::string& text) { return command(text).idempotent(); }
  Calls subscribe(Subscriptions::Id id, const std::string& channel) {
    return after([&] {
      dispatcher_->subscribe(
          id, {channel}, {}, [](const auto&) {}, now_);
    });
  }
};

// ---- a connection ends ---------------------------------------------------------------------------------

TEST_F(DispatcherLinksTest, WhatWasSentOnALostConnectionIsInDoubtUnlessItMayRunTwice) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  carry(3, idempotent("SET c 1"));
  carry(4, idempotent("EVAL s 0"));
  suspend();
  EXPECT_EQ(lose(1), (Calls{"discard 1: spent"})) << "and nothing is sent to a doubtful master";
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(outcome(4), "connection_lost, executed maybe");
  EXPECT_EQ(outcome(2), "-");
  EXPECT_EQ(outcome(3), "-");
  EXPECT_EQ(adopt(2, 2), (Calls{"write 2: GET b", "write 2: SET c 1"}));
  reply(2, Reply::string("b"));
  reply(2);
  EXPECT_EQ(outcome(2), "b");
  EXPECT_EQ(outcome(3), "OK");
}

TEST_F(DispatcherLinksTest, WhatWasNotWhollySentOnALostConnectionIsSentAgain) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "INCR b");
  execute(3, "INCR c");
  execute(4, "EVAL s 0");
  suspend();
  lose(1, 2 * kBytes + 1);  // all of the last two, and one byte of the second
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(adopt(2, 2), (Calls{"write 2: INCR b", "write 2: INCR c", "write 2: EVAL s 0"}));
}

TEST_F(DispatcherLinksTest, TheBytesOfWhatWasAbandonedAndOfQuestionsCountForWhatWasNotSent) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "INCR b");
  ask(1);
  execute(3, "INCR c");
  cancel(2);
  suspend();
  lose(1, 3 * kBytes);  // c, the question, and b that was cancelled
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(outcome(2), "cancelled, executed maybe");
  EXPECT_EQ(adopt(2, 2), (Calls{"write 2: INCR c"}));
}

TEST_F(DispatcherLinksTest, WhatIsSentAgainComesBeforeWhatIsYounger) {
  adopt(1, 1);
  execute(1, "GET a");
  execute(2, "GET b");
  suspend();
  execute(3, "GET c");
  lose(1);
  execute(4, "GET d");
  EXPECT_EQ(adopt(2, 2), (Calls{"write 2: GET a", "write 2: GET b", "write 2: GET c", "write 2: GET d"}));
}

TEST_F(DispatcherLinksTest, WhatIsSentAgainIsInTheOrderOfTheCallsAlsoIfItWasSentInAnother) {
  adopt(1, 1);
  execute(1, "GET a");
  adopt(2, 2);
  execute(2, "GET b");
  cut(1, false);
  EXPECT_EQ(tick(), (Calls{"write 2: GET a"})) << "behind b";
  suspend();
  execute(3, "GET c");
  lose(2);
  EXPECT_EQ(adopt(3, 3), (Calls{"write 3: GET a", "write 3: GET b", "write 3: GET c"}));
}

TEST_F(DispatcherLinksTest, WhatWasOnSeveralConnectionsIsInTheOrderOfTheCallsAgain) {
  policy_.pipelines = 2;
  adopt(1, 1);
  open(2);
  for (Ticket ticket = 1; ticket <= 4; ++ticket) execute(ticket, "GET k" + std::to_string(ticket));
  suspend();
  lose(2);
  lose(1);
  EXPECT_EQ(writes(adopt(2, 3)),
            (Calls{"write 3: GET k1", "write 3: GET k2", "write 3: GET k3", "write 3: GET k4"}));
}

TEST_F(DispatcherLinksTest, ADoubtIsRememberedOverAllAttempts) {
  adopt(1, 1);
  carry(1, idempotent("SET k v"), 100ms);
  suspend();
  lose(1);
  pass(101ms);
  EXPECT_EQ(outcome(1), "no_master, executed maybe");
}

TEST_F(DispatcherLinksTest, AMasterThatLosesACommandTwiceIsGivenTime) {
  adopt(1, 1);
  execute(1, "GET a");
  lose(1);
  EXPECT_EQ(writes(open(2)), (Calls{"write 2: GET a"})) << "the first time at once";
  lose(2);
  EXPECT_EQ(writes(open(3)), Calls{});
  EXPECT_EQ(writes(pass(50ms)), (Calls{"write 3: GET a"}));
}

TEST_F(DispatcherLinksTest, AnotherConnectionIsAskedForWhenOneIsLost) {
  adopt(1, 1);
  EXPECT_EQ(lose(1), (Calls{"discard 1: spent", "connect, generation 1"}));
  EXPECT_EQ(lose(1), Calls{}) << "it is known already";
  execute(1, "GET a");
  EXPECT_EQ(open(2), (Calls{"write 2: GET a"}));
}

TEST_F(DispatcherLinksTest, ACheckThatFailsEndsTheConnectionAndOneThatSucceedsNothing) {
  adopt(1, 1);
  execute(1, "GET a");
  EXPECT_EQ(pool(PoolFsm::Checked{1, true}), Calls{});
  EXPECT_EQ(pool(PoolFsm::Checked{1, false}), (Calls{"discard 1: spent", "connect, generation 1"}));
  EXPECT_EQ(open(2), (Calls{"write 2: GET a"}));
}

TEST_F(DispatcherLinksTest, ConnectionsThatAreNoMembersMayEnd) {
  after([&] { dispatcher_->opened(7, now_); });  // a standby
  ask(7);
  EXPECT_EQ(after([&] { dispatcher_->on_lost(7, "closed", now_); }), Calls{});
  EXPECT_EQ(answers_, 0);
  EXPECT_EQ(dispatcher_->in_flight(), 0U);
  EXPECT_EQ(after([&] { dispatcher_->on_lost(99, "unknown", now_); }), Calls{});
}

// ---- doubt about the master ----------------------------------------------------------------------------

TEST_F(DispatcherLinksTest, SendingPausesUntilTheMasterIsConfirmed) {
  adopt(1, 1);
  execute(1, "INCR a");
  suspend();
  EXPECT_EQ(execute(2, "INCR b"), Calls{});
  reply(1);
  EXPECT_EQ(outcome(1), "OK") << "what is in flight is answered";
  EXPECT_EQ(confirm(2), (Calls{"write 1: INCR b"})) << "on the same connection";
}

TEST_F(DispatcherLinksTest, AConfirmedMasterWithoutAConnectionIsUsedByTheOneThatProvedIt) {
  adopt(1, 1);
  suspend();
  lose(1);
  execute(1, "INCR a");
  EXPECT_EQ(confirm(2), (Calls{"write 2: INCR a"}));
}

TEST_F(DispatcherLinksTest, SilenceIsEvidenceOnlyIfNothingCameSinceTheCommandWasSent) {
  adopt(1, 1);
  execute(1, "GET a", 500ms);
  now_ += 1ms;
  execute(2, "GET b", 50ms);
  now_ += 10ms;
  reply(1);
  EXPECT_EQ(pass(60ms), Calls{}) << "others were answered, its turn had not come";
  EXPECT_EQ(outcome(2), "timeout, executed maybe");
  reply(1);
  now_ += 1us;
  execute(3, "GET c", 50ms);
  EXPECT_EQ(pass(51ms), (Calls{"evidence silent, generation 1"}));
  EXPECT_EQ(execute(4, "GET d"), Calls{});
}

TEST_F(DispatcherLinksTest, OneSilenceIsEvidenceForEachCommandThatIsOver) {
  adopt(1, 1);
  execute(1, "GET a", 50ms);
  execute(2, "GET b", 80ms);
  EXPECT_EQ(pass(51ms), (Calls{"evidence silent, generation 1"}));
  EXPECT_EQ(pass(30ms), (Calls{"evidence silent, generation 1"}))
      << "which the master's machine knows to be one";
}

TEST_F(DispatcherLinksTest, EvidenceAgainstAnOldMasterSaysNothingAboutTheNewOne) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b", 50ms);
  adopt(2, 2);
  EXPECT_EQ(refuse(1, "READONLY"), (Calls{"write 2: INCR a"}));
  EXPECT_EQ(pass(51ms), Calls{}) << "the old one's silence";
  EXPECT_EQ(outcome(2), "timeout, executed maybe");
  EXPECT_EQ(execute(3, "INCR c"), (Calls{"write 2: INCR c"}));
}

TEST_F(DispatcherLinksTest, TheOldestUnansweredCommandIsTimedAlsoWhenItIsNobodysAnyMore) {
  adopt(1, 1);
  EXPECT_EQ(dispatcher_->unanswered_since(1), std::nullopt);
  EXPECT_EQ(dispatcher_->unanswered_since(99), std::nullopt);
  execute(1, "GET a", 10ms);
  const auto sent = now_;
  now_ += 1ms;
  execute(2, "GET b");
  pass(20ms);
  EXPECT_EQ(outcome(1), "timeout, executed maybe");
  EXPECT_EQ(dispatcher_->unanswered_since(1), sent);
  reply(1);
  EXPECT_EQ(dispatcher_->unanswered_since(1), now_) << "the other one's turn has only come now";
  reply(1);
  EXPECT_EQ(dispatcher_->unanswered_since(1), std::nullopt);
}

// Rule 6: silent is who sends nothing, not who has much to do.
TEST_F(DispatcherLinksTest, AServerThatAnswersALongQueueIsNotSilent) {
  adopt(1, 1);
  for (Ticket ticket = 1; ticket <= 4; ++ticket) execute(ticket, "GET a");
  ask(1);
  for (int answer = 0; answer < 4; ++answer) {
    pass(400ms);
    reply(1);
    EXPECT_EQ(dispatcher_->unanswered_since(1), now_);
  }
  const auto heard = now_;
  pass(400ms);
  EXPECT_EQ(dispatcher_->unanswered_since(1), heard);
}

TEST_F(DispatcherLinksTest, AServerThatSendsALargeAnswerIsNotSilent) {
  adopt(1, 1);
  execute(1, "GET large", 80ms);
  pass(70ms);
  hear(1);
  EXPECT_EQ(dispatcher_->unanswered_since(1), now_);
  EXPECT_EQ(pass(11ms), Calls{}) << "the time of its caller is over, and that is all";
  EXPECT_EQ(outcome(1), "timeout, executed maybe");
  hear(99);
}

TEST_F(DispatcherLinksTest, WhoeverRestsIsAnnouncedWhenItIsUsedAgain) {
  adopt(1, 1);
  EXPECT_FALSE(dispatcher_->is_used());
  EXPECT_THAT(execute(1, "GET a"), Contains("wake"));
  EXPECT_THAT(execute(2, "GET b"), Not(Contains("wake"))) << "once";
  EXPECT_TRUE(dispatcher_->is_used());
  reply(1);
  reply(1);
  EXPECT_FALSE(dispatcher_->is_used()) << "nothing since it was asked, and nothing in flight";
  execute(3, "GET c");
  reply(1);
  EXPECT_TRUE(dispatcher_->is_used()) << "in between";
}

// ---- another master ------------------------------------------------------------------------------------

TEST_F(DispatcherLinksTest, TheNewMasterGetsWhatComesWhileTheOldOneStillAnswers) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  EXPECT_EQ(adopt(2, 2), Calls{});
  EXPECT_EQ(execute(3, "INCR c"), (Calls{"write 2: INCR c"}));
  reply(1);
  EXPECT_EQ(outcome(1), "OK");
  EXPECT_EQ(reply(1, Reply::string("b")), (Calls{"discard 1: drained", "drained, generation 2"}));
  EXPECT_EQ(outcome(2), "b");
}

TEST_F(DispatcherLinksTest, AnOldConnectionWithoutCommandsIsDiscardedAtOnce) {
  adopt(1, 1);
  EXPECT_EQ(adopt(2, 2), (Calls{"discard 1: drained", "drained, generation 2"}));
}

// It came back to life in the very turn in which another was adopted.
TEST_F(DispatcherLinksTest, WhatAHungMasterAcknowledgesInTheTurnOfTheAdoptionIsInDoubt) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  after([&] {
    dispatcher_->on_reply(1, Reply::integer(1), now_);
    dispatcher_->on_reply(1, Reply::string("b"), now_);
    dispatcher_->cut(1, /*writes_only=*/false, now_);
  });
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(outcome(2), "b");
}

TEST_F(DispatcherLinksTest, WhenTheOldHistoryHasEndedWritesAreInDoubtAndReadsDrain) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  carry(3, idempotent("SET c 1"));
  execute(4, "EVAL s 0");
  EXPECT_EQ(cut(1, /*writes_only=*/true), Calls{});
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(outcome(4), "connection_lost, executed maybe");
  EXPECT_THAT(error(1).message(), HasSubstr("may be lost"));
  EXPECT_EQ(adopt(2, 2), (Calls{"write 2: SET c 1"}));
  reply(1, Reply::status("the old master's answer to a"));
  reply(1, Reply::string("b"));
  EXPECT_EQ(outcome(2), "b") << "and not the answer to a";
  reply(1, Reply::status("the old master's answer to c"));
  EXPECT_EQ(outcome(3), "-");
  EXPECT_EQ(reply(1), (Calls{"discard 1: drained", "drained, generation 2"}));
  reply(2);
  EXPECT_EQ(outcome(3), "OK");
}

TEST_F(DispatcherLinksTest, WritesThatWereAnsweredInTheVeryTurnInWhichTheHistoryEndedAreInDoubt) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  carry(3, idempotent("SET c 1"));
  after([&] {
    dispatcher_->on_reply(1, Reply::status("the old master's answer to a"), now_);
    dispatcher_->on_reply(1, Reply::string("b"), now_);
    dispatcher_->on_reply(1, Reply::status("the old master's answer to c"), now_);
    dispatcher_->cut(1, /*writes_only=*/true, now_);
  });
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(outcome(2), "b");
  EXPECT_EQ(outcome(3), "connection_lost, executed maybe");
  EXPECT_EQ(port_.commands_in_doubt, 2U) << "counted as what was told";
}

TEST_F(DispatcherLinksTest, TheTimeAtTheOldMasterCountsOnce) {
  adopt(1, 1);
  execute(1, "INCR a");
  now_ += 5ms;
  cut(1, true);
  EXPECT_EQ(error(1).spent().answering, 5ms);
}

TEST_F(DispatcherLinksTest, BetweenTheCutAndTheAdoptionNothingIsSentToTheOldMaster) {
  policy_.pipelines = 2;
  adopt(1, 1);
  open(2);
  carry(1, idempotent("SET a 1"));
  carry(2, idempotent("SET b 1"));
  cut(1, true);
  EXPECT_EQ(execute(3, "INCR c"), Calls{});
  EXPECT_EQ(reply(2), Calls{}) << "not on its other connections either";
  EXPECT_EQ(tick(), Calls{});
  cut(2, true);
  EXPECT_EQ(writes(adopt(2, 3)), (Calls{"write 3: SET a 1", "write 3: INCR c"}));
}

TEST_F(DispatcherLinksTest, AHungOldMasterIsNotWaitedFor) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  suspend();
  EXPECT_EQ(cut(1, /*writes_only=*/false), (Calls{"discard 1: spent"}));
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(adopt(2, 2), (Calls{"write 2: GET b"}));
}

TEST_F(DispatcherLinksTest, ReadsThatTheOldMasterDoesNotAnswerInTimeAreSentToTheNewOne) {
  adopt(1, 1);
  execute(1, "GET a");
  cut(1, true);
  EXPECT_EQ(adopt(2, 2), Calls{});
  cut(1, false);  // the time for draining is over
  EXPECT_EQ(tick(), (Calls{"write 2: GET a"}));
  EXPECT_EQ(outcome(1), "-");
}

TEST_F(DispatcherLinksTest, AnOldConnectionThatIsCutOffDoesNotHoldUpTheNewMaster) {
  adopt(1, 1);
  execute(1, "INCR a");
  adopt(2, 2);
  cut(1, false);
  EXPECT_EQ(outcome(1), "connection_lost, executed maybe");
  EXPECT_EQ(execute(2, "INCR b"), (Calls{"write 2: INCR b"}));
}

TEST_F(DispatcherLinksTest, AConnectionOfAnOlderGenerationIsNotUsed) {
  adopt(1, 1);
  adopt(2, 2);
  EXPECT_EQ(open(3, 1), (Calls{"discard 3: came too late"}));
  execute(1, "GET a");
  EXPECT_EQ(dispatcher_->unanswered_since(3), std::nullopt);
}

TEST_F(DispatcherLinksTest, AConnectionThatIsOnItsWayToItsEndCanBeCutAndAsked) {
  policy_.max_lifetime = 1s;
  adopt(1, 1);
  EXPECT_THAT(pass(1100ms), Contains("discard 1: spent"));
  for (const bool writes_only : {true, false}) EXPECT_EQ(cut(1, writes_only), Calls{});
  EXPECT_EQ(ask(1), Calls{});
  execute(1, "INCR a");
  EXPECT_EQ(writes(adopt(2, 2)), (Calls{"write 2: INCR a"}));
}

TEST_F(DispatcherLinksTest, SeveralMastersInARowLeaveOneInForce) {
  for (std::uint64_t generation = 1; generation <= 4; ++generation) {
    adopt(generation, generation);
    execute(generation, "GET k");
  }
  EXPECT_THAT(execute(9, "GET k"), ElementsAre("write 4: GET k"));
  lose(1);
  lose(2);
  lose(3);
  EXPECT_EQ(dispatcher_->connections().lent(), 1U);
  EXPECT_EQ(dispatcher_->in_flight(), 5U);
}

// ---- which connections there are -----------------------------------------------------------------------

TEST_F(DispatcherLinksTest, ThereAreAsManyConnectionsAsPipelines) {
  policy_.pipelines = 3;
  EXPECT_EQ(adopt(1, 1), (Calls{"connect, generation 1", "connect, generation 1"}));
  EXPECT_EQ(open(2), Calls{});
  EXPECT_EQ(open(3), Calls{});
  EXPECT_EQ(open(4), Calls{}) << "there is room for one of subscriptions";
  EXPECT_EQ(dispatcher_->connections().lent(), 3U) << "which takes no commands";
  EXPECT_EQ(open(5), (Calls{"discard 5: one too many"}));
}

TEST_F(DispatcherLinksTest, TheConnectionWithTheFewestCommandsGetsTheNextOne) {
  policy_.pipelines = 2;
  adopt(1, 1);
  execute(1, "GET a");
  execute(2, "GET b");
  open(2);
  EXPECT_EQ(execute(3, "GET c"), (Calls{"write 2: GET c"}));
  EXPECT_EQ(execute(4, "GET d"), (Calls{"write 2: GET d"}));
  reply(1);
  EXPECT_EQ(execute(5, "GET e"), (Calls{"write 1: GET e"}));
}

TEST_F(DispatcherLinksTest, OneOfSeveralConnectionsIsEnoughToGoOn) {
  policy_.pipelines = 2;
  adopt(1, 1);
  open(2);
  execute(1, "GET a");
  EXPECT_EQ(lose(1), (Calls{"discard 1: spent", "connect, generation 1", "write 2: GET a"}));
}

TEST_F(DispatcherLinksTest, AConnectThatFailedIsMadeAgain) {
  adopt(1, 1);
  lose(1);
  EXPECT_EQ(pool(PoolFsm::ConnectFailed{1}), (Calls{"connect, generation 1"}));
}

TEST_F(DispatcherLinksTest, ConnectionsAreCheckedAtTheIntervalAlsoUnderLoad) {
  policy_.check_interval = 100ms;
  adopt(1, 1);
  EXPECT_EQ(dispatcher_->next_deadline(), now_ + 100ms);
  now_ += 60ms;
  execute(1, "GET a", 10s);
  EXPECT_EQ(pass(39ms), Calls{});
  EXPECT_EQ(pass(1ms), (Calls{"check 1"}));
  EXPECT_EQ(tick(), Calls{});
  EXPECT_EQ(pass(100ms), (Calls{"check 1"}));
}

TEST_F(DispatcherLinksTest, ASuspectMastersConnectionsAreCheckedWhenItIsConfirmed) {
  policy_.check_interval = 100ms;
  adopt(1, 1);
  suspend();
  EXPECT_EQ(pass(150ms), Calls{});
  EXPECT_EQ(dispatcher_->next_deadline(), std::nullopt) << "or the loop would spin";
  confirm(2);
  EXPECT_LE(*dispatcher_->next_deadline(), now_);
  EXPECT_EQ(tick(), (Calls{"check 1"}));
}

// Its silence was why the master was looked into, and the master is well.
TEST_F(DispatcherLinksTest, AConnectionThatWasSilentIsAskedAsSoonAsTheMasterIsConfirmed) {
  policy_.check_interval = 1h;
  adopt(1, 1);
  execute(1, "GET a");
  pass(500ms);
  suspend();
  confirm(2);
  EXPECT_EQ(tick(), (Calls{"check 1"}));
  EXPECT_EQ(tick(), Calls{}) << "once";
}

TEST_F(DispatcherLinksTest, AWriteThatWaitsForReplicasIsLeftToItsTime) {
  policy_.check_interval = 1h;
  adopt(1, 1);
  carry(1, Command{"SET", "k", "v"}.acknowledged_by(1, 2s), 10s);
  reply(1);
  pass(600ms);
  suspend();
  confirm(2);
  EXPECT_EQ(tick(), Calls{});
}

TEST_F(DispatcherLinksTest, AConnectionOfSubscriptionsThatWasSilentIsReplacedSoonAfterTheMasterIsConfirmed) {
  policy_.check_interval = 1h;
  policy_.silence_timeout = 60ms;
  adopt(1, 1);
  subscribe(1, "a");
  open(2);
  pass(1h);
  pass(61ms);
  suspend();
  confirm(3);
  EXPECT_THAT(tick(), Not(Contains("discard 2: spent")));
  EXPECT_THAT(pass(60ms), Contains("discard 2: spent"));
}

TEST_F(DispatcherLinksTest, ASpareConnectionThatPassesItsCheckIsStillThereForTheNextLane) {
  policy_.check_interval = 100ms;
  adopt(1, 1);
  suspend();
  confirm(2);
  EXPECT_THAT(pass(100ms), Contains("check 2"));
  EXPECT_EQ(pool(PoolFsm::Checked{2, true}), Calls{});
  EXPECT_EQ(dispatcher_->connections().idle(), 1U);
  EXPECT_EQ(lose(1), (Calls{"discard 1: spent"})) << "no other is needed";
  EXPECT_EQ(execute(1, "GET a"), (Calls{"write 2: GET a"}));
}

TEST_F(DispatcherLinksTest, ASpareConnectionThatSendsWhatNobodyAskedForIsClosed) {
  adopt(1, 1);
  suspend();
  confirm(2);
  EXPECT_EQ(pool(PoolFsm::Checked{2, false}), (Calls{"discard 2: did not pass its check"}));
  EXPECT_EQ(dispatcher_->connections().idle(), 0U);
}

TEST_F(DispatcherLinksTest, AConnectionAtTheEndOfItsLifetimeDrainsAndIsReplaced) {
  policy_.max_lifetime = 1s;
  adopt(1, 1);
  const auto end = *dispatcher_->next_deadline();
  EXPECT_GE(end, now_ + 900ms);
  EXPECT_LE(end, now_ + 1100ms);
  execute(1, "INCR a", 10s);
  now_ = end;
  EXPECT_EQ(tick(), (Calls{"connect, generation 1"}));
  EXPECT_EQ(execute(2, "INCR b", 10s), Calls{}) << "it takes no new commands";
  EXPECT_EQ(open(2), Calls{}) << "which would overtake a";
  EXPECT_EQ(reply(1), (Calls{"discard 1: spent", "write 2: INCR b"}));
  EXPECT_EQ(outcome(1), "OK");
}

TEST_F(DispatcherLinksTest, WhatAConnectionThatDrainsAndIsLostLeavesIsSentOnTheNextOneAtOnce) {
  policy_.max_lifetime = 1s;
  adopt(1, 1);
  execute(1, "GET a", 10s);
  pass(1100ms);
  open(2);
  execute(2, "INCR b", 10s);
  EXPECT_EQ(lose(1), (Calls{"discard 1: spent", "write 2: GET a", "write 2: INCR b"}));
}

TEST_F(DispatcherLinksTest, WithSeveralLanesOnlyItsOwnWaitsForTheOneThatDrains) {
  policy_.max_lifetime = 1s;
  policy_.pipelines = 2;
  adopt(1, 1);
  execute(1, "INCR a", 10s);
  pass(500ms);
  open(2);
  pass(600ms);
  open(3);
  EXPECT_EQ(execute(2, "INCR b", 10s), (Calls{"write 2: INCR b"}));
}

// A proxy has forgotten it, and acknowledges all that comes.
TEST_F(DispatcherLinksTest, AConnectionThatDrainsIsCheckedLikeAllOthers) {
  policy_.max_lifetime = 1s;
  policy_.check_interval = 10s;
  adopt(1, 1);
  execute(1, "GET a", 60s);
  pass(1100ms);
  open(2);
  suspend();
  confirm(3);
  EXPECT_THAT(tick(), Contains("check 1"));
  EXPECT_LE(*dispatcher_->next_deadline(), now_ + 10s);
}

TEST_F(DispatcherLinksTest, AnIdleConnectionAtTheEndOfItsLifetimeIsReplacedAtOnce) {
  policy_.max_lifetime = 1s;
  adopt(1, 1);
  EXPECT_EQ(pass(1100ms), (Calls{"discard 1: spent", "connect, generation 1"}));
}

TEST_F(DispatcherLinksTest, AConnectionThatDrainsMayStillBeLost) {
  policy_.max_lifetime = 1s;
  adopt(1, 1);
  execute(1, "GET a", 10s);
  pass(1100ms);
  EXPECT_EQ(lose(1), (Calls{"discard 1: spent"}));
  EXPECT_EQ(open(2), (Calls{"write 2: GET a"}));
  EXPECT_THAT(lose(1), IsEmpty());
}

// ---- the connection of subscriptions -------------------------------------------------------------------

TEST_F(DispatcherLinksTest, SubscriptionsHaveAConnectionOfTheirOwnFromTheFirstOneOn) {
  adopt(1, 1);
  EXPECT_EQ(subscribe(1, "a"), (Calls{"connect, generation 1"}));
  EXPECT_EQ(open(2), (Calls{"write 2: SUBSCRIBE a"}));
  EXPECT_EQ(subscribe(2, "b"), (Calls{"write 2: SUBSCRIBE b"}));
  EXPECT_EQ(execute(1, "GET k"), (Calls{"write 1: GET k"}));
}

TEST_F(DispatcherLinksTest, TheConnectionOfSubscriptionsFollowsTheMaster) {
  adopt(1, 1);
  subscribe(1, "a");
  open(2);
  EXPECT_THAT(adopt(2, 3), Contains("discard 2: drained"));
  EXPECT_EQ(open(4, 2), (Calls{"write 4: SUBSCRIBE a"}));
}

TEST_F(DispatcherLinksTest, TheConnectionOfSubscriptionsIsReplacedAtTheEndOfItsLifetime) {
  policy_.max_lifetime = 1s;
  adopt(1, 1);
  subscribe(1, "a");
  open(2);
  ASSERT_LE(*dispatcher_->next_deadline(), now_ + 1100ms);
  EXPECT_THAT(pass(1100ms), Contains("discard 2: spent"));
  after([&] { dispatcher_->unsubscribe(1); });
  EXPECT_EQ(subscribe(2, "b"), Calls{});
  open(3);
  EXPECT_EQ(open(4), (Calls{"write 4: SUBSCRIBE b"}));
}

TEST_F(DispatcherLinksTest, TheConnectionOfSubscriptionsIsCheckedUnlessTheMasterIsSuspect) {
  policy_.check_interval = 100ms;
  adopt(1, 1);
  subscribe(1, "a");
  open(2);
  EXPECT_THAT(pass(100ms), Contains("write 2: PING"));
  EXPECT_EQ(dispatcher_->unanswered_since(2), now_);
  reply(2, Reply::array({Reply::string("subscribe"), Reply::string("a"), Reply::integer(1)}));
  reply(2, Reply::array({Reply::string("pong"), Reply::string("")}));
  EXPECT_EQ(dispatcher_->unanswered_since(2), std::nullopt);
  suspend();
  EXPECT_EQ(pass(150ms), Calls{});
  EXPECT_EQ(dispatcher_->next_deadline(), std::nullopt) << "or the loop would spin";
}

// A narrow ACL: what counts is that it lives.
TEST_F(DispatcherLinksTest, ThatTheUserMayNotPingIsAnAnswerAndConcernsNoChannel) {
  policy_.check_interval = 100ms;
  adopt(1, 1);
  std::vector<SubscriptionEvent::Kind> told;
  dispatcher_->subscribe(
      1, {"a", "b"}, {}, [&](const SubscriptionEvent& event) { told.push_back(event.kind); }, now_);
  open(2);
  const auto confirmed = [](const char* channel) {
    return Reply::array({Reply::string("subscribe"), Reply::string(channel), Reply::integer(1)});
  };
  reply(2, confirmed("a"));
  EXPECT_THAT(pass(100ms), Contains("write 2: PING"));
  reply(2, confirmed("b"));
  refuse(2, "NOPERM this user has no permissions to run the 'ping' command");
  EXPECT_EQ(dispatcher_->unanswered_since(2), std::nullopt);
  after([&] { dispatcher_->deliver(); });
  EXPECT_THAT(told, ElementsAre(SubscriptionEvent::Kind::subscribed));
}

TEST_F(DispatcherLinksTest, AConnectionOfSubscriptionsThatDoesNotAnswerIsReplaced) {
  policy_.check_interval = 100ms;
  policy_.silence_timeout = 60ms;
  adopt(1, 1);
  subscribe(1, "a");
  open(2);
  pass(100ms);
  EXPECT_TRUE(dispatcher_->is_used());
  EXPECT_TRUE(dispatcher_->is_used()) << "as long as PING is unanswered";
  EXPECT_EQ(pass(100ms), (Calls{"check 1"})) << "the master is looked into first";
  EXPECT_THAT(pass(100ms), Contains("discard 2: spent"));
  EXPECT_EQ(open(3), (Calls{"write 3: SUBSCRIBE a"}));
  EXPECT_EQ(dispatcher_->unanswered_since(3), std::nullopt);
}

TEST_F(DispatcherLinksTest, AConnectionOfSubscriptionsThatSendsMessagesIsNotSilent) {
  policy_.check_interval = 100ms;
  policy_.silence_timeout = 60ms;
  adopt(1, 1);
  subscribe(1, "a");
  open(2);
  for (int message = 0; message < 6; ++message) {
    pass(100ms);
    hear(2);
    EXPECT_EQ(dispatcher_->unanswered_since(2), now_) << "PING waits behind them";
  }
  EXPECT_EQ(dispatcher_->connections().lent(), 2U);
}

TEST_F(DispatcherLinksTest, EachChannelIsAskedForByItself) {
  adopt(1, 1);
  subscribe(1, "a");
  subscribe(2, "b");
  EXPECT_EQ(open(2), (Calls{"write 2: SUBSCRIBE a", "write 2: SUBSCRIBE b"}));
}

TEST_F(DispatcherLinksTest, AChannelThatWasGivenUpAndAskedForAgainIsSubscribedAtTheLastAnswer) {
  adopt(1, 1);
  std::vector<SubscriptionEvent::Kind> told;
  const auto subscribe_to_a = [&](Ticket id) {
    dispatcher_->subscribe(
        id, {"a"}, {}, [&](const SubscriptionEvent& event) { told.push_back(event.kind); }, now_);
  };
  subscribe_to_a(1);
  open(2);
  dispatcher_->unsubscribe(1);
  subscribe_to_a(2);
  const auto answer = [&](const char* kind) {
    reply(2, Reply::array({Reply::string(kind), Reply::string("a"), Reply::integer(1)}));
    dispatcher_->deliver();
  };
  answer("subscribe");
  answer("unsubscribe");
  EXPECT_THAT(told, IsEmpty());
  answer("subscribe");
  EXPECT_EQ(told, (std::vector{SubscriptionEvent::Kind::subscribed}));
}

TEST_F(DispatcherLinksTest, AClosedClientTakesNoConnection) {
  adopt(1, 1);
  close();
  EXPECT_EQ(open(2), (Calls{"discard 2: came too late"}));
  EXPECT_EQ(adopt(2, 3), (Calls{"discard 3: the pool was closed"}));
}

}  // namespace
}  // namespace rediscovery::engine
