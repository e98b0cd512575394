#include "updater/visibility.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulated_world.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using testing::redis;
using testing::SimulatedWorld;
using testing::Situation;

class VisibilityInDns : public ::testing::Test {
 protected:
  VisibilityInDns() {
    auto situation = Situation::settled();
    settled_ = situation.plan();
    situation.sentinels_say(6, 8);
    switch_ = situation.plan();
  }
  static core::LookupResult answer(std::vector<core::Endpoint> endpoints) {
    return {std::move(endpoints), {}, {}};
  }
  std::optional<Visibility> wait(const Plan& plan, core::Duration span = hours(1)) {
    started_ = world_.now();
    return wait_until_visible(world_, plan, started_ + span, rng_);
  }

  SimulatedWorld world_;
  core::Rng rng_{1};
  core::TimePoint started_;
  Plan settled_;
  Plan switch_;
};

TEST_F(VisibilityInDns, WhatIsThereAtOnceNeedsNoPause) {
  world_.dns_answers = {answer({redis(6)})};
  const auto seen = wait(switch_);
  ASSERT_TRUE(seen && seen->after);
  EXPECT_EQ(seen->master, redis(6));
  EXPECT_EQ(world_.pauses, 0);
}

TEST_F(VisibilityInDns, OnlyTheNewMasterAloneCounts) {
  world_.dns_answers = {answer({redis(5)}), answer({redis(5), redis(6)}), answer({redis(6, 6380)}),
                        answer({redis(6)})};
  const auto seen = wait(switch_);
  ASSERT_TRUE(seen && seen->after);
  EXPECT_EQ(world_.pauses, 3);
  EXPECT_EQ(*seen->after, world_.now() - started_);
  EXPECT_EQ(seen->problem, "");
}

TEST_F(VisibilityInDns, ItIsGivenUpInLessThanASecondWithWhatDnsAnswers) {
  for (int i = 0; i < 100'000; ++i) world_.dns_answers.push_back(answer({redis(5), redis(7)}));
  const auto seen = wait(switch_);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->after);
  EXPECT_LT(world_.now() - started_, milliseconds(1000));
  EXPECT_EQ(seen->problem, "it still answers 10.0.0.5:6379, 10.0.0.7:6379");
}

TEST_F(VisibilityInDns, TheCallersDeadlineIsKept) {
  const auto seen = wait(switch_, milliseconds(20));  // nothing is registered in this world
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->after);
  EXPECT_LE(world_.now() - started_, milliseconds(20));
  EXPECT_THAT(seen->problem, HasSubstr("NXDOMAIN"));
}

TEST_F(VisibilityInDns, AReplicasChangeIsNotAskedFor) {
  auto situation = Situation::settled();
  situation.with_replica(8);
  ASSERT_EQ(situation.plan().verdict, Verdict::change);
  EXPECT_FALSE(wait(situation.plan()));
  EXPECT_FALSE(wait(settled_));
}

TEST_F(VisibilityInDns, WithoutDnsNothingIsSaid) {
  world_.has_dns = false;
  EXPECT_FALSE(wait(switch_));
}

}  // namespace
}  // namespace rediscovery::updater
