#include "core/attempts.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

using namespace std::chrono_literals;

const Error kLostInDoubt(ErrorCode::connection_lost, Executed::maybe, "10.0.0.1:6379: reset by peer");
const Error kLostUnsent(ErrorCode::connection_lost, Executed::no, "10.0.0.1:6379: reset by peer");
const Error kNoMaster(ErrorCode::no_master, Executed::no, "no verified master within 500 ms");
const Reply kReadOnly = Reply::error("READONLY You can't write against a read only replica.");
const Reply kNoReplicas = Reply::error("NOREPLICAS Not enough good replicas to write.");
const Command kIncr{"INCR", "k"};
const Command kGet{"GET", "k"};

// One command with half a second to live.
class Script {
 public:
  explicit Script(const Command& command) : attempts_(command, now_, now_ + 500ms) {}

  Attempts::Step after(Outcome outcome, std::uint64_t generation = 1) {
    return attempts_.after(std::move(outcome), generation, now_, rng_);
  }
  // How long the next attempt must wait; nullopt: there is none.
  std::optional<Duration> pause_after(Outcome outcome, std::uint64_t generation = 1) {
    const auto step = after(std::move(outcome), generation);
    return step.result ? std::nullopt : std::optional(step.not_before - now_);
  }
  Error give_up(const Error& error) { return attempts_.give_up(error); }
  void pass(Duration time) { now_ += time; }

 private:
  TimePoint now_ = TimePoint{} + 1h;
  Rng rng_{1};
  Attempts attempts_;
};

TEST(Attempts, AReplyEndsThem) {
  const auto step = Script(kIncr).after(Reply::integer(5));
  ASSERT_TRUE(step.result);
  EXPECT_EQ(step.result->value(), Reply::integer(5));
  EXPECT_EQ(step.evidence, std::nullopt);
  EXPECT_FALSE(step.spent);
}

TEST(Attempts, AnOrdinaryErrorReplyEndsThem) {
  const auto step = Script(kIncr).after(Reply::error("ERR value is not an integer or out of range"));
  ASSERT_TRUE(step.result);
  EXPECT_EQ(step.result->error(),
            Error(ErrorCode::server_error, Executed::yes, "ERR value is not an integer or out of range"));
  EXPECT_EQ(step.evidence, std::nullopt);
  EXPECT_FALSE(step.spent);
}

TEST(Attempts, ARefusalByAReplicaIsEvidenceAndTheNextAttemptFollowsAtOnce) {
  const auto step = Script(kIncr).after(kReadOnly);
  EXPECT_FALSE(step.result);
  EXPECT_EQ(step.not_before, TimePoint{} + 1h) << "the master may just have moved";
  EXPECT_EQ(step.evidence, EvidenceKind::read_only);
  EXPECT_EQ(step.detail, kReadOnly.text());
  EXPECT_TRUE(step.spent);
}

TEST(Attempts, OneMasterThatRefusesTwiceIsGivenTime) {
  Script script(kIncr);
  EXPECT_EQ(script.pause_after(kReadOnly, 1), 0ms);
  EXPECT_GE(script.pause_after(kReadOnly, 1), 1ms);
  EXPECT_EQ(script.pause_after(kReadOnly, 2), 0ms) << "another master is another chance";
  EXPECT_GE(script.pause_after(kReadOnly, 2), 1ms);
}

TEST(Attempts, AMasterThatIsOnlyBusyIsAskedAgainAfterAPauseOnTheSameConnection) {
  Script script(kIncr);
  const auto step = script.after(kNoReplicas);
  EXPECT_FALSE(step.result);
  EXPECT_GE(step.not_before, TimePoint{} + 1h + 1ms);
  EXPECT_EQ(step.evidence, std::nullopt);
  EXPECT_FALSE(step.spent);
}

TEST(Attempts, ThePausesGrowWithTheTimeLostButStayShort) {
  Script script(kIncr);
  EXPECT_LE(script.pause_after(kNoReplicas), 2ms);
  script.pass(80ms);
  EXPECT_LE(script.pause_after(kNoReplicas), 10ms);
  script.pass(320ms);
  EXPECT_LE(script.pause_after(kNoReplicas), 50ms);
}

TEST(Attempts, TheyEndWhenTheNextWouldComeTooLate) {
  Script script(kIncr);
  script.pass(499ms);
  EXPECT_EQ(script.pause_after(kReadOnly), 0ms) << "a millisecond is left";
  const auto step = script.after(kReadOnly);
  ASSERT_TRUE(step.result);
  EXPECT_EQ(step.result->error(),
            Error(ErrorCode::server_error, Executed::no, std::string(kReadOnly.text())));
  EXPECT_EQ(step.evidence, EvidenceKind::read_only) << "the next caller is spared the same";
}

TEST(Attempts, AWriteThatWasNotSentIsTriedAgain) { EXPECT_EQ(Script(kIncr).pause_after(kLostUnsent), 0ms); }

TEST(Attempts, AWriteInDoubtIsNeverSentTwice) {
  const auto step = Script(kIncr).after(kLostInDoubt);
  ASSERT_TRUE(step.result);
  EXPECT_EQ(step.result->error(), kLostInDoubt);
  EXPECT_EQ(step.evidence, EvidenceKind::lost);
  EXPECT_TRUE(step.spent);
}

TEST(Attempts, ACommandInDoubtThatOnlyReadsOrIsIdempotentIsSentAgain) {
  EXPECT_EQ(Script(kGet).pause_after(kLostInDoubt), 0ms);
  EXPECT_EQ(Script(Command{"SET", "k", "v"}.idempotent()).pause_after(kLostInDoubt), 0ms);
}

TEST(Attempts, ADoubtIsRememberedOverLaterAttempts) {
  Script script(Command{"SET", "k", "v"}.idempotent());
  script.after(kLostInDoubt, 1);
  script.after(kReadOnly, 2);
  EXPECT_EQ(script.give_up(kNoMaster), Error(kNoMaster.code(), Executed::maybe, kNoMaster.message()))
      << "the last attempt was refused, but the first may have been run";
}

TEST(Attempts, WithoutADoubtTheLastErrorSaysWhetherTheCommandWasRun) {
  Script script(kIncr);
  EXPECT_EQ(script.give_up(kNoMaster), kNoMaster);
  script.after(kReadOnly);
  EXPECT_EQ(script.give_up(kNoMaster), kNoMaster);
}

TEST(Attempts, ASuccessAfterADoubtIsASuccess) {
  Script script(kGet);
  script.after(kLostInDoubt);
  EXPECT_EQ(script.after(Reply::string("v"), 2).result->value(), Reply::string("v"));
}

TEST(Attempts, AScriptThatWasAnsweredIsInDoubtAndNotRepeated) {
  const auto step = Script(Command{"EVAL", "return redis.call('INCR', KEYS[1])", "1", "k"}).after(kReadOnly);
  ASSERT_TRUE(step.result);
  EXPECT_EQ(step.result->error().executed(), Executed::maybe);
  EXPECT_EQ(step.evidence, EvidenceKind::read_only);
}

TEST(Attempts, KnowTheirCommand) {
  EXPECT_TRUE(Attempts(kGet, TimePoint{}, TimePoint{}).traits().only_reads);
  EXPECT_FALSE(Attempts(kIncr, TimePoint{}, TimePoint{}).traits().only_reads);
}

}  // namespace
}  // namespace rediscovery::core
