// Sentinels that announce host names in the place of addresses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_sentinel.hpp"
#include "stage.hpp"
#include "support/dnsmasq.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Names are served by a dnsmasq of this test: redis-1.test is the cluster's first address, and so on.
class Hostnames : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;  // nobody connects to it: Sentinel's word is what counts here
    options.sentinels = 0;
    return options;
  }
  static constexpr const char* kOne = "redis-1.test";
  static constexpr const char* kTwo = "redis-2.test";
  static constexpr const char* kThree = "redis-3.test";

  Hostnames()
      : sentinels_(addresses(), 3),
        dns_(stage_.cluster().keeper(), addresses().next_free_ip(),
             {"address=/redis-1.test/" + ip(1), "address=/redis-2.test/" + ip(2),
              "address=/redis-3.test/" + ip(3)}) {
    config_ = stage_.config_with("names.json", [this](json& root) {
      root["sentinels"]["addresses"] = sentinels_.endpoints();
      root["sentinels"]["dns_servers"] = {dns_.endpoint()};
      root["promotion"] = "announced";
      root["reconcile_interval_ms"] = 100;
    });
  }
  Finished updater(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--config", config_, "--timeout-ms", "3000"});
    return run_updater(stage_.cluster().keeper(), arguments);
  }
  AddressBlock& addresses() { return stage_.cluster().addresses(); }
  [[nodiscard]] std::string ip(int host) { return addresses().ip(host); }

  Stage stage_{options()};
  FakeSentinels sentinels_;
  Dnsmasq dns_;
  std::string config_;
};

TEST_F(Hostnames, AreRegisteredByTheAddressesTheyStandFor) {
  sentinels_.tell(kOne, 1, {kTwo, kThree});
  const auto applied = updater({"apply"});
  EXPECT_EQ(applied.code, 0) << applied.output;
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(1)));
  EXPECT_THAT(stage_.slaves(), ElementsAre(ip(2), ip(3)));
  EXPECT_EQ(stage_.fence()["address"], ip(1) + ":6379");

  sentinels_.tell(kTwo, 2, {kOne, kThree});
  EXPECT_EQ(updater({"on-reconfig", "mymaster", "leader", "start", kOne, "6379", kTwo, "6379"}).code, 0);
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(2)));
}

TEST_F(Hostnames, AndAddressesOfOneNodeAgree) {
  sentinels_.tell(kOne, 1, {kTwo, kThree});
  sentinels_.tell_one(1, ip(1), 1, {ip(2), kThree});
  const auto applied = updater({"apply"});
  EXPECT_EQ(applied.code, 0) << applied.output;
  EXPECT_THAT(applied.output, HasSubstr("what 3 of 3 Sentinels say"));
  EXPECT_THAT(stage_.slaves(), ElementsAre(ip(2), ip(3)));
}

// A one-shot, which remembers nothing.
TEST_F(Hostnames, OfAReplicaThatNobodyKnowsNowRemoveNoReplica) {
  sentinels_.tell(kOne, 1, {kTwo, kThree});
  ASSERT_EQ(updater({"apply"}).code, 0);
  sentinels_.tell(kOne, 1, {kTwo, "nobody.test"});
  const auto applied = updater({"apply"});
  EXPECT_EQ(applied.code, 0) << applied.output;
  EXPECT_THAT(applied.output, HasSubstr("the replica nobody.test cannot be resolved here"));
  EXPECT_THAT(stage_.slaves(), ElementsAre(ip(2), ip(3)));
}

TEST_F(Hostnames, InTheHostsFileNeedNoServer) {
  dns_.kill();
  sentinels_.tell("localhost", 1);
  const auto applied = updater({"apply"});
  EXPECT_EQ(applied.code, 0) << applied.output;
  EXPECT_THAT(stage_.masters(), ElementsAre("127.0.0.1"));
}

TEST_F(Hostnames, ThatNobodyKnowsAreExplainedAndTriedAgain) {
  sentinels_.tell("nobody.test", 1);
  const auto applied = updater({"apply"});
  EXPECT_EQ(applied.code, 1);
  EXPECT_THAT(applied.output, HasSubstr("\"nobody.test\" cannot be resolved here"));
  EXPECT_THAT(applied.output, HasSubstr("sentinels.dns_servers"));
}

TEST_F(Hostnames, AreUnderstoodByCheckAsByTheOthers) {
  sentinels_.tell(kOne, 1, {kTwo, kThree});
  ASSERT_EQ(updater({"apply"}).code, 0);
  const auto known = updater({"check"}).output;
  EXPECT_THAT(known, HasSubstr(ip(1)));
  EXPECT_THAT(known, Not(HasSubstr("cannot be resolved here")));
  sentinels_.tell("nobody.test", 1);
  EXPECT_THAT(updater({"check"}).output, HasSubstr("\"nobody.test\" cannot be resolved here"));
}

// An announcement that only the Sentinel which cannot be read knows of.
TEST_F(Hostnames, InAnAnnouncementAreUnderstood) {
  sentinels_.tell(kOne, 1, {kTwo, kThree});
  sentinels_.tell_one(2, "nobody.test", 1);
  ASSERT_EQ(updater({"apply"}).code, 0);
  const auto announced = [&](const char* to) {
    return updater({"on-reconfig", "mymaster", "leader", "start", kTwo, "6379", to, "6379"});
  };
  EXPECT_EQ(announced(kOne).code, 0) << "that is where the name is";
  const auto open = announced(kTwo);
  EXPECT_EQ(open.code, 1);
  EXPECT_THAT(open.output, HasSubstr("was announced"));
}

TEST_F(Hostnames, AreRememberedWhenTheirServersGoAway) {
  sentinels_.tell(kOne, 1, {kTwo, kThree});
  const auto daemon = stage_.start_daemon(config_);
  wait_until([&] { return stage_.masters() == std::vector{ip(1)}; }, 10s, "the first registration");
  dns_.kill();
  sentinels_.tell(kTwo, 2, {kOne, kThree});
  wait_until([&] { return stage_.masters() == std::vector{ip(2)}; }, 10s, "the switch");
}

}  // namespace
}  // namespace rediscovery::testing
