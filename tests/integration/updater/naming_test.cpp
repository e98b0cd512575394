// What a real Consul, and its DNS, make of the names, tags, weights and meta data that the updater gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consul_alone.hpp"

namespace rediscovery::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Naming : public ::testing::Test {
 protected:
  Finished apply(const json& more, const std::string& command = "apply") {
    const auto config = stage_.config({{"addresses", {stage_.consul().http_address()}}}, more);
    return run_updater(stage_.keeper(), {command, "--config", config});
  }
  [[nodiscard]] std::vector<DnsRecord> srv(const std::string& name) {
    return stage_.consul().resolve(name, DnsType::srv).answers;
  }
  [[nodiscard]] json service(const std::string& name) {
    return stage_.consul().get("/v1/health/service/" + name)[0]["Service"];
  }

  ConsulAlone stage_;
};

TEST_F(Naming, TagsAreNamesAndWeightsAreInTheSrvRecords) {
  const json more = {
      {"names", {{"master", "{master_name}-{role}"}, {"slave", "{master_name}-{role}"}}},
      {"tags", {"{master_name}", "{role}-of-redis"}},
      {"weights", {{"master", {{"passing", 10}}}, {"slave", {{"passing", 7}, {"warning", 2}}}}},
      {"meta", {{"team", "web"}}}};
  const auto first = apply(more);
  ASSERT_EQ(first.code, 0) << first.output;
  EXPECT_THAT(srv("mymaster-master.service.consul"), ElementsAre(Field(&DnsRecord::weight, 10)));
  EXPECT_THAT(srv("mymaster.mymaster-slave.service.consul"), ElementsAre(Field(&DnsRecord::weight, 7)));
  EXPECT_THAT(srv("slave-of-redis.mymaster-slave.service.consul"), SizeIs(1));
  EXPECT_THAT(srv("other.mymaster-slave.service.consul"), IsEmpty());
  const auto slave = service("mymaster-slave");
  EXPECT_EQ(slave["Meta"]["team"], "web");
  EXPECT_EQ(slave["Weights"], (json{{"Passing", 7}, {"Warning", 2}}));

  // Consul gives back what it was given: nothing is written a second time.
  const auto revision = stage_.fence()["revision"];
  const auto finished = apply(more);
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.output, HasSubstr("up_to_date"));
  EXPECT_EQ(stage_.fence()["revision"], revision);
}

TEST_F(Naming, WithoutLabelsTheTagIsTheMastersNameAndWeightsAreConsulsOwn) {
  ASSERT_EQ(apply(json::object()).code, 0);
  EXPECT_THAT(srv("mymaster.master.service.consul"), ElementsAre(Field(&DnsRecord::weight, 1)));
  EXPECT_EQ(service("master")["Weights"], (json{{"Passing", 1}, {"Warning", 1}}));
  ASSERT_EQ(apply({{"tags", json::array()}}).code, 0);
  EXPECT_THAT(srv("mymaster.master.service.consul"), IsEmpty());
  EXPECT_THAT(srv("master.service.consul"), SizeIs(1));
}

TEST_F(Naming, BehindNatDnsAnswersWhatClientsReach) {
  const json more = {{"address_map", {{"10.0.0.5", "203.0.113.5"}, {"10.0.0.6:6379", "203.0.113.6:16379"}}}};
  auto finished = apply(more);
  ASSERT_EQ(finished.code, 0) << finished.output;
  EXPECT_EQ(stage_.fence()["address"], "10.0.0.5:6379");
  EXPECT_THAT(stage_.consul().resolve("master.service.consul", DnsType::srv).endpoints(),
              ElementsAre("203.0.113.5:6379"));
  EXPECT_THAT(stage_.consul().resolve("slave.service.consul", DnsType::srv).endpoints(),
              ElementsAre("203.0.113.6:16379"));
  EXPECT_THAT(apply(more).output, HasSubstr("up_to_date"));

  stage_.sentinels().tell("10.0.0.6", 8, {"10.0.0.5"});
  finished = apply(more);
  ASSERT_EQ(finished.code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("+master 10.0.0.6:6379 at 203.0.113.6:16379"));
  EXPECT_THAT(stage_.consul().resolve("master.service.consul", DnsType::srv).endpoints(),
              ElementsAre("203.0.113.6:16379"));

  // Another map moves services and nodes, and none at all moves them back.
  ASSERT_EQ(apply({{"address_map", {{"10.0.0.6", "198.51.100.6"}}}}).code, 0);
  EXPECT_THAT(stage_.consul().resolve("redis-10-0-0-6.node.consul", DnsType::a).addresses(),
              ElementsAre("198.51.100.6"));
  ASSERT_EQ(apply(json::object()).code, 0);
  EXPECT_THAT(stage_.consul().resolve("master.service.consul", DnsType::srv).endpoints(),
              ElementsAre("10.0.0.6:6379"));
  EXPECT_THAT(stage_.consul().resolve("redis-10-0-0-6.node.consul", DnsType::a).addresses(),
              ElementsAre("10.0.0.6"));
}

TEST_F(Naming, TheMasterStandsInWhenTheLastReplicaIsGone) {
  const json more = {{"slave_fallback", true}};
  stage_.sentinels().tell("10.0.0.5", 7);
  ASSERT_EQ(apply(more).code, 0);
  const auto slaves = [this] {
    return stage_.consul().resolve("slave.service.consul", DnsType::a).addresses();
  };
  EXPECT_THAT(slaves(), ElementsAre("10.0.0.5"));
  stage_.sentinels().tell("10.0.0.5", 7, {"10.0.0.6"});
  ASSERT_EQ(apply(more).code, 0);
  EXPECT_THAT(slaves(), ElementsAre("10.0.0.6"));
}

}  // namespace
}  // namespace rediscovery::testing
