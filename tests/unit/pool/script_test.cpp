#include <rediscovery/script.hpp>

#include <gtest/gtest.h>

#include "core/request.hpp"

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

// As `SCRIPT LOAD "return 1"` answers it.
constexpr const char* kShaOfReturn1 = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

const Reply kNoScript = Reply::error("NOSCRIPT No matching script. Please use EVAL.");

TEST(Script, IsCalledByItsHash) {
  const Script script("return 1");
  EXPECT_EQ(script.sha(), kShaOfReturn1);
  EXPECT_EQ(script.call({"k1", "k2"}, {"a"}).words(),
            (std::vector<std::string>{"EVALSHA", kShaOfReturn1, "2", "k1", "k2", "a"}));
}

TEST(Script, WhereTheServerDoesNotKnowItItsTextIsSentAtOnce) {
  core::Request request(Script("return 1").call({"k"}, {"a"}).idempotent());
  const auto outcome = request.on_reply(kNoScript);
  EXPECT_TRUE(outcome->again_at_once);
  EXPECT_EQ(request.command(0).words(), (std::vector<std::string>{"EVAL", "return 1", "1", "k", "a"}));
  EXPECT_TRUE(request.is_idempotent());
}

TEST(Script, ItsTextIsSentOnlyOnce) {
  core::Request request(Script("return 1").call({}));
  EXPECT_TRUE(request.on_reply(kNoScript)->again_at_once);
  EXPECT_FALSE(request.on_reply(kNoScript)->again_at_once);
}

// NOSCRIPT would come with EXEC, when the others have run.
TEST(Script, InATransactionItsTextIsSent) {
  const core::Request request(Transaction({Command{"INCR", "n"}, Script("return 1").call({"k"}, {"a"})}));
  EXPECT_EQ(request.command(2).words(), (std::vector<std::string>{"EVAL", "return 1", "1", "k", "a"}));
  EXPECT_EQ(request.objection(), "");
  const core::Request elsewhere(Transaction({Script("return 1").call({}).from(ReadFrom::replica)}));
  EXPECT_NE(elsewhere.objection(), "");
}

TEST(Script, WithAcknowledgementsItsTextHasThemToo) {
  core::Request request(Script("return 1").call({}).acknowledged_by(1, 20ms));
  request.sent();
  EXPECT_FALSE(request.on_reply(kNoScript));
  EXPECT_TRUE(request.on_reply(Reply::integer(1))->again_at_once);
  EXPECT_EQ(request.size(), 2U);
  EXPECT_EQ(request.command(0).words().front(), "EVAL");
  EXPECT_EQ(request.command(1).words(), (std::vector<std::string>{"WAIT", "1", "20"}));
}

}  // namespace
}  // namespace rediscovery
