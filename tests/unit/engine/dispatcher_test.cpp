#include "engine/dispatcher.hpp"

#include <gmock/gmock.h>

#include "unit/engine/dispatcher_fixture.hpp"

// What becomes of commands. dispatcher_links_test.cpp has what the connections do.
namespace rediscovery::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class DispatcherTest : public DispatcherFixture {};

// ---- from the call to the answer -----------------------------------------------------------------------

TEST_F(DispatcherTest, ACommandIsSentAtOnceWhenAConnectionIsThere) {
  adopt(1, 1);
  EXPECT_EQ(execute(1, "INCR k"), (Calls{"write 1: INCR k"}));
  EXPECT_EQ(outcome(1), "-");
  EXPECT_EQ(dispatcher_->in_flight(), 1U);
  now_ += 3ms;
  reply(1, Reply::integer(7));
  EXPECT_EQ(results_.at(1)->to_integer(), 7);
  EXPECT_EQ(dispatcher_->in_flight(), 0U);
  EXPECT_EQ(port_.commands_ended, 1U);
  EXPECT_EQ(port_.last_took, 3ms);
}

TEST_F(DispatcherTest, ManyAreUnderWayAtOnceAndEachGetsItsOwnAnswer) {
  adopt(1, 1);
  for (Ticket ticket = 1; ticket <= 3; ++ticket) execute(ticket, "GET k");
  for (const char* answer : {"a", "b", "c"}) reply(1, Reply::string(answer));
  EXPECT_EQ(outcome(1), "a");
  EXPECT_EQ(outcome(2), "b");
  EXPECT_EQ(outcome(3), "c");
}

TEST_F(DispatcherTest, WhatWaitsForAMasterIsSentInTheOrderOfTheCalls) {
  execute(1, "INCR a");
  execute(2, "GET b");
  now_ += 5ms;
  EXPECT_EQ(execute(3, "INCR c"), Calls{});
  EXPECT_EQ(dispatcher_->waiting(), 3U);
  EXPECT_EQ(adopt(1, 1), (Calls{"write 1: INCR a", "write 1: GET b", "write 1: INCR c"}));
  EXPECT_EQ(dispatcher_->waiting(), 0U);
  EXPECT_EQ(port_.waits, (std::vector<core::Duration>{5ms, 5ms, 0ms}));
}

TEST_F(DispatcherTest, AnErrorOfTheServersIsTheCommandsAnswer) {
  adopt(1, 1);
  execute(1, "LPUSH k v");
  EXPECT_EQ(refuse(1, "WRONGTYPE no list"), Calls{});
  EXPECT_EQ(outcome(1), "server_error, executed yes");
  EXPECT_EQ(error(1).message(), "WRONGTYPE no list");
}

TEST_F(DispatcherTest, AnAnswerThatNobodyAskedForChangesNothing) {
  adopt(1, 1);
  reply(1);
  reply(99);
  execute(1, "GET k");
  reply(1, Reply::string("v"));
  EXPECT_EQ(outcome(1), "v");
}

TEST_F(DispatcherTest, TheLibrarysOwnQuestionsTakeTheirTurn) {
  adopt(1, 1);
  execute(1, "GET a");
  EXPECT_EQ(ask(1), (Calls{"write 1: ROLE"}));
  execute(2, "GET b");
  reply(1, Reply::string("a"));
  EXPECT_EQ(answers_, 0);
  reply(1);
  EXPECT_EQ(answers_, 1);
  reply(1, Reply::string("b"));
  EXPECT_EQ(outcome(1), "a");
  EXPECT_EQ(outcome(2), "b");
  EXPECT_EQ(port_.commands_ended, 2U) << "questions are not counted";
}

// ---- what cannot be carried ----------------------------------------------------------------------------

TEST_F(DispatcherTest, WhatChangesTheConnectionOrMayBlockIsRefused) {
  adopt(1, 1);
  EXPECT_EQ(execute(1, "MULTI"), Calls{});
  EXPECT_EQ(execute(2, "BLPOP k 0"), Calls{});
  EXPECT_EQ(execute(3, ""), Calls{});
  for (const Ticket ticket : {1U, 2U, 3U}) EXPECT_EQ(outcome(ticket), "invalid_argument, executed no");
  EXPECT_THAT(error(1).message(), HasSubstr("MULTI needs a connection of its own"));
  EXPECT_THAT(error(2).message(), HasSubstr("BLPOP may block"));
  EXPECT_THAT(error(3).message(), HasSubstr("no words"));
}

