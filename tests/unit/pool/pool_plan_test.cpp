#include "pool/pool_plan.hpp"

#include <gtest/gtest.h>

#include "unit/pool/refusal.hpp"

namespace rediscovery {
namespace {

using namespace std::chrono_literals;
using core::Endpoint;

TEST(PoolPlan, CarriesTheBoundsToThePool) {
  Options options;
  options.min_idle = 2;
  options.max_connections = 20;
  options.max_waiters = 30;
  options.max_connecting = 4;
  options.idle_check_interval = 700ms;
  options.max_idle_time = 8s;
  options.max_lifetime = 90s;
  const core::PoolPolicy policy = pool_policy(options);
  EXPECT_EQ(policy.min_idle, 2U);
  EXPECT_EQ(policy.max_connections, 20U);
  EXPECT_EQ(policy.max_waiters, 30U);
  EXPECT_EQ(policy.max_connecting, 4U);
  EXPECT_EQ(policy.idle_check_interval, 700ms);
  EXPECT_EQ(policy.max_idle_time, 8s);
  EXPECT_EQ(policy.max_lifetime, 90s);
}

TEST(PoolPlan, ZeroMeansNever) {
  Options options;
  options.max_idle_time = 0ms;
  options.max_lifetime = 0ms;
  EXPECT_EQ(pool_policy(options).max_idle_time, std::nullopt);
  EXPECT_EQ(pool_policy(options).max_lifetime, std::nullopt);
}

TEST(PoolPlan, CarriesTheServersToTheResolver) {
  Options options;
  options.dns_servers = {"127.0.0.1:8600", "::1"};
  options.dns_timeout = 100ms;
  options.default_port = 6380;
  const auto resolver = resolver_options(options);
  EXPECT_EQ(resolver.servers, (std::vector<Endpoint>{{"127.0.0.1", 8600, ""}, {"::1", 53, ""}}));
  EXPECT_EQ(resolver.timeout, 100ms);
  EXPECT_EQ(resolver.default_port, 6380);
}

TEST(PoolPlan, ANameIsLookedUp) {
  Options options;
  options.master = "master.test";
  options.replicas = "slave.test";
  options.refresh_floor = 200ms;
  options.refresh_ceiling = 300ms;
  options.connect_timeout = 50ms;
  options.silence_timeout = 60ms;
  options.idle_check_interval = 700ms;
  options.promotion = Promotion::announced;
  const auto plan = driver_plan(options);
  EXPECT_TRUE(plan.discovery.fixed_masters.empty());
  EXPECT_TRUE(plan.discovery.fixed_replicas.empty());
  EXPECT_TRUE(plan.discovery.has_replicas);
  EXPECT_EQ(plan.discovery.resolve.refresh_floor, 200ms);
  EXPECT_EQ(plan.discovery.resolve.refresh_ceiling, 300ms);
  EXPECT_EQ(plan.discovery.master.promotion, Promotion::announced);
  EXPECT_EQ(plan.discovery.standby.calm_interval, 700ms);
  EXPECT_EQ(plan.connection.connect_timeout, 50ms);
  EXPECT_EQ(plan.connection.silence_timeout, 60ms);
}

TEST(PoolPlan, AddressesAreNot) {
  Options options;
  options.master = "10.0.0.5,[::1]:6380";
  options.default_port = 7000;
  const auto plan = driver_plan(options);
  EXPECT_EQ(plan.discovery.fixed_masters, (std::vector<Endpoint>{{"10.0.0.5", 7000, ""}, {"::1", 6380, ""}}));
  EXPECT_FALSE(plan.discovery.has_replicas);
}

TEST(PoolPlan, CarriesWhoWeAreToTheServers) {
  Options options;
  options.username = "alice";
  options.password = "secret";
  options.client_name = "st-api";
  options.database = 3;
  options.protocol = 3;
  const redis::Identity identity = access(options).identity;
  EXPECT_EQ(identity.username, "alice");
  EXPECT_EQ(identity.password, "secret");
  EXPECT_EQ(identity.client_name, "st-api");
  EXPECT_EQ(identity.database, 3U);
  EXPECT_EQ(identity.protocol, 3U);
}

TEST(PoolPlan, WhatIsNotWhereThePasswordShouldBeIsNamed) {
  Options options;
  options.master = "master.test";
  options.password_file = "/nowhere/at/all";
  EXPECT_EQ(refusal_of([&] { (void)access(options); }),
            (Refusal{"password_file",
                     "rediscovery options: password_file '/nowhere/at/all' cannot be read: No such file or "
                     "directory"}));
  options.password_file.clear();
  options.password_env = "REDISCOVERY_TEST_NOT_SET";
  EXPECT_EQ(refusal_of([&] { (void)access(options); }),
            (Refusal{"password_env",
                     "rediscovery options: password_env 'REDISCOVERY_TEST_NOT_SET' is not set in the "
                     "environment"}));
}

TEST(PoolPlan, WithoutTlsThereIsNone) {
  Options options;
  options.master = "master.test";
  EXPECT_EQ(access(options).tls, nullptr);
  EXPECT_FALSE(driver_plan(options).connection.tls);
}

TEST(PoolPlan, AMastersNameIsThatOfEverybodyWithoutOne) {
  Options options;
  options.tls = true;
  options.tls_server_name = "redis.test";
  options.master = "master.test";
  EXPECT_TRUE(driver_plan(options).connection.tls);
  EXPECT_EQ(access(options).tls->settings().name_of_unnamed, "master.test");
  EXPECT_EQ(access(options).tls->settings().server_name, "redis.test");
  options.master = "10.0.0.5:6379";
  EXPECT_EQ(access(options).tls->settings().name_of_unnamed, "");
}

TEST(PoolPlan, AFileThatCannotBeUsedIsNamedByItsField) {
  Options options;
  options.master = "master.test";
  options.tls = true;
  options.tls_ca_file = "/nowhere/at/all.pem";
  EXPECT_EQ(refusal_of([&] { (void)access(options); }),
            (Refusal{"tls_ca_file",
                     "rediscovery options: tls_ca_file '/nowhere/at/all.pem' cannot be read: No such file or "
                     "directory"}));
}

TEST(PoolPlan, CarriesTheAllowedNetworks) {
  Options options;
  options.master = "master.test";
  options.allowed_networks = {"10.0.0.0/8"};
  const auto plan = driver_plan(options);
  ASSERT_EQ(plan.discovery.allowed.size(), 1U);
  EXPECT_TRUE(plan.discovery.allowed[0].contains("10.1.1.1"));
}

TEST(PoolPlan, CarriesTheBoundsToTheDispatcher) {
  Options options;
  options.pipelines = 3;
  options.max_waiters = 40;
  options.max_in_flight = 50;
  options.max_queued_bytes = 60'000;
  options.idle_check_interval = 700ms;
  options.max_lifetime = 90s;
  const engine::DispatchPolicy policy = dispatch_policy(options);
  EXPECT_EQ(policy.pipelines, 3U);
  EXPECT_EQ(policy.max_waiting, 40U);
  EXPECT_EQ(policy.max_in_flight, 50U);
  EXPECT_EQ(policy.max_bytes, 60'000U);
  EXPECT_EQ(policy.check_interval, 700ms);
  EXPECT_EQ(policy.max_lifetime, 90s);
}

TEST(PoolPlan, WithoutALifetimeADispatchersConnectionsAreKept) {
  Options options;
  options.max_lifetime = 0ms;
  EXPECT_EQ(dispatch_policy(options).max_lifetime, std::nullopt);
}

}  // namespace
}  // namespace rediscovery
