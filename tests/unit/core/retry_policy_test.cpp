#include "core/retry_policy.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace rediscovery::core {
namespace {

using Next = Verdict::Next;
constexpr auto kReadOnly = EvidenceKind::read_only;
constexpr auto kLost = EvidenceKind::lost;
constexpr auto kSilent = EvidenceKind::silent;
constexpr auto kUnavailable = EvidenceKind::unavailable;

constexpr CommandTraits kWrite{};
constexpr CommandTraits kRead{.only_reads = true};
constexpr CommandTraits kBlocking{.may_block = true};
constexpr CommandTraits kScript{.may_be_partial = true};
constexpr CommandTraits kExec{.may_be_partial = true, .needs_lease = true};

struct ErrorReplyRow {
  const char* text;
  Verdict verdict;
};

// The rows of the table in retry_policy.hpp, with the texts that servers send.
const ErrorReplyRow kErrorReplies[] = {
    {"READONLY You can't write against a read only replica.",
     {Next::when_master_known, Executed::no, kReadOnly, true}},
    {"LOADING Redis is loading the dataset in memory",
     {Next::when_master_known, Executed::no, kUnavailable, true}},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     {Next::when_master_known, Executed::no, kUnavailable, true}},
    {"UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
     {Next::when_master_known, Executed::no, kReadOnly, true}},
    {"UNBLOCKED client unblocked via CLIENT UNBLOCK", {Next::give_back, Executed::no, {}, false}},
    {"NOREPLICAS Not enough good replicas to write.", {Next::here_after_pause, Executed::no, {}, false}},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
     {Next::here_after_pause, Executed::no, {}, false}},
    {"TRYAGAIN Multiple keys request during rehashing of slot",
     {Next::here_after_pause, Executed::no, {}, false}},
    {"ERR value is not an integer or out of range", {Next::give_back, Executed::yes, {}, false}},
    {"WRONGTYPE Operation against a key holding the wrong kind of value",
     {Next::give_back, Executed::yes, {}, false}},
    {"OOM command not allowed when used memory > 'maxmemory'.", {Next::give_back, Executed::yes, {}, false}},
    {"", {Next::give_back, Executed::yes, {}, false}},
};

TEST(RetryPolicy, JudgesEveryErrorReplyAsItsTableSays) {
  for (const auto& row : kErrorReplies) {
    EXPECT_EQ(judge_error_reply(row.text, kWrite), row.verdict) << row.text;
    EXPECT_EQ(judge_error_reply(row.text, kRead), row.verdict) << row.text;
  }
}

TEST(RetryPolicy, NeverRepeatsAScriptOrExecThatTheServerAnswered) {
  for (const auto& row : kErrorReplies) {
    for (const auto& traits : {kScript, kExec}) {
      Verdict expected = row.verdict;
      const bool unblocked = std::string_view(row.text).starts_with("UNBLOCKED");  // neither can be that
      if (unblocked || expected.executed == Executed::yes) continue;
      expected.next = Next::give_back;
      expected.executed = Executed::maybe;
      EXPECT_EQ(judge_error_reply(row.text, traits), expected) << row.text;
    }
  }
}

// EXEC's own proof that nothing was run.
TEST(RetryPolicy, ATransactionThatWasRefusedAsAWholeRanNothingAndIsGivenBack) {
  for (const auto& traits : {kExec, kWrite}) {
    EXPECT_EQ(judge_error_reply("EXECABORT Transaction discarded because of previous errors.", traits),
              (Verdict{Next::give_back, Executed::no, {}, false}));
  }
}

TEST(RetryPolicy, ReadsTheCodeAsAWholeWord) {
  EXPECT_EQ(judge_error_reply("READONLY", kWrite).next, Next::when_master_known);
  EXPECT_EQ(judge_error_reply("BUSY", kWrite).next, Next::here_after_pause);
  for (const auto* text : {"READONLYISH it is", "BUSYKEY Target key name already exists.", "readonly you",
                           "ERR READONLY", "BUSYGROUP Consumer Group name already exists", "LOADINGX"}) {
    EXPECT_EQ(judge_error_reply(text, kWrite), (Verdict{Next::give_back, Executed::yes, {}, false})) << text;
  }
}

