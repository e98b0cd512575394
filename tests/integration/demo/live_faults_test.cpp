// The page's own decisions: which fault is possible when, when all is well again, what is counted, what a
// viewer is sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/campaign.hpp"
#include "live/course.hpp"
#include "live/fault.hpp"
#include "live/pool_metrics.hpp"
#include "live/situation.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Clock::time_point kBegin{std::chrono::hours(1)};

NodeView replica(const std::string& id, const std::string& address, const std::string& master) {
  NodeView node;
  node.id = id;
  node.address = address;
  node.role = "replica";
  node.master = master;
  node.link = "up";
  return node;
}

// A is master, and everybody knows it.
Situation all_well() {
  Situation situation;
  NodeView a;
  a.id = "A";
  a.address = "127.0.0.1:6379";
  a.role = "master";
  situation.nodes = {a, replica("B", "127.0.0.2:6379", a.address), replica("C", "127.0.0.3:6379", a.address)};
  for (const char* id : {"S1", "S2", "S3"}) {
    SentinelView sentinel;
    sentinel.id = id;
    sentinel.master = a.address;
    situation.sentinels.push_back(sentinel);
  }
  situation.names = {true, {"127.0.0.1"}, {"127.0.0.2", "127.0.0.3"}};
  situation.consul_answering = true;
  situation.pool.state = "ready";
  situation.pool.master = a.address;
  return situation;
}

TEST(LiveSituation, AllAgreeWhenOneIsMasterByEverybodysWord) {
  const auto agreement = find_agreement(all_well());
  EXPECT_EQ(agreement.master, std::size_t{0});
  EXPECT_EQ(agreement.problem, "");
}

TEST(LiveSituation, WhoeverSeesItOtherwiseIsNamed) {
  const std::vector<std::pair<std::function<void(Situation&)>, std::string>> troubles{
      {[](auto& s) { s.nodes[0].process = Process::dead; }, "no Redis is master"},
      {[](auto& s) { s.nodes[0].process = Process::stopped; }, "no Redis is master"},
      {[](auto& s) { s.nodes[1].role = "master"; }, "two Redis"},
      {[](auto& s) { s.nodes[2].link = "down"; }, "Redis C"},
      {[](auto& s) { s.nodes[1].master = "127.0.0.9:6379"; }, "Redis B"},
      {[](auto& s) { s.nodes[1].role = "unknown"; }, "Redis B"},
      {[](auto& s) { s.sentinels[1].master = ""; }, "Sentinel S2"},
      {[](auto& s) { s.names.masters = {"127.0.0.2"}; }, "the name"},
      {[](auto& s) {
         s.names.masters = {"127.0.0.1", "127.0.0.2"};
       },
       "the name"},
      {[](auto& s) { s.pool.state = "suspect"; }, "pool"},
      {[](auto& s) { s.pool.master = "127.0.0.2:6379"; }, "pool"},
  };
  for (const auto& [make, who] : troubles) {
    auto situation = all_well();
    make(situation);
    const auto agreement = find_agreement(situation);
    EXPECT_FALSE(agreement.master) << who;
    EXPECT_THAT(agreement.problem, HasSubstr(who));
  }
}

TEST(LiveSituation, ANameThatCannotMoveIsNotWaitedFor) {
  auto situation = all_well();
  situation.names = {};
  EXPECT_TRUE(find_agreement(situation).master);
  situation = all_well();
  situation.names.masters = {"127.0.0.2"};
  situation.consul_answering = false;
  EXPECT_TRUE(find_agreement(situation).master);
}

TEST(LiveSituation, WhatIsDeadNeedNotAgree) {
  auto situation = all_well();
  situation.nodes[2].process = Process::dead;
  EXPECT_TRUE(find_agreement(situation).master);
}

