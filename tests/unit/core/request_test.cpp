#include "core/request.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

const Reply kOk = Reply::status("OK");
const Reply kQueued = Reply::status("QUEUED");
const Reply kReadOnly = Reply::error("READONLY You can't write against a read only replica.");

std::string text(const Request& request) {
  std::string text;
  for (std::size_t i = 0; i < request.size(); ++i) {
    for (const auto& word : request.command(i).words()) text += word + ' ';
    text.back() = ';';
  }
  return text;
}

// The outcome of the last of these replies; all before it must be waited through.
std::optional<Outcome> outcome_of(Request& request, const std::vector<Reply>& replies) {
  request.sent();
  for (std::size_t i = 0; i + 1 < replies.size(); ++i) {
    EXPECT_FALSE(request.on_reply(replies[i])) << "after " << i + 1 << " replies";
  }
  return request.on_reply(replies.back());
}

TEST(Request, ACommandsReplyIsItsOutcome) {
  Request request(Command{"SET", "k", "v"});
  EXPECT_EQ(text(request), "SET k v;");
  const auto outcome = outcome_of(request, {kOk});
  EXPECT_EQ(outcome->result.value(), kOk);
  EXPECT_FALSE(outcome->nothing_ran);
}

TEST(Request, ALentCommandIsNotCopied) {
  const Command command{"GET", "k"};
  const Request request(&command);
  EXPECT_EQ(&request.command(0), &command);
  EXPECT_TRUE(request.traits().only_reads);
}

TEST(Request, ARequestIsAtLeastAsLargeAsItsWords) {
  const Request one(Command{"SET", "k", std::string(1000, 'v')});
  const Request two(Transaction({Command{"SET", "k", std::string(1000, 'v')}, Command{"INCR", "n"}}));
  EXPECT_GT(one.bytes(), 1000U);
  EXPECT_GT(two.bytes(), one.bytes());
}

// ---- acknowledged writes ---------------------------------------------------------------------------------

Request acknowledged() { return Command{"SET", "k", "v"}.acknowledged_by(2, 50ms); }

TEST(Request, AWriteThatAsksForAcknowledgementsIsFollowedByWait) {
  EXPECT_EQ(text(acknowledged()), "SET k v;WAIT 2 50;");
  EXPECT_FALSE(acknowledged().traits().may_block);
}

TEST(Request, AWriteThatEnoughReplicasAcknowledgeHasTheServersReply) {
  Request request = acknowledged();
  EXPECT_EQ(outcome_of(request, {kOk, Reply::integer(2)})->result.value(), kOk);
}

TEST(Request, AWriteThatTooFewReplicasAcknowledgeIsInDoubt) {
  for (const Reply& wait :
       {Reply::integer(1), Reply::error("ERR WAIT cannot be used with replica instances")}) {
    Request request = acknowledged();
    const auto error = outcome_of(request, {kOk, wait})->result.error();
    EXPECT_EQ(error.code(), ErrorCode::unacknowledged);
    EXPECT_EQ(error.executed(), Executed::maybe);
  }
}

TEST(Request, AWriteThatIsRefusedIsJustThat) {
  Request request = acknowledged();
  EXPECT_EQ(outcome_of(request, {kReadOnly, Reply::integer(0)})->result.value(), kReadOnly);
}

TEST(Request, SentAgainItsRepliesAreCountedFromTheFirst) {
  Request request = acknowledged();
  request.sent();
  EXPECT_FALSE(request.on_reply(kOk));
  EXPECT_EQ(outcome_of(request, {kOk, Reply::integer(2)})->result.value(), kOk);
}

TEST(Request, OnlyAWriteWithItsWaitMayRunInPart) {
  EXPECT_FALSE(acknowledged().runs_only_whole());
  EXPECT_TRUE(Request(Command{"SET", "k", "v"}).runs_only_whole());
  EXPECT_TRUE(Request(Transaction({Command{"SET", "k", "v"}})).runs_only_whole());
}

// ---- transactions ----------------------------------------------------------------------------------------