TEST_F(DispatcherTest, NoMoreThanMaxWaitingWait) {
  policy_.max_waiting = 2;
  for (Ticket ticket = 1; ticket <= 3; ++ticket) execute(ticket, "INCR k");
  EXPECT_EQ(outcome(3), "overloaded, executed no");
  EXPECT_THAT(error(3).message(), HasSubstr("max_waiters (2)"));
  EXPECT_EQ(adopt(1, 1), (Calls{"write 1: INCR k", "write 1: INCR k"}));
}

TEST_F(DispatcherTest, WhereNobodyMayWaitACommandIsStillSentAtOnce) {
  policy_.max_waiting = 0;
  adopt(1, 1);
  EXPECT_EQ(execute(1, "INCR k"), (Calls{"write 1: INCR k"}));
  suspend();
  execute(2, "INCR k");
  EXPECT_EQ(outcome(2), "overloaded, executed no");
}

TEST_F(DispatcherTest, NoMoreThanMaxInFlightAreOnAConnectionAndTheRestWaits) {
  policy_.max_in_flight = 2;
  adopt(1, 1);
  for (Ticket ticket = 1; ticket <= 4; ++ticket) execute(ticket, "INCR k" + std::to_string(ticket));
  EXPECT_EQ(dispatcher_->in_flight(), 2U);
  EXPECT_EQ(dispatcher_->waiting(), 2U);
  EXPECT_EQ(reply(1), (Calls{"write 1: INCR k3"}));
  EXPECT_EQ(reply(1), (Calls{"write 1: INCR k4"}));
}

TEST_F(DispatcherTest, NothingOvertakesWhatWaits) {
  policy_.max_in_flight = 1;
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "INCR b");
  EXPECT_EQ(execute(3, "INCR c"), Calls{});
  EXPECT_EQ(reply(1), (Calls{"write 1: INCR b"}));
}

TEST_F(DispatcherTest, NoMoreThanMaxBytesAreUnderWay) {
  policy_.max_bytes = 200;
  const std::string large = "SET k " + std::string(100, 'x');
  execute(1, large);
  execute(2, large);
  EXPECT_EQ(outcome(2), "overloaded, executed no");
  EXPECT_THAT(error(2).message(), HasSubstr("max_queued_bytes (200)"));
  adopt(1, 1);
  execute(3, large);
  EXPECT_EQ(outcome(3), "overloaded, executed no") << "what is in flight counts as well";
  reply(1);
  execute(4, large);
  EXPECT_EQ(outcome(4), "-") << "what is answered does not";
}

// ---- time ----------------------------------------------------------------------------------------------

TEST_F(DispatcherTest, WithoutAMasterTheTimeOfAWaitingCommandEndsWithNoMaster) {
  execute(1, "INCR k", 50ms);
  dispatcher_->set_background("10.0.0.1:6379 is a replica", {});
  pass(49ms);
  EXPECT_EQ(outcome(1), "-");
  pass(2ms);
  EXPECT_EQ(outcome(1), "no_master, executed no");
  EXPECT_EQ(error(1).message(), "no verified master within 50 ms: 10.0.0.1:6379 is a replica");
  EXPECT_EQ(error(1).spent().waiting, 51ms);
  EXPECT_EQ(adopt(1, 1), Calls{}) << "it is not sent afterwards";
}

TEST_F(DispatcherTest, WithAMasterTheTimeOfAWaitingCommandEndsWithATimeOut) {
  policy_.max_in_flight = 1;
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "INCR b", 50ms);
  pass(51ms);
  EXPECT_EQ(outcome(2), "timeout, executed no");
  EXPECT_THAT(error(2).message(), HasSubstr("could not be sent within 50 ms: 1 are in flight"));
}

TEST_F(DispatcherTest, WhatWasSentIsInDoubtWhenItsTimeIsOver) {
  adopt(1, 1);
  execute(1, "INCR k", 50ms);
  pass(51ms);
  EXPECT_EQ(outcome(1), "timeout, executed maybe");
  EXPECT_EQ(error(1).spent().answering, 51ms);
  EXPECT_EQ(error(1).spent().waiting, 0ms);
}

