#include "updater/registration.hpp"

#include <gtest/gtest.h>

#include "situation.hpp"

namespace rediscovery::updater {
namespace {

using testing::redis;
using testing::Situation;

consul::ServiceEntry written() { return Situation().consul_has(Role::master, 5).consul.entries[0]; }
Registration wanted() { return Situation().registration_for(Role::master, 5, 7); }

TEST(Registration, WhatWasWrittenMatches) { EXPECT_TRUE(matches(written(), wanted())); }

TEST(Registration, EveryDifferenceCounts) {
  using Spoil = void (*)(consul::ServiceEntry&);
  const Spoil spoils[] = {[](auto& e) { e.node = "x"; },
                          [](auto& e) { e.id = "x"; },
                          [](auto& e) { e.service = "x"; },
                          [](auto& e) { e.address = "10.0.0.9"; },
                          [](auto& e) { e.port = 1; },
                          [](auto& e) { e.tags.clear(); },
                          [](auto& e) { e.meta["config_epoch"] = "8"; },
                          [](auto& e) { e.meta["more"] = "x"; },
                          [](auto& e) { e.weights.passing = 7; },
                          [](auto& e) { e.weights.warning = 7; },
                          [](auto& e) { e.meta["run_id"] = "x"; },
                          [](auto& e) { e.checks.clear(); },
                          [](auto& e) { e.checks.begin()->second = "warning"; }};
  int number = 0;
  for (const auto spoil : spoils) {
    auto entry = written();
    spoil(entry);
    EXPECT_FALSE(matches(entry, wanted())) << "difference " << number;
    ++number;
  }
}

TEST(Registration, TheUpdatersOwnMetaDataWinsOverLabels) {
  auto registration = wanted();
  registration.run_id = "abc";
  registration.labels = {{"a", "b"}, {10, 2}, {{"team", "web"}, {"managed-by", "me"}}};
  const auto service = service_of(registration);
  EXPECT_EQ(service.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(service.weights, (consul::Weights{10, 2}));
  EXPECT_EQ(service.meta, (consul::Meta{{"team", "web"},
                                        {"managed-by", "rediscovery-updater"},
                                        {"master_name", "mymaster"},
                                        {"config_epoch", "7"},
                                        {"run_id", "abc"}}));
}

TEST(Registration, OtherPeoplesChecksDoNotCount) {
  auto entry = written();
  entry.checks["theirs"] = "critical";
  EXPECT_TRUE(matches(entry, wanted()));
}

TEST(Registration, OwnedIsWhatTheUpdaterMadeForThisMaster) {
  EXPECT_TRUE(is_owned(written(), "mymaster", "redis-"));
  EXPECT_FALSE(is_owned(written(), "other", "redis-"));
  auto entry = written();
  entry.meta["managed-by"] = "somebody";
  EXPECT_FALSE(is_owned(entry, "mymaster", "redis-"));
}

TEST(Registration, AnUnmarkedEntryIsOwnedIfNodeAndIdAreTheUpdaters) {
  auto entry = written();
  entry.meta.clear();
  EXPECT_TRUE(is_owned(entry, "mymaster", "redis-"));
  EXPECT_FALSE(is_owned(entry, "other", "redis-"));
  EXPECT_FALSE(is_owned(entry, "mymaster", "r-"));
  entry.port = 6380;
  EXPECT_FALSE(is_owned(entry, "mymaster", "redis-"));
  entry = written();
  entry.meta.clear();
  entry.id = "redis";
  EXPECT_FALSE(is_owned(entry, "mymaster", "redis-"));
}

TEST(Registration, AnOwnedEntryIsKnownByItsIdWhereverClientsReachIt) {
  auto entry = written();
  entry.address = "203.0.113.5";
  entry.port = 16379;
  EXPECT_EQ(identity_of(entry, "mymaster"), redis(5));
  EXPECT_EQ(endpoint_of(entry), (core::Endpoint{"203.0.113.5", 16379, {}}));
  EXPECT_TRUE(is_owned(entry, "mymaster", "redis-"));
  EXPECT_EQ(identity_of(entry, "my"), std::nullopt);
  entry.id = "master:mymaster:redis-1:6379";
  EXPECT_EQ(identity_of(entry, "mymaster"), std::nullopt);
}

TEST(Registration, AnEntryWithoutAddressHasItsNodes) {
  auto entry = written();
  entry.address.clear();
  EXPECT_EQ(endpoint_of(entry), redis(5));
  entry.node_address = "host";
  EXPECT_EQ(endpoint_of(entry), std::nullopt);
}

}  // namespace
}  // namespace rediscovery::updater
