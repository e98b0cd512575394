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

}  // namespace
}  // namespace rediscovery::testing