TEST_F(DispatcherTest, TheTimeOfACommandThatPausesEndsAsForOneThatWaits) {
  adopt(1, 1);
  execute(1, "INCR k", 100ms);
  while (outcome(1) == "-" && now_ < core::TimePoint{} + 1h + 200ms) {
    if (dispatcher_->in_flight() > 0) refuse(1, "NOREPLICAS");
    pass(1ms);
  }
  EXPECT_EQ(error(1).executed(), Executed::no);
  EXPECT_GT(port_.commands_retried, 1U);
}

TEST_F(DispatcherTest, NothingIsSentAfterItsDeadlineAlsoWhenTheTickIsLate) {
  execute(1, "INCR a", 50ms);
  execute(2, "INCR b", 500ms);
  now_ += 100ms;  // the loop was held up, and hears of the master before it looks at the time
  EXPECT_EQ(adopt(1, 1), (Calls{"write 1: INCR b"}));
  EXPECT_EQ(error(1).executed(), Executed::no);
}

TEST_F(DispatcherTest, ACommandThatComesAfterItsDeadlineIsNotSent) {
  adopt(1, 1);
  EXPECT_EQ(execute(1, "INCR a", -1ms), Calls{});
  EXPECT_EQ(outcome(1), "timeout, executed no");
}

TEST_F(DispatcherTest, TheNextDeadlineIsNoLaterThanThatOfAnyCommand) {
  execute(1, "INCR k", 300ms);
  execute(2, "INCR k", 50ms);
  ASSERT_TRUE(dispatcher_->next_deadline());
  EXPECT_LE(*dispatcher_->next_deadline(), now_ + 51ms);
  pass(51ms);
  EXPECT_LE(*dispatcher_->next_deadline(), now_ + 251ms);
  pass(251ms);
  EXPECT_EQ(dispatcher_->next_deadline(), std::nullopt);
}

TEST_F(DispatcherTest, WhatTheBackgroundDidWhileACommandWaitedIsInItsError) {
  after([] {});
  core::Work work;
  work.resolving.begin(now_);
  dispatcher_->set_background("", work);
  now_ += 10ms;
  execute(1, "INCR k", 50ms);
  now_ += 20ms;
  work.resolving.end(now_);
  dispatcher_->set_background("", work);
  pass(31ms);
  EXPECT_EQ(error(1).spent().resolving, 20ms) << "not what was done before it came";
  EXPECT_EQ(error(1).spent().waiting, 51ms);
}

// ---- answers that come too late ------------------------------------------------------------------------

TEST_F(DispatcherTest, TheAnswerToACommandWhoseTimeIsOverIsDropped) {
  adopt(1, 1);
  execute(1, "GET a", 10ms);
  execute(2, "GET b", 1s);
  pass(11ms);
  EXPECT_EQ(outcome(1), "timeout, executed maybe");
  EXPECT_EQ(dispatcher_->in_flight(), 2U) << "both are still answered";
  reply(1, Reply::string("a"));
  EXPECT_EQ(outcome(2), "-");
  reply(1, Reply::string("b"));
  EXPECT_EQ(outcome(2), "b");
}

TEST_F(DispatcherTest, TheAnswerToACancelledCommandIsDropped) {
  adopt(1, 1);
  execute(1, "GET a");
  execute(2, "GET b");
  cancel(1);
  EXPECT_EQ(outcome(1), "cancelled, executed maybe");
  reply(1, Reply::string("a"));
  reply(1, Reply::string("b"));
  EXPECT_EQ(outcome(2), "b");
}

TEST_F(DispatcherTest, ARefusalOfACommandThatWasCancelledIsNotFollowed) {
  adopt(1, 1);
  execute(1, "INCR a");
  cancel(1);
  EXPECT_EQ(refuse(1, "READONLY"), Calls{});
  EXPECT_EQ(execute(2, "INCR b"), (Calls{"write 1: INCR b"}));
}