TEST(LiveSituation, AsJsonItHasNullForWhatIsUnknown) {
  auto situation = all_well();
  situation.sentinels[0].master = "";
  situation.nodes[1].standby = true;
  const auto json = to_json(situation);
  EXPECT_TRUE(json["sentinels"][0]["master"].is_null());
  EXPECT_TRUE(json["nodes"][0]["link"].is_null());
  EXPECT_TRUE(json["pool"]["waiting"].is_null());
  EXPECT_EQ(json["nodes"][0]["named"].dump(), R"(["master"])");
  EXPECT_EQ(json["nodes"][1]["named"].dump(), R"(["slave"])");
  EXPECT_EQ(json["pool"]["standbys"].dump(), R"(["127.0.0.2:6379"])");
}

std::vector<std::string> possible(const Situation& situation, std::optional<Fault> busy = {}) {
  std::vector<std::string> names;
  for (const auto& text : all_faults()) {
    if (why_not(text.fault, situation, busy).empty()) names.emplace_back(text.name);
  }
  return names;
}

TEST(LiveFaults, WhenAllIsWellThereIsNothingToUndo) {
  EXPECT_THAT(possible(all_well()),
              ElementsAre("kill", "hang", "planned", "repoint", "dns-down", "consul-down"));
}

TEST(LiveFaults, NothingIsPossibleUntilTheLastIsOver) {
  EXPECT_THAT(possible(all_well(), Fault::kill), ElementsAre());
  EXPECT_THAT(why_not(Fault::hang, all_well(), Fault::kill), HasSubstr("\"kill\" is not over yet"));
}

TEST(LiveFaults, WithoutAnAgreedMasterItIsNeitherKilledNorReplaced) {
  auto situation = all_well();
  situation.nodes[0].process = Process::dead;
  EXPECT_THAT(possible(situation), ElementsAre("revive", "dns-down", "consul-down"));
  situation.nodes[0].process = Process::stopped;
  EXPECT_THAT(possible(situation), ElementsAre("continue", "dns-down", "consul-down"));
}

TEST(LiveFaults, TheLastRedisIsNotKilled) {
  auto situation = all_well();
  situation.nodes[1].process = Process::dead;
  EXPECT_EQ(why_not(Fault::kill, situation, {}), "");
  EXPECT_THAT(why_not(Fault::repoint, situation, {}), HasSubstr("revive"));
  situation.nodes[2].process = Process::dead;
  for (const Fault fault : {Fault::kill, Fault::hang, Fault::planned}) {
    EXPECT_THAT(why_not(fault, situation, {}), HasSubstr("no replica could take over"));
  }
}

TEST(LiveFaults, NamesGoDownAndUpByThemselves) {
  auto situation = all_well();
  situation.dns_process = Process::stopped;
  situation.names = {};
  EXPECT_THAT(possible(situation),
              ElementsAre("kill", "hang", "planned", "repoint", "dns-up", "consul-down"));
  situation = all_well();
  situation.consul_process = Process::dead;
  situation.consul_answering = false;
  EXPECT_THAT(possible(situation), ElementsAre("kill", "hang", "planned", "dns-down", "consul-up"));
}

TEST(LiveFaults, AreFoundByTheirNames) {
  for (const auto& text : all_faults()) EXPECT_EQ(find_fault(text.name), text.fault);
  EXPECT_FALSE(find_fault("meteor"));
  EXPECT_FALSE(find_fault(""));
  for (const auto& name : faults_with_undoing()) EXPECT_TRUE(find_fault(name));
}

Moment moment(What what, int ms) { return {kBegin + milliseconds(ms), what, "", {}}; }

std::vector<std::string> phases(const std::vector<Moment>& moments) {
  std::vector<std::string> texts;
  for (const auto& phase : find_phases(kBegin, moments)) {
    texts.push_back(phase.name + " " + std::to_string(static_cast<int>(phase.took.count())));
  }
  return texts;
}

TEST(LivePhases, LeadFromTheFaultToTheFirstWrite) {
  EXPECT_THAT(phases({moment(What::suspected, 2), moment(What::promoted, 1300), moment(What::adopted, 1302),
                      moment(What::announced, 2000), moment(What::write_resumed, 1310)}),
              ElementsAre("fault → evidence 2", "evidence → promotion 1298", "promotion → adopted 2",
                          "adopted → first write 8"));
}