Request transaction() { return Transaction({Command{"INCR", "a"}, Command{"INCR", "b"}}); }

TEST(Request, ATransactionIsWrappedInMultiAndExec) {
  EXPECT_EQ(text(transaction()), "MULTI;INCR a;INCR b;EXEC;");
  EXPECT_TRUE(transaction().traits().may_be_partial);
}

TEST(Request, ATransactionsOutcomeIsTheReplyToExec) {
  Request request = transaction();
  const Reply results = Reply::array({Reply::integer(1), Reply::error("WRONGTYPE …")});
  EXPECT_EQ(outcome_of(request, {kOk, kQueued, kQueued, results})->result.value(), results);
}

TEST(Request, ATransactionWithARefusedCommandHadNoEffectAndSaysWhy) {
  Request request = transaction();
  const auto outcome = outcome_of(
      request,
      {kOk, kReadOnly, kQueued, Reply::error("EXECABORT Transaction discarded because of previous errors.")});
  EXPECT_EQ(outcome->result.value(), kReadOnly);
  EXPECT_TRUE(outcome->nothing_ran);
}

TEST(Request, ATransactionThatExecItselfRefusesHadNoEffectAndSaysWhy) {
  Request request = transaction();
  const auto outcome = outcome_of(
      request, {kOk, kQueued, kQueued,
                Reply::error("EXECABORT Transaction discarded because of: READONLY You can't write.")});
  EXPECT_EQ(outcome->result.value().text(), "READONLY You can't write.");
  EXPECT_TRUE(outcome->nothing_ran);
}

TEST(Request, WithoutMultiTheCommandsMayHaveRunAndThatIsSaid) {
  Request request = transaction();
  const auto outcome = outcome_of(request, {Reply::error("NOPERM no permissions"), Reply::integer(1),
                                            Reply::integer(1), Reply::error("ERR EXEC without MULTI")});
  EXPECT_EQ(outcome->result.value().text(),
            "MULTI was refused, and the commands ran one by one: NOPERM no permissions");
  EXPECT_FALSE(outcome->nothing_ran);
}

TEST(Request, WhatExecFailsWithOtherwiseIsNoProofThatNothingRan) {
  Request request = transaction();
  const auto outcome = outcome_of(request, {kOk, kQueued, kQueued, Reply::error("OOM …")});
  EXPECT_EQ(outcome->result.value().text(), "OOM …");
  EXPECT_FALSE(outcome->nothing_ran);
}

TEST(Request, WhatCannotBeSentSaysWhy) {
  EXPECT_EQ(Request(Command(std::vector<std::string>{})).objection(), "the command has no words");
  EXPECT_EQ(Request(Command{"SET", "k", "v"}.acknowledged_by(1, 0ms)).objection(),
            "acknowledged_by: the time must be at least 1 ms");
  EXPECT_EQ(Request(Command{"INCR", "k"}.from(ReadFrom::replica)).objection(),
            "INCR is not known to only read, and has to go to the master");
  EXPECT_EQ(Request(Transaction()).objection(), "the transaction has no commands");
  EXPECT_EQ(Request(Transaction({Command{"WATCH", "k"}})).objection(),
            "WATCH cannot be part of a transaction");
  EXPECT_EQ(Request(Transaction({Command(std::vector<std::string>{})})).objection(),
            "a command of the transaction has no words");
  EXPECT_EQ(Request(Transaction({Command{"SET", "k", "v"}.acknowledged_by(1, 1ms)})).objection(),
            "acknowledged_by: not for a part of a transaction");
  EXPECT_EQ(Request(Transaction({Command{"GET", "k"}.from(ReadFrom::master)})).objection(),
            "from: not for a part of a transaction, which runs on the master");
  EXPECT_EQ(Request(Command{"GET", "k"}.from(ReadFrom::replica)).objection(), "");
  EXPECT_EQ(acknowledged().objection(), "");
  EXPECT_EQ(transaction().objection(), "");
}

}  // namespace
}  // namespace rediscovery::core