TEST_F(DispatcherTest, WhatNobodyWaitsForAnyMoreStillCountsForTheBoundsUntilItIsAnswered) {
  policy_.max_in_flight = 1;
  policy_.max_bytes = 200;
  const std::string large = "SET k " + std::string(100, 'x');
  adopt(1, 1);
  execute(1, large);
  cancel(1);
  EXPECT_EQ(execute(2, "GET k"), Calls{}) << "the connection has not been answered";
  execute(3, large);
  EXPECT_EQ(outcome(3), "overloaded, executed no") << "its bytes may still be in the connection's buffer";
  EXPECT_EQ(reply(1), (Calls{"write 1: GET k"}));
  execute(4, large);
  EXPECT_EQ(outcome(4), "-");
}

// ---- cancel --------------------------------------------------------------------------------------------

TEST_F(DispatcherTest, AWaitingCommandThatIsCancelledIsNotSent) {
  execute(1, "INCR a");
  execute(2, "INCR b");
  now_ += 5ms;
  cancel(1);
  EXPECT_EQ(outcome(1), "cancelled, executed no");
  EXPECT_EQ(error(1).spent().waiting, 5ms);
  EXPECT_EQ(adopt(1, 1), (Calls{"write 1: INCR b"}));
}

TEST_F(DispatcherTest, APausedCommandThatIsCancelledIsForgotten) {
  adopt(1, 1);
  execute(1, "INCR a");
  refuse(1, "NOREPLICAS");
  ASSERT_EQ(dispatcher_->waiting(), 1U);
  now_ += 1us;
  cancel(1);
  EXPECT_EQ(outcome(1), "cancelled, executed no");
  EXPECT_EQ(error(1).spent().waiting, 1us);
  EXPECT_EQ(dispatcher_->waiting(), 0U);
  EXPECT_EQ(pass(100ms), Calls{});
  EXPECT_EQ(dispatcher_->next_deadline(), now_ - 100ms - 1us + policy_.check_interval) << "nothing pauses";
}

TEST_F(DispatcherTest, CancellingWhatHasBeenAnsweredOrWasNeverThereChangesNothing) {
  adopt(1, 1);
  execute(1, "INCR a");
  reply(1);
  cancel(1);
  cancel(99);
  EXPECT_EQ(outcome(1), "OK");
}

TEST_F(DispatcherTest, WhatIsInDoubtStaysSoWhenItIsCancelledWhileItWaits) {
  adopt(1, 1);
  carry(1, Command{"SET", "k", "v"}.idempotent());
  suspend();
  lose(1);
  EXPECT_EQ(dispatcher_->waiting(), 1U);
  cancel(1);
  EXPECT_EQ(outcome(1), "cancelled, executed maybe");
}

// ---- the end -------------------------------------------------------------------------------------------

TEST_F(DispatcherTest, ClosingFailsWhatWaitsAndLetsWhatWasSentBeAnswered) {
  policy_.max_in_flight = 2;
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "INCR b");
  execute(3, "INCR c");
  refuse(1, "NOREPLICAS");  // 1 pauses, 3 is sent
  execute(4, "INCR d");
  close();
  EXPECT_EQ(outcome(1), "closed, executed no");
  EXPECT_EQ(outcome(4), "closed, executed no");
  EXPECT_EQ(outcome(2), "-");
  EXPECT_EQ(outcome(3), "-");
  reply(1);
  EXPECT_EQ(outcome(2), "OK");
  reply(1);
  EXPECT_EQ(outcome(3), "OK");
  EXPECT_EQ(dispatcher_->in_flight(), 0U);
  EXPECT_EQ(port_.commands_ended, 4U);
  EXPECT_EQ(cut_off(), (Calls{"discard 1: the pool was closed"}));
}

TEST_F(DispatcherTest, AfterTheEndNothingIsSentAgain) {
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "GET b");
  close();
  EXPECT_EQ(refuse(1, "READONLY"), (Calls{"evidence read_only, generation 1"}));
  EXPECT_EQ(outcome(1), "closed, executed no");
  EXPECT_THAT(error(1).message(), HasSubstr("READONLY"));
  lose(1);
  EXPECT_EQ(outcome(2), "closed, executed maybe");
}

TEST_F(DispatcherTest, CommandsAfterTheEndFail) {
  adopt(1, 1);
  close();
  EXPECT_EQ(execute(1, "INCR a"), Calls{});
  EXPECT_EQ(outcome(1), "closed, executed no");
}

