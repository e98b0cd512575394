#include "pool/client_plan.hpp"

#include <gtest/gtest.h>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

TEST(ClientPlan, CarriesTheBoundsToTheDispatcher) {
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

TEST(ClientPlan, WithoutALifetimeConnectionsAreKept) {
  Options options;
  options.max_lifetime = 0ms;
  EXPECT_EQ(dispatch_policy(options).max_lifetime, std::nullopt);
}

}  // namespace
}  // namespace rediscovery
