#include "updater/naming.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

TEST(Naming, TemplatesAreExpandedEverywhere) {
  EXPECT_EQ(expand("{master_name}-master", "cache", Role::master), "cache-master");
  EXPECT_EQ(expand("{master_name}-{master_name}", "a", Role::master), "a-a");
  EXPECT_EQ(expand("{role}.{master_name}.{role}", "a", Role::master), "master.a.master");
  EXPECT_EQ(expand("{role}", "a", Role::replica), "slave");
  EXPECT_EQ(expand("master", "cache", Role::master), "master");
  EXPECT_EQ(expand("{master_name}", "{role}", Role::master), "{role}") << "what was filled in is no template";
  EXPECT_EQ(expand("", "a", Role::master), "");
}

TEST(Naming, OtherThingsInBracesAreFound) {
  EXPECT_EQ(unknown_placeholder("{master_name}-{role}"), std::nullopt);
  EXPECT_EQ(unknown_placeholder("a}b"), std::nullopt);
  EXPECT_EQ(unknown_placeholder("{role}{master}"), "{master}");
  EXPECT_EQ(unknown_placeholder("{}"), "{}");
  EXPECT_EQ(unknown_placeholder("a{role"), "{role");
}

TEST(Naming, NodesServicesAndKeys) {
  const core::Endpoint v4{"10.0.0.6", 6379, {}};
  const core::Endpoint v6{"fd00::6", 6380, {}};
  EXPECT_EQ(node_name("redis-", v4), "redis-10-0-0-6");
  EXPECT_EQ(node_name("redis-", v6), "redis-fd00--6");
  EXPECT_EQ(service_id(Role::master, "mymaster", v4), "master:mymaster:10.0.0.6:6379");
  EXPECT_EQ(service_id(Role::replica, "mymaster", v6), "slave:mymaster:[fd00::6]:6380");
  EXPECT_EQ(fence_key("redis-roles/", "mymaster"), "redis-roles/mymaster");
  EXPECT_EQ(endpoint_in("slave:a:10.0.0.6:6379", Role::replica, "a"), (core::Endpoint{"10.0.0.6", 6379, {}}));
  EXPECT_EQ(endpoint_in("slave:a:10.0.0.6:6379", Role::master, "a"), std::nullopt);
  EXPECT_EQ(endpoint_in("slave:a:10.0.0.6:6379", Role::replica, "b"), std::nullopt);
  EXPECT_EQ(endpoint_in("slave:a:redis-1", Role::replica, "a"), std::nullopt);
  EXPECT_EQ(heartbeat_key("redis-roles/", "mymaster"), "redis-roles/mymaster/heartbeat");
}

TEST(Naming, WhatDnsCanAskFor) {
  EXPECT_TRUE(is_dns_label("master"));
  EXPECT_TRUE(is_dns_label("a-1"));
  EXPECT_TRUE(is_dns_label(std::string(63, 'a')));
  for (const auto& text :
       {std::string(), std::string(64, 'a'), std::string("a.b"), std::string("a_b"), std::string("-a"),
        std::string("a-"), std::string("\xc3\xa9"), std::string("a b")}) {
    EXPECT_FALSE(is_dns_label(text)) << text;
  }
}

TEST(Naming, MasterNamesAndKeys) {
  EXPECT_TRUE(is_master_name("my.master_1-a"));
  EXPECT_FALSE(is_master_name(""));
  EXPECT_FALSE(is_master_name("a/b"));
  EXPECT_FALSE(is_master_name("a b"));
  EXPECT_TRUE(is_key("redis-roles/a.b_c"));
  EXPECT_TRUE(is_key("redis-roles/..a/"));
  EXPECT_FALSE(is_key("a?b"));
  for (const auto* elsewhere : {"/a", "a//b", "a//", "/", "./a", "a/.", "a/../b", ".."}) {
    EXPECT_FALSE(is_key(elsewhere)) << elsewhere;
  }
  EXPECT_FALSE(is_key(""));
}

}  // namespace
}  // namespace rediscovery::updater