struct FailureRow {
  ErrorCode code;
  Executed executed;
  const CommandTraits& traits;
  bool idempotent;
  Verdict verdict;
};

const FailureRow kFailures[] = {
    // lost or protocol, not all sent: certainly not executed, whatever the command
    {ErrorCode::connection_lost,
     Executed::no,
     kWrite,
     false,
     {Next::when_master_known, Executed::no, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::no,
     kRead,
     false,
     {Next::when_master_known, Executed::no, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::no,
     kScript,
     false,
     {Next::when_master_known, Executed::no, kLost, true}},
    {ErrorCode::protocol, Executed::no, kWrite, false, {Next::when_master_known, Executed::no, kLost, true}},
    // lost or protocol, all sent: in doubt
    {ErrorCode::connection_lost,
     Executed::maybe,
     kWrite,
     false,
     {Next::give_back, Executed::maybe, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::maybe,
     kScript,
     false,
     {Next::give_back, Executed::maybe, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::maybe,
     kExec,
     false,
     {Next::give_back, Executed::maybe, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::maybe,
     kBlocking,
     false,
     {Next::give_back, Executed::maybe, kLost, true}},
    {ErrorCode::protocol, Executed::maybe, kWrite, false, {Next::give_back, Executed::maybe, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::maybe,
     kRead,
     false,
     {Next::when_master_known, Executed::maybe, kLost, true}},
    {ErrorCode::connection_lost,
     Executed::maybe,
     kWrite,
     true,
     {Next::when_master_known, Executed::maybe, kLost, true}},
    {ErrorCode::protocol,
     Executed::maybe,
     kRead,
     false,
     {Next::when_master_known, Executed::maybe, kLost, true}},
    // half of a script is not the whole of it twice, whatever its caller promises
    {ErrorCode::connection_lost,
     Executed::maybe,
     kScript,
     true,
     {Next::give_back, Executed::maybe, kLost, true}},
    // the caller's time is over: there is none left for another try, not even of a read
    {ErrorCode::timeout, Executed::no, kWrite, false, {Next::give_back, Executed::no, kSilent, true}},
    {ErrorCode::timeout, Executed::maybe, kWrite, false, {Next::give_back, Executed::maybe, kSilent, true}},
    {ErrorCode::timeout, Executed::maybe, kRead, true, {Next::give_back, Executed::maybe, kSilent, true}},
    // a blocking command's silence says nothing about the master
    {ErrorCode::timeout, Executed::maybe, kBlocking, false, {Next::give_back, Executed::maybe, {}, true}},
};

TEST(RetryPolicy, JudgesEveryFailureAsItsTableSays) {
  for (const auto& row : kFailures) {
    const Error error(row.code, row.executed, "…");
    EXPECT_EQ(judge_failure(error, row.traits, row.idempotent), row.verdict) << error;
  }
}

TEST(RetryPolicy, NoVerdictRunsADoubtfulWriteTwice) {
  for (const auto code : {ErrorCode::connection_lost, ErrorCode::protocol, ErrorCode::timeout}) {
    for (const auto* traits : {&kWrite, &kScript, &kExec, &kBlocking}) {
      EXPECT_EQ(judge_failure(Error(code, Executed::maybe, ""), *traits, false).next, Next::give_back);
    }
  }
}

TEST(RetryPolicy, AConnectionThatFailedIsNeverUsedAgain) {
  for (const auto& row : kFailures) {
    EXPECT_TRUE(judge_failure(Error(row.code, row.executed, ""), row.traits, row.idempotent).spent);
  }
}

TEST(Verdict, IsWrittenForLogs) {
  const auto written = [](const Verdict& verdict) {
    std::ostringstream out;
    out << verdict;
    return out.str();
  };
  EXPECT_EQ(written({Next::give_back, Executed::yes, {}, false}), "give back, executed yes");
  EXPECT_EQ(written({Next::when_master_known, Executed::no, kReadOnly, true}),
            "again when the master is known, executed no, evidence read_only, spent");
  EXPECT_EQ(written({Next::here_after_pause, Executed::no, {}, false}),
            "again here after a pause, executed no");
}

}  // namespace
}  // namespace rediscovery::core