TEST_F(DispatcherTest, CuttingOffEndsWhatIsInFlightOnEveryConnection) {
  policy_.pipelines = 2;
  adopt(1, 1);
  open(2);
  execute(1, "INCR a");
  execute(2, "GET b");
  execute(3, "INCR c");
  execute(4, "INCR d");
  close();
  port_.unsent_bytes[2] = RecordingDispatchPort::kBytes;
  cut_off();
  EXPECT_EQ(error(1).executed(), Executed::maybe);
  EXPECT_EQ(outcome(2), "closed, executed maybe");
  EXPECT_EQ(error(3).executed(), Executed::maybe);
  EXPECT_EQ(outcome(4), "closed, executed no") << "it was not sent";
  EXPECT_EQ(dispatcher_->in_flight(), 0U);
  EXPECT_EQ(port_.commands_ended, 4U);
}

TEST_F(DispatcherTest, ClosingTwiceIsAsGoodAsOnce) {
  adopt(1, 1);
  execute(1, "INCR a");
  close();
  close();
  cut_off();
  cut_off();
  EXPECT_EQ(error(1).executed(), Executed::maybe);
}

// ---- callbacks -----------------------------------------------------------------------------------------

TEST_F(DispatcherTest, NothingIsAnsweredBeforeDeliver) {
  adopt(1, 1);
  begin(1, command("MULTI"));
  begin(2, command("GET k"));
  dispatcher_->on_reply(1, Reply::string("v"), now_);
  EXPECT_EQ(outcome(1), "-");
  EXPECT_EQ(outcome(2), "-");
  dispatcher_->deliver();
  EXPECT_EQ(order_, (std::vector<Ticket>{1, 2}));
}

TEST_F(DispatcherTest, ACallbackMayExecuteAndWhatItAsksForIsSent) {
  adopt(1, 1);
  const auto calls = after([&] {
    dispatcher_->execute(
        1, command("GET a"), now_ + 1s,
        [&](const Result<Reply>& result) {
          done(1)(result);
          begin(2, command("GET b"));
          begin(3, command("MULTI"));
        },
        now_);
    dispatcher_->on_reply(1, Reply::string("a"), now_);
  });
  EXPECT_EQ(calls, (Calls{"write 1: GET a", "write 1: GET b"}));
  EXPECT_EQ(outcome(3), "-") << "or one that tries again for ever would hold the loop up for ever";
  after([] {});
  EXPECT_EQ(outcome(3), "invalid_argument, executed no");
}

TEST_F(DispatcherTest, ACommandThatWasHeldUpOnItsWayBeyondItsDeadlineIsNotSent) {
  adopt(1, 1);
  const auto calls =
      after([&] { dispatcher_->execute(1, command("GET a"), now_, done(1), now_ + 5ms, now_ - 10ms); });
  EXPECT_EQ(calls, Calls{});
  EXPECT_EQ(outcome(1), "timeout, executed no");
}

TEST_F(DispatcherTest, ACallbackMayCancelOthersAndItself) {
  adopt(1, 1);
  after([&] {
    dispatcher_->execute(
        1, command("GET a"), now_ + 1s,
        [&](const Result<Reply>& result) {
          done(1)(result);
          dispatcher_->cancel(1, now_);
          dispatcher_->cancel(2, now_);
          dispatcher_->cancel(3, now_);
        },
        now_);
    begin(2, command("GET b"));
    begin(3, command("GET c"));
    dispatcher_->on_reply(1, Reply::string("a"), now_);
    dispatcher_->on_reply(1, Reply::string("b"), now_);
  });
  EXPECT_EQ(outcome(1), "a");
  EXPECT_EQ(outcome(2), "b") << "its answer was there already";
  after([] {});
  EXPECT_EQ(outcome(3), "cancelled, executed maybe");
}

