#include "updater/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ConfigFile, ChangesAreNamedByTheirFieldsWithoutValues) {
  EXPECT_THAT(changed_fields(R"({"consul": {"token": "old", "datacenter": "a"}, "masters": ["x"]})",
                             R"({"consul": {"token": "new", "datacenter": "a"}, "masters": ["x", "y"]})"),
              ElementsAre("consul.token", "masters"));
}

TEST(ConfigFile, FieldsThatComeOrGoAreChanges) {
  EXPECT_THAT(changed_fields(R"({"promotion": "observed", "redis": {"user": "u"}})",
                             R"({"http": {"address": "127.0.0.1:9121"}, "redis": {}})"),
              ElementsAre("http", "promotion", "redis.user"));
}

TEST(ConfigFile, OrderAndSpaceAreNoChange) {
  EXPECT_THAT(changed_fields(R"({"a": 1, "b": {"c": 2}})", R"({"b":{"c":2},"a":1})"), IsEmpty());
}

}  // namespace
}  // namespace rediscovery::updater
