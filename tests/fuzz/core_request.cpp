// However a server answers what belongs together: one result, after as many replies as there were commands;
// a success only if it was one, "nothing was run" only if the server said so, and a script's text sent once.
#include "core/request.hpp"

#include <algorithm>
#include <string>

#include <rediscovery/script.hpp>

#include "fuzz/bytes.hpp"
#include "fuzz/replies.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReplicas = 2;

enum class Kind { command, script, acknowledged, acknowledged_script, transaction };

core::Request request_of(Kind kind, std::size_t commands) {
  const Script script("return 1");
  switch (kind) {
    case Kind::command:
      return {Command{"SET", "k", "v"}};
    case Kind::script:
      return {script.call({"k"})};
    case Kind::acknowledged:
      return {Command{"SET", "k", "v"}.acknowledged_by(kReplicas, 10ms)};
    case Kind::acknowledged_script:
      return {script.call({"k"}).acknowledged_by(kReplicas, 10ms)};
    case Kind::transaction:
      break;
  }
  Transaction transaction;
  for (std::size_t i = 0; i < commands; ++i) transaction.add({"INCR", "k"});
  return {std::move(transaction)};
}

void check(const core::Outcome& outcome, Kind kind, const std::vector<Reply>& replies) {
  const bool is_script = kind == Kind::script || kind == Kind::acknowledged_script;
  const auto says = [](const Reply& reply, const char* what) {
    return reply.is_error() && reply.text().starts_with(what);
  };
  const bool is_refused = kind == Kind::transaction ? says(replies.back(), "EXECABORT")
                                                    : is_script && says(replies.front(), "NOSCRIPT");
  EXPECT_EQ(outcome.nothing_ran, is_refused);
  EXPECT_TRUE(!outcome.again_at_once || outcome.nothing_ran) << "run twice";
  if (!outcome.result) {
    EXPECT_EQ(outcome.result.error().executed(), Executed::maybe) << "the master has answered";
    return;
  }
  if (outcome.result->is_error()) return;
  EXPECT_FALSE(replies.size() == 1 && replies.back().is_error());
  EXPECT_FALSE(kind == Kind::transaction && replies.back().is_error()) << "a refused transaction succeeded";
  if (kind != Kind::acknowledged && kind != Kind::acknowledged_script) return;
  EXPECT_FALSE(replies.front().is_error());
  const auto acknowledged = replies.back().to_integer();
  ASSERT_TRUE(acknowledged);
  EXPECT_GE(*acknowledged, static_cast<std::int64_t>(kReplicas)) << "told as acknowledged";
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  const auto kind = static_cast<fuzz::Kind>(input.below(5));
  auto request = fuzz::request_of(kind, 1 + input.below(4));
  EXPECT_EQ(request.objection(), "");
  bool text_was_sent = false;
  std::vector<Reply> since_sent;
  request.sent();
  for (auto& reply : fuzz::replies_in(input.rest())) {
    since_sent.push_back(reply);
    const auto outcome = request.on_reply(std::move(reply));
    EXPECT_TRUE(request.was_answered());
    EXPECT_EQ(outcome.has_value(), since_sent.size() == request.size());
    if (!outcome) continue;
    // Once the text was sent it is a command like any other.
    const auto plain = kind == fuzz::Kind::script ? fuzz::Kind::command : fuzz::Kind::acknowledged;
    fuzz::check(*outcome, text_was_sent ? plain : kind, since_sent);
    if (outcome->again_at_once) {
      EXPECT_FALSE(text_was_sent) << "and so for ever";
      text_was_sent = true;
      EXPECT_EQ(request.command(0).words().at(0), "EVAL");
    }
    since_sent.clear();
    request.sent();
    EXPECT_FALSE(request.was_answered());
  }
  return 0;
}
