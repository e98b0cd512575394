#include "updater/status_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "check_situation.hpp"

namespace rediscovery::updater::testing {
namespace {

using ::testing::HasSubstr;

std::string printed(const CheckSituation& situation) {
  std::ostringstream out;
  print(statuses_of(situation.facts), out);
  return out.str();
}

TEST(StatusTable, ShowsWhatEverybodySaysInAlignedColumns) {
  CheckSituation situation;
  situation.node(7).report->master_link_up = false;
  situation.consul().entries[1].checks["heartbeat"] = "critical";
  EXPECT_EQ(printed(situation),
            "mymaster: 10.0.0.5:6379 at config-epoch 7\n"
            "  sentinels  3 of 3 agree, quorum 2\n"
            "  consul     epoch 7, since then\n"
            "             by other:1\n"
            "\n"
            "  REDIS          SAYS              SENTINELS  CONSUL\n"
            "  10.0.0.5:6379  master            master     master\n"
            "  10.0.0.6:6379  slave             healthy    critical\n"
            "  10.0.0.7:6379  slave, link down  healthy    slave\n"
            "\n"
            "  DNS            NAME                   ANSWER\n"
            "  10.0.2.1:8600  master.service.consul  10.0.0.5:6379\n"
            "  10.0.2.1:8600  slave.service.consul   10.0.0.6:6379\n"
            "                                        10.0.0.7:6379\n");
}

TEST(StatusTable, WithoutSentinelsTheFenceNamesTheMaster) {
  CheckSituation situation;
  for (std::size_t i = 1; i <= 3; ++i) situation.cannot_be_reached(i);
  const auto statuses = statuses_of(situation.facts);
  EXPECT_EQ(statuses[0].address, redis(5));
  EXPECT_EQ(statuses[0].supporters, 0U);
  EXPECT_EQ(exit_code(statuses), 1);
}

TEST(StatusTable, JsonHasTheSame) {
  const CheckSituation situation;
  const auto json = to_json(statuses_of(situation.facts));
  EXPECT_EQ(json[0]["address"], "10.0.0.5:6379");
  EXPECT_EQ(json[0]["sentinels"]["agree"], 3);
  EXPECT_EQ(json[0]["fence"]["writer"], "other:1");
  EXPECT_EQ(json[0]["nodes"][1]["sentinels"], "healthy");
  EXPECT_EQ(json[0]["dns"][0]["answer"], "10.0.0.5:6379");
  EXPECT_EQ(exit_code(statuses_of(situation.facts)), 0);
}

TEST(StatusTable, WhyConsulKnowsNoMasterIsSaid) {
  CheckSituation situation;
  situation.master().consul = consul::Outcome<ConsulState>(ConsulState{});
  EXPECT_THAT(printed(situation), HasSubstr("nothing registered yet"));
  situation.consul().fence_unreadable = true;
  EXPECT_THAT(printed(situation), HasSubstr("the key holds something else"));
  situation.master().consul = consul::Outcome<ConsulState>({consul::ErrorKind::unreachable, "refused"});
  EXPECT_THAT(printed(situation), HasSubstr("Consul could not be read"));
  EXPECT_EQ(exit_code(statuses_of(situation.facts)), 1);
  EXPECT_EQ(to_json(statuses_of(situation.facts))[0]["fence_problem"], "Consul could not be read");
}

TEST(StatusTable, ANodeThatIsSilentAndThatNoSentinelNamesSaysSo) {
  CheckSituation situation;
  situation.node(7).report.reset();
  for (std::size_t i = 1; i <= 3; ++i) situation.sentinel(i).observation.view->replicas.clear();
  EXPECT_EQ(statuses_of(situation.facts)[0].nodes[2], (NodeStatus{redis(7), "no answer", "", "slave"}));
  situation.node(7).refused = true;
  EXPECT_EQ(statuses_of(situation.facts)[0].nodes[2].itself, "not let in");
}

TEST(StatusTable, ADnsServerWithoutAnAnswerSaysWhy) {
  CheckSituation situation;
  auto& fact = situation.master().dns[0];
  fact.answers.clear();
  fact.problem = "NXDOMAIN for master.service.consul at 10.0.2.1:8600";
  EXPECT_EQ(statuses_of(situation.facts)[0].dns[0].answer, "NXDOMAIN");
  EXPECT_THAT(printed(situation), HasSubstr("master.service.consul  NXDOMAIN\n"));
}

}  // namespace
}  // namespace rediscovery::updater::testing
