#include "updater/check_findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check_situation.hpp"

namespace rediscovery::updater::testing {
namespace {

using sentinel::Reading;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kRefused = "NOAUTH Authentication required.";

TEST(CheckFindings, NothingIsSaidAgainstASettledMaster) {
  const CheckSituation situation;
  EXPECT_THAT(situation.complaints(), IsEmpty());
  EXPECT_EQ(exit_code(findings(situation.facts)), 0);
}

TEST(CheckFindings, EveryComplaintHasARemedy) {
  CheckSituation situation;
  situation.cannot_be_reached(1);
  situation.sentinel(2).tilt = true;
  situation.node(6).report.reset();
  situation.master().dns[0].answers.clear();
  situation.master().dns[0].problem = "SERVFAIL for master.service.consul at 10.0.2.1:8600";
  situation.facts.not_looked_at = {"DNS"};
  for (const auto& finding : findings(situation.facts)) {
    EXPECT_EQ(finding.remedy.empty(), finding.grade == Grade::ok) << finding;
  }
}

TEST(CheckFindings, ExitCodesTellWhatHealsFromWhatDoesNot) {
  EXPECT_EQ(exit_code({{"", Area::dns, Grade::warning, "", ""}}), 0);
  EXPECT_EQ(exit_code({{"", Area::dns, Grade::healing, "", ""}}), 1);
  EXPECT_EQ(exit_code({{"", Area::dns, Grade::problem, "", ""}, {"", Area::dns, Grade::healing, "", ""}}), 2);
}

TEST(CheckFindings, ASecretThatOthersMayReadIsAWarning) {
  CheckSituation situation;
  situation.facts.secrets = {{"/etc/a.json", true}, {"/etc/b", false}};
  EXPECT_THAT(situation.complaints(), ElementsAre("warning configuration"));
  EXPECT_THAT(situation.complaint(Area::configuration), HasSubstr("chmod 640 /etc/a.json"));
}

TEST(CheckFindings, WhatThereWasNoTimeForIsNamed) {
  CheckSituation situation;
  situation.facts.not_looked_at = {"what Consul holds", "the Redis nodes and DNS"};
  EXPECT_THAT(situation.complaint(Area::configuration),
              AllOf(HasSubstr("what Consul holds and the Redis nodes and DNS"), HasSubstr("--timeout-ms")));
}

TEST(CheckSentinels, OneThatIsAwayHealsAndIsNamed) {
  CheckSituation situation;
  situation.cannot_be_reached(3);
  EXPECT_THAT(situation.complaints(), ElementsAre("healing sentinels"));
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("10.0.1.3:26379"), HasSubstr("start it")));
}

TEST(CheckSentinels, AWrongPasswordIsForSomebodyToSettle) {
  CheckSituation situation;
  situation.sentinel(1).observation = {sentinel_at(1), Reading::refused, kRefused, {}};
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("problem"), HasSubstr("NOAUTH"), HasSubstr("sentinels.password")));
}

TEST(CheckSentinels, OneThatDoesNotKnowTheMasterIsMisconfigured) {
  CheckSituation situation;
  situation.sentinel(1).observation = {sentinel_at(1), Reading::unknown_master, "none", {}};
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("problem"), HasSubstr("sentinel monitor")));
}

TEST(CheckSentinels, TiltHostNamesAndNoQuorumAreTold) {
  CheckSituation situation;
  situation.sentinel(1).tilt = true;
  EXPECT_THAT(situation.complaint(Area::sentinels), HasSubstr("TILT"));
  situation = {};
  situation.sentinel(1).announces_hostnames = true;
  EXPECT_THAT(situation.complaint(Area::sentinels), HasSubstr("announce-hostnames no"));
  situation = {};
  situation.sentinel(1).quorum_problem = "NOQUORUM 1 usable Sentinels.";
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("NOQUORUM"), HasSubstr("CKQUORUM mymaster")));
  situation = {};
  situation.sentinel(1).observation.view->failing_over = true;
  EXPECT_THAT(situation.complaint(Area::sentinels), HasSubstr("leads a failover"));
}

TEST(CheckSentinels, OneThatIsBehindIsNamedWithWhatItSays) {
  CheckSituation situation;
  situation.sentinel(2).observation.view->address = redis(6);
  situation.sentinel(2).observation.view->epoch = 6;
  EXPECT_THAT(situation.complaint(Area::sentinels), HasSubstr("10.0.1.2:26379 (10.0.0.6:6379 at 6)"));
}

TEST(CheckSentinels, TwoMastersAtOneEpochAreSettledByAFailover) {
  CheckSituation situation;
  situation.sentinel(2).observation.view->address = redis(6);
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("problem"), HasSubstr("SENTINEL FAILOVER")));
}

TEST(CheckSentinels, DifferentQuorumsAndVersionsAreWarnedOf) {
  CheckSituation situation;
  situation.sentinel(2).observation.view->quorum = 3;
  situation.sentinel(3).version = "6.0.16";
  EXPECT_THAT(situation.complaints(), ElementsAre("warning sentinels", "warning sentinels"));
}

TEST(CheckSentinels, AQuorumAboveTheirNumberIsImpossible) {
  CheckSituation situation;
  for (std::size_t i = 1; i <= 3; ++i) situation.sentinel(i).observation.view->quorum = 4;
  const auto all = situation.complaints();
  EXPECT_THAT(all, ::testing::Contains("problem sentinels"));
}