TEST(LivePhases, AreInTheOrderInWhichTheyWereSeen) {
  EXPECT_THAT(phases({moment(What::promoted, 50), moment(What::suspected, 51), moment(What::adopted, 49)}),
              ElementsAre("fault → adopted 49", "adopted → promotion 1", "promotion → evidence 1"));
}

TEST(LivePhases, CountTheFirstOfEachAfterTheFault) {
  EXPECT_THAT(phases({moment(What::adopted, -5), moment(What::adopted, 7), moment(What::adopted, 900)}),
              ElementsAre("fault → adopted 7"));
  EXPECT_THAT(phases({}), ElementsAre());
}

TEST(LivePoolMetrics, AreReadFromPrometheusText) {
  const auto view = read_pool_metrics(
      "# HELP rediscovery_generation x\n"
      "rediscovery_generation{pool=\"st-api\"} 3\nrediscovery_suspect{pool=\"st-api\"} 1\n"
      "rediscovery_connections{pool=\"st-api\",state=\"idle\"} 5\n"
      "rediscovery_connections{pool=\"st-api\",state=\"in_use\"} 2\n"
      "rediscovery_connections{pool=\"st-api\",state=\"connecting\"} 9\n"
      "rediscovery_master_info{pool=\"st-api\",endpoint=\"127.0.0.1:6379\"} 1\n"
      "rediscovery_waiting_callers{pool=\"st-api\"} 40\n");
  EXPECT_EQ(view.generation, 3U);
  EXPECT_EQ(view.state, "suspect");
  EXPECT_EQ(view.master, "127.0.0.1:6379");
  EXPECT_EQ(view.connections, 7U);
  EXPECT_EQ(view.waiting, 40U);
}

TEST(LivePoolMetrics, WhatIsNotThereStaysUnknown) {
  for (const char* page :
       {"", "garbage", "rediscovery_generation", "rediscovery_master_info{endpoint=\"x 1\n"}) {
    const auto view = read_pool_metrics(page);
    EXPECT_EQ(view.state, "connecting");
    EXPECT_EQ(view.connections, std::nullopt);
  }
}

TEST(LivePoolMetrics, EventsAreAheadOfThem) {
  PoolView view;
  view.master = "old";
  note_event({kBegin, "suspect", "old", "lost"}, view);
  EXPECT_EQ(view.state, "suspect");
  EXPECT_EQ(view.believes, "suspects old: lost");
  note_event({kBegin, "connection_opened", "new", ""}, view);
  EXPECT_EQ(view.state, "suspect");
  note_event({kBegin, "adopted", "new", ""}, view);
  EXPECT_EQ(view.state, "ready");
  EXPECT_EQ(view.master, "new");
}

LaneMeter::Course course(std::size_t failed, int outage) {
  LaneMeter::Course one;
  one.count = {100, 100 - failed, failed, 0};
  one.outage = milliseconds(outage);
  one.longest = milliseconds(outage + 1);
  return one;
}

TEST(LiveCampaign, OnlyTheLibrarysFailuresCountAsFailure) {
  EXPECT_FALSE(has_failed({{"kill", {course(0, 1)}, {course(9, 1)}}}));
  EXPECT_TRUE(has_failed({{"kill", {course(0, 1), course(1, 1)}, {course(0, 1), course(0, 1)}}}));
}

TEST(LiveCampaign, SumsCountsAndTellsMedianAndWorstOfTimes) {
  const std::vector<CampaignRow> rows{
      {"kill", {course(0, 10), course(0, 30), course(0, 20)}, {course(5, 1), course(6, 1), course(7, 1)}}};
  const auto json = to_json(rows, 300, 3);
  EXPECT_EQ(json["faults"][0]["library"].dump(),
            R"({"requests":300,"ok":300,"failed":0,"in_doubt":0,"outage_ms":{"median":20.0,"worst":30.0},)"
            R"("longest_ms":{"median":21.0,"worst":31.0}})");
  EXPECT_EQ(json["faults"][0]["plain"]["failed"], 18);
  EXPECT_THAT(table(rows).at(2), HasSubstr("kill"));
  EXPECT_THAT(table(rows).at(3), HasSubstr("18"));
}

}  // namespace
}  // namespace rediscovery::demo::live
