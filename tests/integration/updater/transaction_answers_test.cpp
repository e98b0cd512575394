// What becomes of a transaction: a real Consul behind a proxy that answers it in its place, loses it, or lets
// somebody else be first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "consul_alone.hpp"
#include "consul_proxy.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string refusal(const std::vector<std::string>& whats) {
  nlohmann::json errors = nlohmann::json::array();
  for (const auto& what : whats) errors.push_back({{"OpIndex", errors.size()}, {"What", what}});
  return nlohmann::json{{"Results", nullptr}, {"Errors", errors}}.dump();
}

class TransactionAnswers : public ::testing::Test {
 protected:
  using Hook = std::function<std::optional<TcpAction>(int number)>;

  // `hook` is asked about each transaction, by its number from 1 on.
  Finished apply(const Hook& hook, std::uint64_t epoch) {
    transactions_ = 0;
    ConsulProxy::Hooks hooks;
    hooks.before = [this, hook](const ConsulProxy::Request& request) {
      return request.path == "/v1/txn" ? hook(++transactions_) : std::nullopt;
    };
    proxy_.set_hooks(hooks);
    alone_.sentinels().tell(epoch % 2 == 0 ? "10.0.0.6" : "10.0.0.5", epoch,
                            {epoch % 2 == 0 ? "10.0.0.5" : "10.0.0.6"});
    return alone_.apply(
        {{"addresses", {proxy_.endpoint()}}, {"dns", nlohmann::json::array()}, {"timeout_ms", 1000}});
  }
  static Hook once(const TcpAction& answer) {
    return [answer](int number) { return number == 1 ? std::optional(answer) : std::nullopt; };
  }
  static Hook always(const TcpAction& answer) {
    return [answer](int) { return std::optional(answer); };
  }

  ConsulAlone alone_;
  AddressBlock addresses_;
  ConsulProxy proxy_{addresses_, alone_.consul()};
  std::atomic<int> transactions_{0};
};

TEST_F(TransactionAnswers, WhoIsBeatenToTheFenceReadsAgainAndWrites) {
  ASSERT_EQ(apply([](int) { return std::nullopt; }, 1).code, 0);
  // Consul itself says so: the record has another index.
  const auto finished = apply(
      [this](int number) {
        if (number == 1) {
          auto record = alone_.fence();
          record["writer"] = "somebody else";
          alone_.consul().kv_put("redis-roles/mymaster", record.dump());
        }
        return std::nullopt;
      },
      2);
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_EQ(transactions_, 2);
  EXPECT_EQ(alone_.fence()["epoch"], 2);
}

TEST_F(TransactionAnswers, WhatPassesIsTriedAgainAndWrittenOnce) {
  const std::vector<std::pair<std::string, TcpAction>> cases = {
      {"stale index", http_answer("409 Conflict", refusal({"failed to set key \"k\", index is stale"}))},
      {"a node that is gone", http_answer("409 Conflict", refusal({"Missing node registration"}))},
      {"no leader", http_answer("500 Internal Server Error", "No cluster leader")},
      {"a conflict without a word", http_answer("409 Conflict", "")},
      {"garbage", http_answer("200 OK", "<html>captive portal</html>")},
      {"half an answer", {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", true}},
      {"nothing", {"", true}},
      {"silence", {}},
      {"a trickle", {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[]", false, {}, 50ms}},
  };
  std::uint64_t epoch = 0;
  for (const auto& [what, answer] : cases) {
    const auto finished = apply(once(answer), ++epoch);
    EXPECT_EQ(finished.code, 0) << what << "\n" << finished.output;
    EXPECT_EQ(transactions_, 2) << what;
    EXPECT_EQ(alone_.fence()["epoch"], epoch) << what;
    EXPECT_EQ(alone_.fence()["revision"], epoch) << what;
  }
}

TEST_F(TransactionAnswers, WhatDoesNotPassIsTransientAtTheDeadlineAndChangesNothing) {
  ASSERT_EQ(apply([](int) { return std::nullopt; }, 1).code, 0);
  for (const auto& answer :
       {http_answer("409 Conflict", refusal({"failed to set key \"k\", index is stale"})),
        http_answer("500 Internal Server Error", "No cluster leader"), TcpAction{}}) {
    const auto finished = apply(always(answer), 2);
    EXPECT_EQ(finished.code, 1) << answer.bytes << "\n" << finished.output;
    EXPECT_EQ(alone_.fence()["epoch"], 1);
  }
}

TEST_F(TransactionAnswers, ARefusalIsToldFromALostRaceAndNotRepeated) {
  ASSERT_EQ(apply([](int) { return std::nullopt; }, 1).code, 0);
  const std::vector<std::pair<TcpAction, std::string>> cases = {
      {http_answer("409 Conflict", refusal({"Permission denied"})), "permission_denied"},
      {http_answer("409 Conflict", refusal({"failed to set key \"k\", index is stale", "Permission denied"})),
       "permission_denied"},
      {http_answer("403 Forbidden", "Permission denied"), "permission_denied"},
      {http_answer("409 Conflict", refusal({"invalid node name"})), "rejected"},
      {http_answer("413 Request Entity Too Large", ""), "too_large"},
  };
  for (const auto& [answer, word] : cases) {
    const auto finished = apply(always(answer), 2);
    EXPECT_EQ(finished.code, 2) << answer.bytes << "\n" << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(word)) << answer.bytes;
    EXPECT_EQ(transactions_, 1) << answer.bytes;
    EXPECT_EQ(alone_.fence()["epoch"], 1);
  }
}

}  // namespace
}  // namespace rediscovery::testing
