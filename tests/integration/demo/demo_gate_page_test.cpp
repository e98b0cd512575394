// The gate on the demo's page, over HTTP: real st-api, Consul, Knot DNS and st-api-gate behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "demo_process.hpp"
#include "support/dns_client.hpp"
#include "support/keeper.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience{60};

// The cases share a demo, and run in the order in which they stand here.
class DemoGatePage : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    keeper_ = std::make_unique<Keeper>();
    demo_ = std::make_unique<DemoProcess>(*keeper_, "demo",
                                          std::vector<std::string>{"--web", "--port", "0", "--rate", "20"});
    demo_->launch();
    demo_->wait_ready(std::chrono::seconds(60));
  }
  static void TearDownTestSuite() {
    demo_.reset();
    keeper_.reset();
  }
  static nlohmann::json gate() { return demo_->state()["gate"]; }
  static nlohmann::json node(std::size_t i) { return gate()["nodes"][i]; }
  static std::size_t in_answer() { return gate()["answer"].size(); }
  static void wait(const std::function<bool()>& done, const std::string& what) {
    wait_until(done, kPatience, what, std::chrono::milliseconds(50));
  }
  // The text of all that has been told.
  static std::string lines() {
    std::string text;
    const auto now = gate();
    for (const auto& line : now["lines"])
      text += line["who"].get<std::string>() + ": " + line["text"].get<std::string>() + "\n";
    return text;
  }

  static std::unique_ptr<Keeper> keeper_;
  static std::unique_ptr<DemoProcess> demo_;
};

std::unique_ptr<Keeper> DemoGatePage::keeper_;
std::unique_ptr<DemoProcess> DemoGatePage::demo_;

TEST_F(DemoGatePage, IsNotThereUntilSomebodyAsksForIt) {
  EXPECT_EQ(gate()["phase"], "off");
  EXPECT_TRUE(gate()["orders"]["start"]["enabled"]);
  const auto early = demo_->press_gate("take-redis/st-api-1");
  EXPECT_EQ(early.status, 409);
  EXPECT_THAT(early.text, HasSubstr("have not been started"));
  EXPECT_EQ(demo_->request("POST", "/gate/start").status, 403) << "without the header";
  EXPECT_EQ(demo_->request("GET", "/gate/start", {{"X-Rediscovery", "demo"}}).status, 405);
  EXPECT_EQ(gate()["phase"], "off");
}

TEST_F(DemoGatePage, NewNodesStayOutUntilTheyAreAdmitted) {
  ASSERT_EQ(demo_->press_gate("start").status, 202);
  EXPECT_EQ(demo_->press_gate("start").status, 409);
  wait([] { return gate()["phase"] == "running"; }, "the gate to run");
  wait(
      [] {
        const auto nodes = gate()["nodes"];
        return std::all_of(nodes.begin(), nodes.end(), [](const auto& one) {
          return one["check"] == "passing" &&
                 one["why"].template get<std::string>().find("not admitted yet") != std::string::npos;
        });
      },
      "three that are passing and not admitted");
  EXPECT_EQ(in_answer(), 0U);
  ASSERT_EQ(demo_->press_gate("admit/st-api-1").status, 202);
  wait([] { return in_answer() == 1; }, "the first in the answer");
  ASSERT_EQ(demo_->press_gate("admit").status, 202);
  wait([] { return in_answer() == 3; }, "all in the answer");
  // It is the DNS server that is shown.
  const std::string server = gate()["server"];
  const auto colon = server.find(':');
  EXPECT_EQ(
      dns_query(server.substr(0, colon), static_cast<std::uint16_t>(std::stoi(server.substr(colon + 1))),
                gate()["name"], DnsType::a)
          .addresses()
          .size(),
      3U);
}

TEST_F(DemoGatePage, TellsWhyAButtonIsNotPossible) {
  for (const char* name : {"meteor", "take-redis/st-api-9", "take-redis/", "", "take-redis/st-api-1/x"}) {
    const auto answer = demo_->press_gate(name);
    EXPECT_EQ(answer.status, 404) << name;
    EXPECT_THAT(answer.text, HasSubstr("take-redis")) << name;
  }
  const auto answer = demo_->press_gate("give-redis/st-api-1");
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.text, HasSubstr("has not been taken away"));
  wait([] { return gate()["orders"]["admit"].contains("why"); }, "why nobody can be admitted");
}

