#include "updater/address_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

core::Endpoint at(const std::string& address, std::uint16_t port = 6379, const std::string& name = "") {
  return {address, port, name};
}

AddressMap map_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  AddressMap map;
  for (const auto& [from, to] : entries) EXPECT_EQ(map.add(from, to), std::nullopt) << from;
  return map;
}

TEST(AddressMap, WithoutAnEntryAnEndpointIsWhatSentinelSays) {
  EXPECT_EQ(AddressMap().published(at("10.0.0.5")), at("10.0.0.5"));
  EXPECT_EQ(map_of({{"10.0.0.6", "203.0.113.6"}}).published(at("10.0.0.5")), at("10.0.0.5"));
  EXPECT_EQ(AddressMap().node_address(at("10.0.0.5")), "10.0.0.5");
}

TEST(AddressMap, APortStaysUnlessItIsMapped) {
  EXPECT_EQ(map_of({{"10.0.0.5", "203.0.113.5"}}).published(at("10.0.0.5", 6380)), at("203.0.113.5", 6380));
  EXPECT_EQ(map_of({{"10.0.0.5", "203.0.113.5:1"}}).published(at("10.0.0.5", 6380)), at("203.0.113.5", 1));
  EXPECT_EQ(map_of({{"10.0.0.5:6380", "[fd00::5]:2"}}).published(at("10.0.0.5", 6380)), at("fd00::5", 2));
  EXPECT_EQ(map_of({{"10.0.0.5:6380", "203.0.113.5"}}).published(at("10.0.0.5", 6379)), at("10.0.0.5", 6379));
}

TEST(AddressMap, TheMostExactEntryCounts) {
  const auto map =
      map_of({{"redis-1", "203.0.113.1"}, {"10.0.0.5", "203.0.113.2"}, {"10.0.0.5:6379", "203.0.113.3"}});
  EXPECT_EQ(map.published(at("10.0.0.5", 6379, "redis-1")), at("203.0.113.3", 6379));
  EXPECT_EQ(map.published(at("10.0.0.5", 6380, "redis-1")), at("203.0.113.2", 6380));
  EXPECT_EQ(map.published(at("10.0.0.9", 6380, "Redis-1")), at("203.0.113.1", 6380));
}

TEST(AddressMap, SpellingsOfOneAddressAreOne) {
  const auto map = map_of({{"fd00:0:0::5", "203.0.113.5"}, {"[fd00::6]:6379", "203.0.113.6"}});
  EXPECT_EQ(map.published(at("fd00::5")), at("203.0.113.5"));
  EXPECT_EQ(map.published(at("fd00::6")), at("203.0.113.6"));
}

// Two masters with a Redis on one host write one node: it must be the same for both.
TEST(AddressMap, TheNodesAddressDoesNotDependOnThePort) {
  EXPECT_EQ(map_of({{"10.0.0.5", "203.0.113.5:1"}}).node_address(at("10.0.0.5", 7)), "203.0.113.5");
  EXPECT_EQ(map_of({{"redis-1", "203.0.113.5"}}).node_address(at("10.0.0.5", 7, "redis-1")), "203.0.113.5");
  const auto agreed = map_of({{"10.0.0.5:1", "203.0.113.5:11"}, {"10.0.0.5:2", "203.0.113.5:12"}});
  EXPECT_EQ(agreed.node_address(at("10.0.0.5", 1)), "203.0.113.5");
  EXPECT_EQ(agreed.node_address(at("10.0.0.5", 3)), "203.0.113.5");
  const auto split = map_of({{"10.0.0.5:1", "203.0.113.5:11"}, {"10.0.0.5:2", "203.0.113.6:11"}});
  EXPECT_EQ(split.node_address(at("10.0.0.5", 1)), "10.0.0.5");
}

TEST(AddressMap, WhatCannotBeIsRefusedWithTheReason) {
  AddressMap map = map_of({{"10.0.0.5", "203.0.113.5:16379"}, {"redis-1", "203.0.113.9"}});
  EXPECT_THAT(map.add("10.0.0.6", "redis"), Optional(HasSubstr("neither a numeric address")));
  EXPECT_THAT(map.add("10.0.0.6", "203.0.113.5:0"), Optional(HasSubstr("neither a numeric address")));
  EXPECT_THAT(map.add("10.0.0.6", ""), Optional(HasSubstr("neither a numeric address")));
  for (const auto* from : {"", "redis 1", "redis-1:6379", "10.0.0.500", "10.0.0.5:0", "10.0.0.5:65536"}) {
    EXPECT_THAT(map.add(from, "203.0.113.6"), Optional(HasSubstr("expected what Sentinel says"))) << from;
  }
  EXPECT_THAT(map.add("10.0.0.6", "203.0.113.5:16379"), Optional(HasSubstr("two Redis")));
  EXPECT_THAT(map.add("REDIS-1", "203.0.113.7"), Optional(HasSubstr("listed")));
  EXPECT_EQ(map.add("10.0.0.7", "203.0.113.9"), std::nullopt) << "the ports may differ";
}

}  // namespace
}  // namespace rediscovery::updater
