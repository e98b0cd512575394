// The findings about Consul, what it holds, DNS, and the nodes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check_situation.hpp"
#include "updater/check_gather.hpp"

namespace rediscovery::updater::testing {
namespace {

using consul::ErrorKind;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CheckConsul, WhatIsAwayHealsAndWhatIsWrongDoesNot) {
  CheckSituation situation;
  situation.facts.agents[0].error = consul::Error{ErrorKind::unreachable, "refused"};
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("healing"), HasSubstr("start the agent")));
  situation.facts.agents[0].error = consul::Error{ErrorKind::tls, "no trust"};
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("problem"), HasSubstr("consul.tls")));
  situation.facts.agents[0].error.reset();
  situation.facts.agents[0].has_leader = false;
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("healing"), HasSubstr("no leader")));
}

TEST(CheckConsul, AnAnswerThatIsNotWhatWasAskedForIsToldWithWhatToCompare) {
  CheckSituation situation;
  situation.facts.agents[0].error = consul::Error{ErrorKind::permission_denied, "Permission denied"};
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("problem"), HasSubstr("consul.token")));
  situation.facts.agents[0].error = consul::Error{ErrorKind::malformed, "<html>"};
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("healing"), HasSubstr("consul.addresses")));
  for (const auto kind : {ErrorKind::rejected, ErrorKind::too_large}) {
    situation.facts.agents[0].error = consul::Error{kind, "no"};
    EXPECT_THAT(situation.complaint(Area::consul),
                AllOf(HasSubstr("problem"), HasSubstr("section \"consul\"")));
  }
}

TEST(CheckConsul, AReplicaThatIsLeftOutIsToldAlsoWhenAllElseIsInOrder) {
  CheckSituation situation;
  situation.consul().nodes["redis-10-0-0-7"].has_agent = true;
  std::erase_if(situation.consul().entries, [](const auto& entry) { return entry.address == "10.0.0.7"; });
  EXPECT_THAT(situation.complaint(Area::catalog), AllOf(HasSubstr("warning"), HasSubstr("10.0.0.7")));
}

TEST(CheckConsul, WithoutAnyAddressWhatIsNotLookedAtIsNamed) {
  CheckSituation situation;
  situation.facts.agents.push_back(
      {"http://10.0.2.2:8500", consul::Error{ErrorKind::timeout, "late"}, false, "", "", {}});
  EXPECT_THAT(situation.complaints(), ElementsAre("healing consul"));
  situation.facts.agents[0].has_leader = false;
  EXPECT_THAT(situation.complaints(), ElementsAre("healing consul", "healing consul", "healing consul"));
}

TEST(CheckConsul, ADatacenterThatItDoesNotKnowIsNamedWithThoseItKnows) {
  CheckSituation situation;
  situation.facts.datacenter = "dc9";
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("dc9"), HasSubstr("one of dc1")));
}

TEST(CheckConsul, ATokenThatExpiresOrDoesNotExistIsTold) {
  CheckSituation situation;
  situation.facts.token = consul::TokenReport{true, {"updater"}, "2027-01-01T00:00:00Z"};
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("warning"), HasSubstr("2027-01-01")));
  situation.facts.token = consul::Error{ErrorKind::permission_denied, "ACL not found"};
  EXPECT_THAT(situation.complaint(Area::consul),
              AllOf(HasSubstr("problem"), HasSubstr("consul acl token create")));
  situation.facts.token = consul::Error{ErrorKind::timeout, "late"};
  EXPECT_THAT(situation.complaint(Area::consul), AllOf(HasSubstr("healing"), HasSubstr("run check again")));
  situation.facts.token = consul::TokenReport{false, {}, ""};
  EXPECT_EQ(situation.complaint(Area::consul), "");
}

TEST(CheckPermissions, TheTrialHoldsEverythingThatTheUpdaterDoesAndCannotSucceed) {
  const MasterConfig master{"mymaster", {}};
  const auto operations = trial_operations(Config{}, master, {redis(5), redis(6)});
  EXPECT_EQ(std::get<consul::KvCas>(operations[0]).index, consul::kImpossibleIndex);
  for (std::size_t kind = 0; kind < std::variant_size_v<consul::Operation>; ++kind) {
    EXPECT_THAT(operations, Contains(::testing::ResultOf([](const auto& op) { return op.index(); }, kind)));
  }
  std::vector<core::Endpoint> many;
  for (int number = 1; number < 60; ++number) many.push_back(redis(number));
  EXPECT_LE(trial_operations(Config{}, master, many).size(), consul::kMostOperations);
  EXPECT_GT(trial_operations(Config{}, master, {}).size(), 1U);
}