TEST_F(DispatcherTest, ACallbackMayCloseAndCutOffAndDeliver) {
  adopt(1, 1);
  after([&] {
    dispatcher_->execute(
        1, command("GET a"), now_ + 1s,
        [&](const Result<Reply>& result) {
          done(1)(result);
          dispatcher_->close(now_);
          dispatcher_->cut_off(now_);
          dispatcher_->deliver();
          EXPECT_EQ(order_.size(), 3U) << "everybody has been answered when it returns";
        },
        now_);
    begin(2, command("INCR b"));
    begin(3, command("GET c"));
    dispatcher_->on_reply(1, Reply::string("a"), now_);
  });
  EXPECT_EQ(error(2).executed(), Executed::maybe);
  EXPECT_EQ(outcome(3), "closed, executed maybe");
}

// ---- refused by the server -----------------------------------------------------------------------------

TEST_F(DispatcherTest, ARefusedUserFailsWhatWaitsAndNotWhatIsInFlight) {
  policy_.max_in_flight = 2;
  adopt(1, 1);
  execute(1, "INCR a");
  execute(2, "INCR b");
  execute(3, "INCR c");
  refuse(1, "NOREPLICAS");  // 1 pauses, 3 is sent
  execute(4, "INCR d");
  pool(PoolFsm::Refused{Error(ErrorCode::authentication, Executed::no, "WRONGPASS")});
  EXPECT_EQ(outcome(1), "authentication, executed no");
  EXPECT_EQ(outcome(4), "authentication, executed no");
  EXPECT_EQ(outcome(2), "-");
  EXPECT_EQ(execute(5, "INCR e"), Calls{});
  EXPECT_EQ(reply(1), (Calls{"write 1: INCR e"})) << "who comes later is served";
}

TEST_F(DispatcherTest, AfterARefusedUserAMasterIsStillWaitedFor) {
  pool(PoolFsm::Refused{Error(ErrorCode::authentication, Executed::no, "WRONGPASS")});
  execute(1, "INCR a");
  EXPECT_EQ(adopt(1, 1), (Calls{"write 1: INCR a"}));
}

TEST_F(DispatcherTest, AMasterThatRefusesWritesIsSuspectAndTheCommandWaitsForTheNextOne) {
  for (const auto& [text, kind] : {std::pair{"READONLY You can't", "read_only"},
                                   {"LOADING Redis is", "unavailable"},
                                   {"MASTERDOWN Link", "unavailable"},
                                   {"UNBLOCKED force unblock", "read_only"}}) {
    SetUp();
    dispatcher_.reset();
    results_.clear();
    adopt(1, 1);
    execute(1, "INCR a");
    EXPECT_EQ(refuse(1, text), (Calls{"evidence " + std::string(kind) + ", generation 1"})) << text;
    EXPECT_EQ(execute(2, "INCR b"), Calls{}) << "sending is paused: it would be refused itself";
    EXPECT_THAT(adopt(2, 2), ::testing::IsSupersetOf({"write 2: INCR a", "write 2: INCR b"})) << text;
    reply(2);
    EXPECT_EQ(outcome(1), "OK");
  }
}

TEST_F(DispatcherTest, ARefusedScriptIsInDoubtAndNotSentAgain) {
  adopt(1, 1);
  carry(1, Command{"EVAL", "return 1", "0"}.idempotent());
  EXPECT_THAT(refuse(1, "READONLY"), Contains("evidence read_only, generation 1"));
  EXPECT_EQ(outcome(1), "server_error, executed maybe");
  EXPECT_THAT(adopt(2, 2), Not(Contains(HasSubstr("write"))));
}

TEST_F(DispatcherTest, AMasterWithoutReplicasIsAskedAgainAfterAPauseAndIsNotSuspect) {
  adopt(1, 1);
  execute(1, "INCR a");
  EXPECT_EQ(refuse(1, "NOREPLICAS"), Calls{});
  EXPECT_EQ(dispatcher_->waiting(), 1U);
  ASSERT_TRUE(dispatcher_->next_deadline());
  EXPECT_LE(*dispatcher_->next_deadline(), now_ + 2ms);
  EXPECT_EQ(execute(2, "INCR b"), (Calls{"write 1: INCR b"})) << "others are not held up";
  EXPECT_EQ(pass(50ms), (Calls{"write 1: INCR a"}));
  EXPECT_EQ(port_.commands_retried, 1U);
  reply(1);
  reply(1);
  EXPECT_EQ(outcome(1), "OK");
}

}  // namespace
}  // namespace rediscovery::engine