TEST(CheckSentinels, OneThatIsNotConfiguredHereIsNotCounted) {
  CheckSituation situation;
  situation.sentinel(1).peers->push_back({"10.0.1.4:26379", false});
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("problem"), HasSubstr("10.0.1.4:26379"), HasSubstr("sentinels.addresses")));
  situation.sentinel(1).peers->back().down = true;
  EXPECT_THAT(situation.complaint(Area::sentinels), AllOf(HasSubstr("warning"), HasSubstr("SENTINEL RESET")));
}

TEST(CheckSentinels, OneThatIsConfiguredByAnotherAddressThanItAnnouncesIsKnownByItsRunId) {
  CheckSituation situation;
  situation.sentinel(3).observation.listing.run_id = "c3";
  for (const std::size_t other : {1U, 2U}) {
    for (auto& peer : *situation.sentinel(other).peers) {
      if (peer.address == "10.0.1.3:26379") peer = {"172.17.0.3:26379", false, "c3"};
    }
  }
  EXPECT_THAT(situation.complaints(), ::testing::IsEmpty());
}

TEST(CheckSentinels, OneThatWasDiscoveredAndIsGoneIsToBeForgottenByTheOthers) {
  CheckSituation situation;
  auto& gone = situation.sentinel(3);
  situation.master().discovered = {gone.observation.sentinel};
  gone.observation.reading = sentinel::Reading::unreachable;
  gone.observation.view.reset();
  gone.peers.reset();
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("SENTINEL RESET"), ::testing::Not(HasSubstr("sentinels.addresses"))));
}

TEST(CheckSentinels, OneThatNobodyKnowsIsWarnedOf) {
  CheckSituation situation;
  for (const std::size_t other : {1U, 2U}) {
    std::erase_if(*situation.sentinel(other).peers,
                  [](const auto& peer) { return peer.address == "10.0.1.3:26379"; });
  }
  EXPECT_THAT(situation.complaint(Area::sentinels),
              AllOf(HasSubstr("10.0.1.3:26379"), HasSubstr("announce-ip")));
}

TEST(CheckScripts, NoScriptIsFineWithADaemonAndSoIsOneAtEverySentinel) {
  CheckSituation situation;
  EXPECT_EQ(situation.complaint(Area::scripts), "");
  situation.sentinel(1).client_reconfig_script = "/usr/lib/rediscovery/rediscovery-on-reconfig";
  EXPECT_THAT(situation.complaint(Area::scripts), AllOf(HasSubstr("warning"), HasSubstr("every Sentinel")));
  for (std::size_t i = 2; i <= 3; ++i) {
    situation.sentinel(i).client_reconfig_script = "/usr/lib/rediscovery/rediscovery-on-reconfig";
  }
  EXPECT_EQ(situation.complaint(Area::scripts), "");
}

TEST(CheckScripts, EachReasonWhyAScriptNeverRunsIsTold) {
  CheckSituation situation;
  auto& scripts = situation.master().scripts;
  scripts = {{sentinel_at(1), "client-reconfig-script", "/x", "", false, false, "", false}};
  EXPECT_THAT(situation.complaint(Area::scripts),
              AllOf(HasSubstr("does not exist"), HasSubstr("-script-error /x 0 2")));
  scripts[0].target = "/opt/x";
  EXPECT_THAT(situation.complaint(Area::scripts), HasSubstr("chmod 755 /opt/x"));
  scripts[0].executable = true;
  EXPECT_THAT(situation.complaint(Area::scripts), HasSubstr("#!/bin/sh"));
  scripts[0].is_program = true;
  EXPECT_EQ(situation.complaint(Area::scripts), "");
  scripts[0].caged = true;
  situation.facts.sandbox = {{"/"}, {"/usr/lib", "/lib"}};
  EXPECT_THAT(situation.complaint(Area::scripts), HasSubstr("ExecPaths=/opt/x"));
  scripts[0].target = "/usr/lib/rediscovery/x";
  EXPECT_EQ(situation.complaint(Area::scripts), "");
  scripts[0].interpreter = "/usr/bin/python3";
  EXPECT_THAT(situation.complaint(Area::scripts), HasSubstr("ExecPaths=/usr/bin/python3"));
}

TEST(CheckScripts, OneThatIsTriedAgainIsTold) {
  CheckSituation situation;
  situation.sentinel(2).pending = {{"/x", false, 0}};
  EXPECT_EQ(situation.complaint(Area::scripts), "");
  situation.sentinel(2).pending = {{"/x", false, 3}};
  EXPECT_THAT(situation.complaint(Area::scripts), HasSubstr("failed 3 times"));
}

TEST(CheckScripts, ADropInAddsToTheUnitAndAnEmptyLineTakesBack) {
  Sandbox sandbox;
  read_unit("[Service]\nNoExecPaths=/\nExecPaths=/usr/bin/redis-sentinel /usr/lib -/lib\n", sandbox);
  EXPECT_FALSE(allows(sandbox, "/opt/rediscovery/x"));
  EXPECT_FALSE(allows(sandbox, "/usr/library/x"));
  EXPECT_TRUE(allows(sandbox, "/usr/lib/rediscovery/x"));
  EXPECT_TRUE(allows(sandbox, "/lib/x"));
  read_unit("[Service]\nExecPaths=/opt/rediscovery/\n", sandbox);
  EXPECT_TRUE(allows(sandbox, "/opt/rediscovery/x"));
  read_unit("[Service]\nNoExecPaths=\n", sandbox);
  EXPECT_TRUE(allows(sandbox, "/usr/local/bin/x"));
}

}  // namespace
}  // namespace rediscovery::updater::testing