TEST(CheckPermissions, BesideAnAgentTheRightToMakeNodesIsNotTried) {
  Config config;
  config.agent = AgentSettings{redis(5)};
  for (const auto& operation : trial_operations(config, {"mymaster", {}}, {redis(5)}))
    EXPECT_FALSE(std::holds_alternative<consul::SetNode>(operation));
}

TEST(CheckPermissions, EachRefusedOperationNamesItsRuleOnce) {
  CheckSituation situation;
  auto operations = trial_operations(Config{}, situation.master().config, {redis(5)});
  consul::Denials everything;
  for (std::size_t i = 0; i < operations.size(); ++i) everything.push_back(i);
  situation.master().trial = TrialFact{operations, everything};
  std::vector<std::string> remedies;
  for (const auto& finding : findings(situation.facts)) {
    if (finding.grade == Grade::problem) remedies.push_back(finding.remedy);
  }
  EXPECT_THAT(remedies, ElementsAre(HasSubstr(R"(key_prefix "redis-roles/" { policy = "write" })"),
                                    HasSubstr(R"(node_prefix "redis-" { policy = "write" })"),
                                    HasSubstr(R"(service "master" { policy = "write" })"),
                                    HasSubstr(R"(service "slave" { policy = "write" })")));
}

TEST(CheckFence, AheadOfTheSentinelsAsksForTheResetIfMostOfThemAreThere) {
  CheckSituation situation;
  situation.consul().fence->epoch = 40;
  EXPECT_THAT(situation.complaint(Area::fence),
              AllOf(HasSubstr("problem"), HasSubstr("--accept-epoch-reset")));
  situation.cannot_be_reached(1);
  situation.cannot_be_reached(2);
  EXPECT_THAT(situation.complaint(Area::fence), AllOf(HasSubstr("healing"), HasSubstr("too few")));
}

TEST(CheckFence, AnotherMasterAtTheSameEpochNamesTheWriter) {
  CheckSituation situation;
  situation.consul().fence->address = redis(6);
  EXPECT_THAT(situation.complaint(Area::fence),
              AllOf(HasSubstr("problem"), HasSubstr("other:1"), HasSubstr("SENTINEL FAILOVER mymaster")));
}

TEST(CheckFence, AnObservedPromotionThatIsNotAnnouncedHeals) {
  CheckSituation situation;
  situation.consul().fence->epoch = 8;
  situation.consul().fence->address = redis(6);
  situation.consul().fence->observed = Observed{sentinel_at(1), 7};
  situation.sentinel(1).observation.view->failing_over = true;
  EXPECT_THAT(situation.complaint(Area::fence), AllOf(HasSubstr("healing"), HasSubstr("announce")));
}

TEST(CheckFence, TooFewSentinelsForTheFirstRegistrationHeal) {
  CheckSituation situation;
  situation.consul() = {};
  situation.cannot_be_reached(1);
  situation.cannot_be_reached(2);
  EXPECT_THAT(situation.complaint(Area::fence),
              AllOf(HasSubstr("healing"), HasSubstr("start the other Sentinels")));
}

TEST(CheckFence, AKeyThatHoldsSomethingElseIsNamed) {
  CheckSituation situation;
  situation.consul().fence.reset();
  situation.consul().fence_unreadable = true;
  EXPECT_THAT(situation.complaint(Area::fence),
              AllOf(HasSubstr("problem"), HasSubstr("consul kv get redis-roles/mymaster")));
}

TEST(CheckCatalog, WhatThePlanWouldChangeHealsByItselfOnceSomethingIsRegistered) {
  CheckSituation situation;
  situation.consul().entries.pop_back();
  EXPECT_THAT(situation.complaint(Area::catalog), AllOf(HasSubstr("healing"), HasSubstr("10.0.0.7:6379")));
  situation.master().consul = consul::Outcome<ConsulState>(ConsulState{});
  EXPECT_THAT(situation.complaint(Area::catalog),
              AllOf(HasSubstr("problem"), HasSubstr("nothing has been registered")));
}

