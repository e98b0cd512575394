#include "sentinel/hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HostsTest : public ::testing::Test {
 protected:
  void learn(const std::vector<std::string>& names) { hosts_.learn(names, now_, now_ + 1s); }

  std::map<std::string, std::vector<std::string>> dns_;  // what is answered
  std::vector<std::string> asked_;
  core::Duration waits_{};  // at most, the last look-up
  core::TimePoint now_ = core::TimePoint{} + 1h;
  Hosts hosts_{[this](const std::vector<std::string>& names, core::TimePoint deadline) {
    asked_ = names;
    waits_ = deadline - now_;
    return dns_;
  }};
};

TEST_F(HostsTest, WhatIsKnownIsNotLookedUp) {
  dns_["redis-1"] = {"10.0.0.1"};
  learn({"redis-1"});
  EXPECT_EQ(hosts_.address_of("redis-1"), "10.0.0.1");
  EXPECT_EQ(hosts_.address_of("redis-2"), std::nullopt);
  asked_.clear();
  learn({"redis-1"});
  learn({});
  EXPECT_THAT(asked_, IsEmpty());
  learn({"redis-1", "redis-2"});
  EXPECT_THAT(asked_, ElementsAre("redis-2"));
}

TEST_F(HostsTest, ANameThatIsKnownAlreadyHoldsUpNobodyForLong) {
  dns_["redis-1"] = {"10.0.0.1"};
  learn({"redis-1"});
  EXPECT_EQ(waits_, 1s);
  now_ += 1min;
  dns_.clear();
  learn({"redis-1"});
  EXPECT_EQ(waits_, 100ms);
  EXPECT_EQ(hosts_.address_of("redis-1"), "10.0.0.1") << "nobody has answered";
}

}  // namespace
}  // namespace rediscovery::sentinel
