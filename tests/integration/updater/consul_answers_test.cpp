// What the updater makes of answers that no real Consul gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fake_sentinel.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string http(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

class ConsulAnswers : public ::testing::Test {
 protected:
  ConsulAnswers() : sentinels_(addresses_, 3), consul_(addresses_.next_free_ip(), 8500) {
    sentinels_.tell("10.0.0.5", 7);
    const nlohmann::json config = {
        {"masters", {"mymaster"}},
        {"sentinels", {{"addresses", sentinels_.endpoints()}}},
        {"consul", {{"addresses", {consul_.endpoint()}}, {"token", "very-secret"}, {"timeout_ms", 1500}}},
        {"deadline_ms", 1000}};
    config_ = (keeper_.folder() / "updater.json").string();
    std::ofstream(config_) << config.dump();
  }
  // Every request gets these bytes.
  Finished with_answer(const std::string& bytes, bool close = true) {
    consul_.set_handler([bytes, close](std::string_view) { return TcpAction{bytes, close, {}}; });
    return run_updater(keeper_, {"apply", "--config", config_});
  }

  AddressBlock addresses_;
  Keeper keeper_;
  FakeSentinels sentinels_;
  ScriptedTcp consul_;
  std::string config_;
};

TEST_F(ConsulAnswers, GarbageIsTransientAndExplained) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "unreachable"},
      {"\r\n\r\n", "Consul at"},
      {"+PONG\r\n", "Consul at"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", "Consul at"},
      {http("200 OK", "<html>captive portal</html>"), "malformed"},
      {http("200 OK", "{\"a\":"), "malformed"},
      {http("200 OK", "[[[[[[[[[["), "malformed"},
      {http("200 OK", std::string("\0\xff\xfe", 3)), "malformed"},
      {http("500 Internal Server Error", "No cluster leader"), "unavailable: Consul at"},
      {http("503 Service Unavailable", ""), "unavailable"},
      {http("429 Too Many Requests", ""), "unavailable"},
  };
  for (const auto& [bytes, text] : cases) {
    const auto finished = with_answer(bytes);
    EXPECT_EQ(finished.code, 1) << bytes << "\n" << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(text)) << bytes;
    EXPECT_THAT(finished.output, Not(HasSubstr("very-secret"))) << bytes;
  }
}

TEST_F(ConsulAnswers, ARefusalIsPermanentAndExplained) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {http("403 Forbidden", "ACL not found"), "permission_denied"},
      {http("400 Bad Request", "no"), "rejected"},
      {http("200 OK", "[" + std::string(9U << 20U, ' ') + "]"), "too_large"},
  };
  for (const auto& [bytes, text] : cases) {
    const auto finished = with_answer(bytes);
    EXPECT_EQ(finished.code, 2) << text << "\n" << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(text));
  }
}

TEST_F(ConsulAnswers, AnEchoedTokenDoesNotReachTheLog) {
  for (const auto* status : {"403 Forbidden", "500 Internal Server Error", "200 OK"}) {
    const auto finished = with_answer(http(status, "you sent X-Consul-Token: very-secret"));
    EXPECT_NE(finished.code, 0);
    EXPECT_THAT(finished.output, HasSubstr("it repeats a credential"));
    EXPECT_THAT(finished.output, Not(HasSubstr("very-secret")));
  }
}

TEST_F(ConsulAnswers, TheLoginOfAProxyGoesToItAndNowhereElse) {
  std::ofstream(keeper_.folder() / "auth") << "nginx:hunter2\n";
  auto config = nlohmann::json::parse(std::ifstream(config_));
  config["consul"]["http_auth_file"] = (keeper_.folder() / "auth").string();
  std::ofstream(config_) << config.dump();
  const auto finished = with_answer(
      http("401 Unauthorized", "not you: Authorization: Basic bmdpbng6aHVudGVyMg== nginx:hunter2"));
  EXPECT_THAT(consul_.received(), HasSubstr("Authorization: Basic bmdpbng6aHVudGVyMg=="));
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.output, HasSubstr("it repeats a credential"));
  EXPECT_THAT(finished.output, Not(HasSubstr("hunter2")));
  EXPECT_THAT(finished.output, Not(HasSubstr("bmdpbng6aHVudGVyMg==")));
}

TEST_F(ConsulAnswers, ReadsSayWhereInAConsulEnterprise) {
  auto config = nlohmann::json::parse(std::ifstream(config_));
  config["consul"].update({{"datacenter", "dc2"}, {"namespace", "team"}, {"partition", "part"}});
  std::ofstream(config_) << config.dump();
  (void)with_answer(http("403 Forbidden", ""));
  EXPECT_THAT(consul_.received(),
              HasSubstr("GET /v1/kv/redis-roles/mymaster?dc=dc2&ns=team&partition=part "));
}

TEST_F(ConsulAnswers, SilenceEndsAtTheDeadline) {
  const auto finished = with_answer("", false);
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.output, HasSubstr("timeout"));
  EXPECT_LT(finished.took, 10s) << "the default deadline, which is not its own";
}

TEST_F(ConsulAnswers, TheTokenGoesToConsul) {
  (void)with_answer(http("403 Forbidden", ""));
  EXPECT_THAT(consul_.received(), HasSubstr("X-Consul-Token: very-secret"));
  EXPECT_THAT(consul_.received(), HasSubstr("GET /v1/kv/redis-roles/mymaster"));
}

}  // namespace
}  // namespace rediscovery::testing
