// st-api-gate's commands, on a real Consul and a real DNS server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Answer = std::vector<std::string>;

class GateCommands : public ::testing::Test {
 protected:
  GateCommands() {
    stage_.enroll("a", "192.0.2.1");
    stage_.enroll("b", "192.0.2.2");
    stage_.enroll("c", "192.0.2.3");
  }
  GateStage stage_;
};

TEST_F(GateCommands, OncePutsThePassingAndAdmittedIntoTheAnswerAndSaysWho) {
  stage_.enroll("new", "192.0.2.4", false);
  stage_.enroll("ill", "192.0.2.5");
  stage_.set("ill", "critical");
  const auto once = stage_.gate("once");
  EXPECT_EQ(once.code, 0) << once.output;
  EXPECT_EQ(stage_.answer(), (Answer{"192.0.2.1", "192.0.2.2", "192.0.2.3"}));
  EXPECT_THAT(once.output, AllOf(HasSubstr("audit: added"), HasSubstr(R"("who":"a on consul")"),
                                 HasSubstr(R"("consul_index":)")));
  const auto again = stage_.gate("once");
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.output, Not(HasSubstr("audit"))) << "nothing is written twice";
}

TEST_F(GateCommands, OnceRemovesTheCriticalAndNobodyElse) {
  stage_.publish();
  stage_.set("b", "critical");
  const auto once = stage_.gate("once");
  EXPECT_EQ(once.code, 0) << once.output;
  EXPECT_THAT(once.output,
              HasSubstr(R"("audit: removed","address":"192.0.2.2","who":"b on consul","why":"critical")"));
  EXPECT_EQ(stage_.answer(), (Answer{"192.0.2.1", "192.0.2.3"}));
}

TEST_F(GateCommands, PlanPrintsTheDifferenceAndWritesNothing) {
  stage_.publish();
  stage_.set("b", "critical");
  const auto memory = stage_.consul().kv_get("st-api-gate/memory");
  const auto plan = stage_.gate("plan");
  EXPECT_EQ(plan.code, 0);
  EXPECT_EQ(plan.output, "- 192.0.2.2  b on consul  critical\n");
  const auto json = nlohmann::json::parse(stage_.gate("plan", {"--json"}).output);
  EXPECT_EQ(json.at("changes").at(0).at("address"), "192.0.2.2");
  EXPECT_EQ(json.at("changes").at(0).at("change"), "remove");
  EXPECT_EQ(stage_.answer().size(), 3U);
  EXPECT_EQ(stage_.consul().kv_get("st-api-gate/memory"), memory);
}

TEST_F(GateCommands, ANewNodeEntersOnceItIsAdmitted) {
  stage_.publish();
  stage_.enroll("d", "192.0.2.4", false);
  EXPECT_EQ(stage_.gate("once").code, 0);
  EXPECT_EQ(stage_.answer().size(), 3U);
  const auto admit = stage_.gate("admit", {"d", "--author", "ada"});
  EXPECT_EQ(admit.code, 0);
  EXPECT_THAT(admit.output, HasSubstr("d: admitted\n"));
  EXPECT_EQ(stage_.gate("once").code, 0);
  EXPECT_EQ(stage_.answer().size(), 4U);
  EXPECT_THAT(*stage_.consul().kv_get("st-api-gate/subjects/d"), HasSubstr(R"("author":"ada")"));
}

TEST_F(GateCommands, AnExclusionHasReasonAuthorAndExpiryAndAnAdmissionEndsIt) {
  stage_.publish();
  const auto exclude = stage_.gate("exclude", {"b", "--reason", "disk", "--for", "2h", "--author", "ada"});
  EXPECT_EQ(exclude.code, 0) << exclude.output;
  EXPECT_EQ(stage_.gate("once").code, 0);
  EXPECT_EQ(stage_.answer(), (Answer{"192.0.2.1", "192.0.2.3"}));
  EXPECT_THAT(stage_.gate("status").output, HasSubstr("b on consul: excluded (b) by ada: disk, until 20"));
  EXPECT_EQ(stage_.gate("admit", {"b"}).code, 0);
  EXPECT_EQ(stage_.gate("once").code, 0);
  EXPECT_EQ(stage_.answer().size(), 3U);
}

TEST_F(GateCommands, AnExclusionEndsByItself) {
  stage_.publish();
  EXPECT_EQ(stage_.gate("exclude", {"b", "--reason", "a moment", "--for", "1s"}).code, 0);
  wait_until([this] { return stage_.gate("once").code == 0 && stage_.answer().size() == 3; },
             std::chrono::seconds(30), "b to be back");
}

TEST_F(GateCommands, WithTheNodesNameAllOfItsInstancesAreMeant) {
  EXPECT_EQ(stage_.gate("exclude", {"consul", "--reason", "the whole host"}).code, 0);
  const auto plan = stage_.gate("plan");
  EXPECT_EQ(plan.output, "nothing to do\n");
  EXPECT_THAT(stage_.gate("status").output, HasSubstr("a on consul: excluded (consul) by"));
}

