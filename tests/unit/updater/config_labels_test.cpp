#include "updater/config_labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "updater/config.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<MasterConfig> masters(const json& more, const json& list = {"mymaster"}) {
  json root = {{"masters", list}, {"sentinels", {{"addresses", {"10.0.0.5"}}}}};
  root.update(more);
  return parse_config(root.dump(), [](std::string_view) { return std::nullopt; }).masters;
}

std::string failure(const json& more, const json& list = {"mymaster"}) {
  try {
    (void)masters(more, list);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ConfigLabels, TemplatesKnowTheMasterAndTheRole) {
  const auto labels = masters({{"tags", {"{master_name}", "redis-{role}"}},
                               {"meta", {{"what", "{role} of {master_name}"}, {"team", "web"}}}})[0]
                          .labels;
  EXPECT_THAT(labels.master.tags, ElementsAre("mymaster", "redis-master"));
  EXPECT_THAT(labels.replica.tags, ElementsAre("mymaster", "redis-slave"));
  EXPECT_THAT(labels.master.meta, ElementsAre(Pair("team", "web"), Pair("what", "master of mymaster")));
  EXPECT_THAT(labels.replica.meta, ElementsAre(Pair("team", "web"), Pair("what", "slave of mymaster")));
}

TEST(ConfigLabels, WeightsAreOfARole) {
  const auto labels =
      masters(
          {{"weights", {{"master", {{"passing", 10}}}, {"slave", {{"passing", 65535}, {"warning", 0}}}}}})[0]
          .labels;
  EXPECT_EQ(labels.master.weights, (consul::Weights{10, 1}));
  EXPECT_EQ(labels.replica.weights, (consul::Weights{65535, 0}));
}

TEST(ConfigLabels, AMasterMayHaveItsOwn) {
  const json general = {{"names", {{"master", "{master_name}-{role}"}, {"slave", "{master_name}-{role}"}}},
                        {"tags", {"a", "b"}},
                        {"weights", {{"slave", {{"passing", 5}}}}},
                        {"meta", {{"team", "web"}, {"env", "live"}}}};
  const auto both = masters(general, {"one",
                                      {{"name", "two"},
                                       {"tags", json::array()},
                                       {"weights", {{"slave", {{"warning", 3}}}}},
                                       {"meta", {{"team", "db"}}}}});
  EXPECT_EQ(both[0].services, (ServiceNames{"one-master", "one-slave"}));
  EXPECT_THAT(both[0].labels.replica.tags, ElementsAre("a", "b"));
  EXPECT_EQ(both[0].labels.replica.weights, (consul::Weights{5, 1}));
  EXPECT_THAT(both[1].labels.replica.tags, IsEmpty());
  EXPECT_EQ(both[1].labels.replica.weights, (consul::Weights{5, 3}));
  EXPECT_THAT(both[1].labels.replica.meta, ElementsAre(Pair("env", "live"), Pair("team", "db")));
}

TEST(ConfigLabels, AnUnknownPlaceholderIsNamedWithThoseThatThereAre) {
  for (const json& more : {json{{"tags", {"{master}"}}}, json{{"meta", {{"a", "x {master} y"}}}},
                           json{{"names", {{"master", "{master}"}}}}}) {
    EXPECT_THAT(failure(more), HasSubstr("no placeholder \"{master}\"")) << more;
    EXPECT_THAT(failure(more), HasSubstr("{master_name} and {role}")) << more;
  }
  EXPECT_THAT(failure({{"names", {{"slave", "{role"}}}}), HasSubstr("names.slave: "));
}

TEST(ConfigLabels, EveryBadValueIsNamed) {
  const std::vector<std::pair<json, const char*>> cases = {
      {{{"tags", "a"}}, "tags: "},
      {{{"tags", {7}}}, "tags: "},
      {{{"tags", {""}}}, "tags: "},
      {{{"tags", {"a\nb"}}}, "tags: "},
      {{{"tags", {"a", "a"}}}, "\"a\" is there twice"},
      {{{"tags", {"mymaster", "{master_name}"}}}, "\"mymaster\" is there twice"},
      {{{"weights", 7}}, "weights: "},
      {{{"weights", {{"replica", json::object()}}}}, "weights.replica: there is no such field"},
      {{{"weights", {{"slave", {{"passing", 0}}}}}}, "weights.slave.passing: 0 is outside"},
      {{{"weights", {{"slave", {{"passing", 65536}}}}}}, "from 1 to 65535"},
      {{{"weights", {{"master", {{"warning", -1}}}}}}, "from 0 to 65535"},
      {{{"weights", {{"master", {{"warning", 1.5}}}}}}, "weights.master.warning"},
      {{{"weights", {{"master", {{"warning", 18446744073709551615ULL}}}}}}, "weights.master.warning"},
      {{{"meta", {"a"}}}, "meta: "},
      {{{"meta", {{"a", 7}}}}, "meta.a: "},
      {{{"meta", {{"a b", "x"}}}}, "meta.a b: expected a key"},
      {{{"meta", {{"consul-x", "x"}}}}, "meta.consul-x: "},
      {{{"meta", {{"run_id", "x"}}}}, "meta.run_id: the updater writes this key itself"},
      {{{"meta", {{"managed-by", "x"}}}}, "choose another one"},
      {{{"meta", {{"a", std::string(513, 'x')}}}}, "meta.a has 513 bytes"},
  };
  for (const auto& [more, text] : cases) EXPECT_THAT(failure(more), HasSubstr(text)) << more;
  json many;
  for (int i = 0; i < 61; ++i) many["key" + std::to_string(i)] = "x";
  EXPECT_THAT(failure({{"meta", many}}), HasSubstr("at most 60"));
  many.erase("key0");
  EXPECT_EQ(failure({{"meta", many}}), "no error");
}

TEST(ConfigLabels, AValueThatBecomesTooLongIsFoundWithTheMaster) {
  const std::string name(300, 'm');
  EXPECT_THAT(
      failure({{"names", {{"master", "m"}, {"slave", "s"}}}, {"meta", {{"a", "{master_name}{master_name}"}}}},
              {name}),
      HasSubstr("masters[0]: meta.a has 600 bytes"));
}

}  // namespace
}  // namespace rediscovery::updater