TEST(CheckCatalog, ARegisteredMasterThatCannotBeSeenPointsAtTheRightToRead) {
  CheckSituation situation;
  situation.consul().entries.clear();
  EXPECT_THAT(situation.complaint(Area::catalog), AllOf(HasSubstr("problem"), HasSubstr("right to read")));
}

TEST(CheckCatalog, ForeignEntriesAndCriticalChecksAreNamed) {
  CheckSituation situation;
  Situation foreign;
  foreign.consul_has_foreign("master", 9);
  situation.consul().entries.push_back(foreign.consul.entries[0]);
  EXPECT_THAT(situation.complaint(Area::catalog),
              AllOf(HasSubstr("problem"), HasSubstr("theirs"), HasSubstr("web-1")));

  situation = {};
  foreign = {};
  foreign.consul_has_foreign("slave", 9);
  situation.consul().entries.push_back(foreign.consul.entries[0]);
  EXPECT_THAT(situation.complaint(Area::catalog), AllOf(HasSubstr("warning"), HasSubstr("theirs")));

  situation = {};
  situation.consul().entries[1].checks["heartbeat"] = "critical";
  EXPECT_THAT(situation.complaint(Area::catalog),
              AllOf(HasSubstr("healing"), HasSubstr("heartbeat is critical")));
}

TEST(CheckCatalog, AForeignMasterInTheWayOfTheFirstRegistrationIsToldWithBothRemedies) {
  CheckSituation situation;
  Situation foreign;
  foreign.consul_has_foreign("master", 9);
  situation.consul() = foreign.consul;
  EXPECT_THAT(situation.complaint(Area::catalog), AllOf(HasSubstr("problem"), HasSubstr("deregister it"),
                                                        HasSubstr("another name than \"master\"")));
}

TEST(CheckCatalog, ANodeWithAnAgentNeedsAnotherPrefix) {
  CheckSituation situation;
  situation.consul().nodes["redis-10-0-0-5"].has_agent = true;
  EXPECT_THAT(situation.complaint(Area::catalog), AllOf(HasSubstr("problem"), HasSubstr("node_prefix")));
}

TEST(CheckCatalog, BesideAnAgentOnlyWhatIsOursIsCompared) {
  for (const int own : {5, 6, 7}) {
    CheckSituation situation;
    situation.registers_at_agents(own);
    EXPECT_EQ(situation.complaint(Area::catalog), "") << own;
  }
}

TEST(CheckCatalog, ASwitchThatAnotherUpdaterHasYetToMakeHeals) {
  CheckSituation situation;
  situation.registers_at_agents(6);
  for (std::size_t number = 1; number <= 3; ++number) {
    auto& view = *situation.sentinel(number).observation.view;
    view.address = redis(7);
    view.epoch = 8;
    view.replicas = {{redis(5), sentinel::ReplicaState::healthy},
                     {redis(6), sentinel::ReplicaState::healthy}};
  }
  EXPECT_THAT(situation.complaint(Area::catalog),
              AllOf(HasSubstr("healing"), HasSubstr("the updater beside 10.0.0.7:6379")));
}

TEST(CheckDns, EachKindOfSilenceIsExplained) {
  CheckSituation situation;
  auto& fact = situation.master().dns[0];
  fact.answers.clear();
  fact.problem = "NXDOMAIN for master.service.consul at 10.0.2.1:8600";
  EXPECT_THAT(situation.complaint(Area::dns), AllOf(HasSubstr("problem"), HasSubstr("acl.tokens.default")));
  fact.problem = "SERVFAIL for master.service.consul at 10.0.2.1:8600";
  EXPECT_THAT(situation.complaint(Area::dns), AllOf(HasSubstr("healing"), HasSubstr("leader")));
  fact.problem = "REFUSED for master.service.consul at 10.0.2.1:8600";
  EXPECT_THAT(situation.complaint(Area::dns), AllOf(HasSubstr("problem"), HasSubstr("consul.dns")));
  fact.problem = "no answer for master.service.consul in time";
  EXPECT_THAT(situation.complaint(Area::dns), AllOf(HasSubstr("healing"), HasSubstr("8600")));
}

TEST(CheckDns, WhatLacksAndWhatIsTooMuchIsNamed) {
  CheckSituation situation;
  situation.master().dns[1].answers = {redis(6), redis(9)};
  EXPECT_THAT(situation.complaint(Area::dns),
              AllOf(HasSubstr("lacks 10.0.0.7:6379"), HasSubstr("has also 10.0.0.9:6379")));
}