TEST_F(GateCommands, StatusTellsEachInstanceAndWhyItIsOut) {
  stage_.publish();
  stage_.enroll("d", "192.0.2.4", false);
  stage_.set("b", "warning");
  const auto status = stage_.gate("status");
  EXPECT_EQ(status.code, 0) << status.output;
  EXPECT_THAT(status.output, HasSubstr("192.0.2.1             in            passing   a on consul\n"));
  EXPECT_THAT(status.output, HasSubstr("192.0.2.2             in            warning   b on consul\n"));
  EXPECT_THAT(status.output, HasSubstr("192.0.2.4             out           passing   d on consul: seen for "
                                       "the first time: not admitted yet\n"));
  const auto json = nlohmann::json::parse(stage_.gate("status", {"--json"}).output);
  EXPECT_EQ(json.at("instances").size(), 4U);
  EXPECT_THAT(status.output, HasSubstr("the floor: 2 of 3 stay, whatever their health\n"));
  EXPECT_EQ(json.at("floor").dump(), R"({"least":2,"of":3})");
}

TEST_F(GateCommands, WhatTheKvHoldsThatNoGateHasWrittenIsSaidAndDoesNoHarm) {
  stage_.publish();
  stage_.consul().kv_put("st-api-gate/subjects/b", "nonsense");
  stage_.consul().kv_put("st-api-gate/memory", "nonsense");
  const auto once = stage_.gate("once");
  EXPECT_EQ(once.code, 0) << once.output;
  EXPECT_THAT(once.output,
              AllOf(HasSubstr("the entry subjects/b cannot be understood: it counts as an exclusion"),
                    HasSubstr("st-api-gate/memory cannot be understood: it is written anew")));
  EXPECT_EQ(stage_.answer(), (Answer{"192.0.2.1", "192.0.2.3"}));
  EXPECT_THAT(stage_.gate("status").output, HasSubstr("the floor: 2 of 3 stay"));
}

TEST_F(GateCommands, WhenAllFailTheFloorHoldsAndTheExitCodeSaysIt) {
  stage_.publish();
  for (const char* id : {"a", "b", "c"}) stage_.set(id, "critical");
  const auto frozen = stage_.gate("once");
  EXPECT_EQ(frozen.code, 3) << frozen.output;
  EXPECT_THAT(frozen.output, HasSubstr(R"("held_by":"freeze")"));
  EXPECT_EQ(stage_.answer().size(), 3U);
  const auto floor = stage_.gate("once", {"--shrink-window-ms", "0"});
  EXPECT_EQ(floor.code, 3) << floor.output;
  EXPECT_THAT(floor.output, HasSubstr(R"("held_by":"floor")"));
  EXPECT_EQ(stage_.answer().size(), 2U);
  EXPECT_EQ(stage_.gate("once", {"--shrink-window-ms", "0"}).code, 3);
  EXPECT_EQ(stage_.answer().size(), 2U);
}

TEST_F(GateCommands, WithoutConsulOrTheDnsServerNothingChangesAndItIsToBeTriedAgain) {
  stage_.publish();
  stage_.dns().kill();
  const auto without_dns = stage_.gate("once", {"--deadline-ms", "600"});
  EXPECT_EQ(without_dns.code, 1);
  EXPECT_THAT(without_dns.output,
              HasSubstr("DNS server " + stage_.dns().ip() + " port 5353 does not answer"));
  stage_.dns().restart();
  stage_.consul().kill();
  const auto without_consul = stage_.gate("once", {"--deadline-ms", "600"});
  EXPECT_EQ(without_consul.code, 1);
  EXPECT_THAT(without_consul.output, HasSubstr("does not answer"));
  EXPECT_EQ(stage_.gate("plan").code, 1);
  EXPECT_EQ(stage_.answer().size(), 3U);
}

TEST_F(GateCommands, AServiceThatIsGoneLeavesTheFloorNotNothing) {
  stage_.publish();
  for (const char* id : {"a", "b", "c"})
    stage_.consul().put(std::string("/v1/agent/service/deregister/") + id, "");
  EXPECT_EQ(stage_.gate("once").code, 3);
  EXPECT_EQ(stage_.answer().size(), 3U);
  EXPECT_EQ(stage_.gate("once", {"--shrink-window-ms", "0"}).code, 3);
  EXPECT_EQ(stage_.answer().size(), 1U);
}

TEST_F(GateCommands, AListThatIsGoneChangesNothing) {
  stage_.publish();
  const auto plan = stage_.gate("plan", {"--kv-prefix", "elsewhere"});
  EXPECT_EQ(plan.code, 3);
  EXPECT_THAT(plan.output, HasSubstr("nothing is changed: the list of the admitted is empty"));
}

TEST_F(GateCommands, ThePublicAddressOfTheMetaCountsBeforeTheServices) {
  stage_.consul().put("/v1/agent/service/register", {{"ID", "d"},
                                                     {"Name", "st-api"},
                                                     {"Address", "10.0.0.4"},
                                                     {"Port", 8080},
                                                     {"Meta", {{"public_address", "2001:DB8:0::4"}}}});
  stage_.admit("d");
  stage_.publish();
  EXPECT_EQ(stage_.answer(), (Answer{"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::4"}));
}

}  // namespace
}  // namespace rediscovery::testing