TEST_F(DemoGatePage, WithoutItsRedisANodeLeavesTheAnswerAndReturnsWithIt) {
  ASSERT_EQ(demo_->press_gate("take-redis/st-api-2").status, 202);
  EXPECT_FALSE(node(1)["redis"]);
  wait([] { return node(1)["check"] == "critical" && !node(1)["in_answer"]; }, "it to leave");
  EXPECT_EQ(in_answer(), 2U);
  const auto left = gate()["took"].back();
  EXPECT_EQ(left["id"], "st-api-2");
  ASSERT_EQ(left["phases"].size(), 2U) << left;
  EXPECT_GT(left["phases"][1]["ms"], 0);
  wait([] { return lines().find("audit: removed") != std::string::npos; }, "the gate's audit line");
  EXPECT_THAT(lines(), AllOf(HasSubstr("the operator: Redis is taken away from st-api-2"),
                             HasSubstr("Consul: the check of st-api-2 is critical"),
                             HasSubstr("(st-api-2) is out of the answer")));
  ASSERT_EQ(demo_->press_gate("give-redis/st-api-2").status, 202);
  wait([] { return node(1)["check"] == "passing" && in_answer() == 3; }, "it to return");
  EXPECT_TRUE(gate()["took"].back()["in"]);
}

TEST_F(DemoGatePage, WhenAllFailTheFloorHolds) {
  ASSERT_EQ(demo_->press_gate("take-redis").status, 202);
  wait([] { return gate()["guard"] == "freeze"; }, "so many at once not to be believed");
  EXPECT_GE(in_answer(), 2U);
  wait([] { return gate()["guard"] == "floor" && in_answer() == 2; }, "the floor");
  EXPECT_EQ(gate()["floor"].dump(), R"({"least":2,"of":3})");
  ASSERT_EQ(demo_->press_gate("give-redis").status, 202);
  wait([] { return gate()["guard"] == "" && in_answer() == 3; }, "all to return");
}

TEST_F(DemoGatePage, WhoIsExcludedLeavesByHand) {
  ASSERT_EQ(demo_->press_gate("exclude/st-api-3").status, 202);
  wait(
      [] {
        return !node(2)["in_answer"] &&
               node(2)["why"].get<std::string>().find("on the page") != std::string::npos;
      },
      "it to leave, and why");
  ASSERT_EQ(demo_->press_gate("admit/st-api-3").status, 202);
  wait([] { return in_answer() == 3; }, "it to return");
}

TEST_F(DemoGatePage, AllOfItEndsWithTheDemo) {
  const std::string server = gate()["server"];
  const auto colon = server.find(':');
  keeper_->signal(demo_->pid(), SIGTERM);
  EXPECT_EQ(demo_->wait_exit(), 0);
  EXPECT_ANY_THROW((void)dns_query(server.substr(0, colon),
                                   static_cast<std::uint16_t>(std::stoi(server.substr(colon + 1))),
                                   "st-api.example.test", DnsType::a, std::chrono::milliseconds(200)));
}

TEST_F(DemoGatePage, WhatCannotBeStartedIsSaidAndMayBeTriedAgain) {
  DemoProcess other(*keeper_, "without-gate",
                    {"--web", "--port", "0", "--rate", "20", "--gate-program", "/nowhere/st-api-gate"});
  other.launch();
  other.wait_ready(kPatience);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(other.press_gate("start").status, 202);
    wait([&] { return other.state()["gate"]["phase"] == "failed"; }, "it to fail");
    EXPECT_THAT(other.state()["gate"]["problem"].get<std::string>(), HasSubstr("/nowhere/st-api-gate"));
  }
  EXPECT_TRUE(other.state()["state"]["busy"].is_null()) << "the failover's part goes on";
}

}  // namespace
}  // namespace rediscovery::testing