TEST(CheckDns, ANameThatTheCatalogDoesNotHaveEitherIsFine) {
  CheckSituation situation;
  situation.consul().entries[1].checks["x"] = "critical";
  situation.consul().entries[2].checks["x"] = "critical";
  auto& fact = situation.master().dns[1];
  fact.answers.clear();
  fact.problem = "NXDOMAIN for slave.service.consul at 10.0.2.1:8600";
  EXPECT_EQ(situation.complaint(Area::dns), "");
}

TEST(CheckDns, BehindAnAddressMapDnsAnswersTheClientsAddressAndTheNodeIsAskedAtItsOwn) {
  CheckSituation situation;
  ASSERT_EQ(situation.master().config.address_map.add("10.0.0.6", "203.0.113.6"), std::nullopt);
  auto& entries = situation.consul().entries;
  const auto entry =
      std::find_if(entries.begin(), entries.end(), [](const auto& one) { return one.address == "10.0.0.6"; });
  ASSERT_NE(entry, entries.end());
  entry->address = "203.0.113.6";
  situation.master().dns[1].answers = {redis(7), {"203.0.113.6", 6379, {}}};
  EXPECT_EQ(situation.complaint(Area::dns), "");
  EXPECT_THAT(named_nodes(situation.master()), ElementsAre(redis(5), redis(6), redis(7)));
  EXPECT_TRUE(is_shown_as(situation.master(), redis(6), Role::replica));
  EXPECT_FALSE(is_shown_as(situation.master(), redis(6), Role::master));
}

TEST(CheckRedis, WithoutANamedMasterNobodyIsJudged) {
  CheckSituation situation;
  for (std::size_t i = 1; i <= 3; ++i) situation.cannot_be_reached(i);
  situation.master().consul.reset();
  EXPECT_THAT(situation.complaint(Area::redis), HasSubstr("no Redis can be judged"));
}

TEST(CheckRedis, ASecondMasterIsAZombie) {
  CheckSituation situation;
  situation.node(6).report->role = core::Role::master;
  EXPECT_THAT(situation.complaint(Area::redis),
              AllOf(HasSubstr("healing"), HasSubstr("10.0.0.6:6379"), HasSubstr("REPLICAOF 10.0.0.5 6379")));
}

TEST(CheckRedis, TheNamedMasterThatIsAReplicaIsTold) {
  CheckSituation situation;
  situation.node(5).report->role = core::Role::replica;
  EXPECT_THAT(situation.complaint(Area::redis), HasSubstr("says that it is a replica"));
}

TEST(CheckRedis, ReplicasWithoutALinkOrOfAnotherMasterAreTold) {
  CheckSituation situation;
  situation.node(6).report->master_link_up = false;
  EXPECT_THAT(situation.complaint(Area::redis), HasSubstr("link to its master is down"));
  situation.node(6).report->master = redis(9);
  EXPECT_THAT(situation.complaint(Area::redis), HasSubstr("follows 10.0.0.9:6379"));
}

TEST(CheckRedis, AMasterThatIsSilentIsForSentinelToJudge) {
  CheckSituation situation;
  situation.node(5).report.reset();
  situation.node(5).problem = "no answer in time";
  EXPECT_THAT(situation.complaint(Area::redis), AllOf(HasSubstr("healing"), HasSubstr("it is the master"),
                                                      HasSubstr("Sentinel fails it over")));
}

TEST(CheckRedis, SilenceIsJudgedByWhetherClientsAreLedThere) {
  CheckSituation situation;
  situation.node(6).report.reset();
  situation.node(6).problem = "no answer in time";
  EXPECT_THAT(situation.complaint(Area::redis),
              AllOf(HasSubstr("healing"), HasSubstr("clients are still led to it")));
  std::erase_if(situation.consul().entries, [](const auto& entry) { return entry.address == "10.0.0.6"; });
  EXPECT_THAT(situation.complaint(Area::redis), AllOf(HasSubstr("warning"), HasSubstr("SENTINEL RESET")));
  situation.node(6).refused = true;
  EXPECT_THAT(situation.complaint(Area::redis), AllOf(HasSubstr("problem"), HasSubstr("redis.password")));
}

}  // namespace
}  // namespace rediscovery::updater::testing
