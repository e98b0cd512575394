// Consul as three servers: what a daemon and scripts do while its leader, or its quorum, is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>

#include "fake_sentinel.hpp"
#include "name_watch.hpp"
#include "support/consul_servers.hpp"
#include "support/wait.hpp"
#include "updater_process.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Clock = std::chrono::steady_clock;

class ThreeConsuls : public ::testing::Test {
 protected:
  ThreeConsuls() : sentinels_(addresses_, 3), servers_(keeper_, addresses_), leader_(servers_.leader()) {
    // The leader is asked first: what happens to it happens to a request that is under way.
    const nlohmann::json config = {
        {"masters", {"mymaster"}},
        {"promotion", "announced"},
        {"sentinels", {{"addresses", sentinels_.endpoints()}}},
        {"consul", {{"addresses", servers_.endpoints(leader_)}, {"dns", nlohmann::json::array()}}},
        {"reconcile_interval_ms", 2000}};
    config_ = (keeper_.folder() / "updater.json").string();
    std::ofstream(config_) << config.dump();
    tell(1);
    daemon_ = std::make_unique<UpdaterProcess>(keeper_, std::vector<std::string>{"run", "--config", config_});
    for (std::size_t i = 0; i < servers_.size(); ++i) wait_named(i, 1);
    for (std::size_t i = 0; i < sentinels_.count(); ++i)
      wait_until([&] { return sentinels_.subscribers(i) == 1; }, 20s, "the daemon to listen");
  }

  [[nodiscard]] std::string master(std::uint64_t number) {
    return addresses_.ip(101 + static_cast<int>(number % 3));
  }
  void tell(std::uint64_t number) {
    sentinels_.tell(master(number), number, {master(number + 1), master(number + 2)});
  }
  void switch_to(std::uint64_t number) {
    tell(number);
    for (std::size_t i = 0; i < sentinels_.count(); ++i)
      sentinels_.announce(i, master(number - 1), master(number));
  }
  std::vector<std::string> resolve(std::size_t server, const std::string& name) {
    const auto answer = servers_.at(server).resolve(name, DnsType::a);
    // While there is no leader; clients keep what they have.
    if (answer.code == DnsCode::servfail) throw TimeoutError("SERVFAIL");
    return answer.addresses();
  }
  void wait_named(std::size_t server, std::uint64_t number) {
    const auto named = [&] {
      try {
        return resolve(server, "master.service.consul") == std::vector<std::string>{master(number)};
      } catch (const TimeoutError&) {
        return false;
      }
    };
    wait_until(named, 60s, "switch " + std::to_string(number) + " at " + servers_.at(server).name());
  }
  // One thread at each of these servers.
  std::unique_ptr<NameWatch> watch(std::size_t server) {
    return std::make_unique<NameWatch>(
        [this, server](const std::string& name) { return resolve(server, name); }, 2, 1,
        [this](std::uint64_t number) { return master(number); }, 1);
  }
  [[nodiscard]] std::size_t other(std::size_t offset) const { return (leader_ + offset) % servers_.size(); }
  nlohmann::json fence(std::size_t server) {
    return nlohmann::json::parse(servers_.at(server).kv_get("redis-roles/mymaster").value());
  }

  AddressBlock addresses_;
  Keeper keeper_{addresses_.lock_fd()};
  FakeSentinels sentinels_;
  ConsulServers servers_;
  const std::size_t leader_;
  std::string config_;
  std::unique_ptr<UpdaterProcess> daemon_;
};

TEST_F(ThreeConsuls, ALeaderKilledDuringASwitchDelaysItAndIsNotSeenInNames) {
  const auto one = watch(other(1));
  const auto two = watch(other(2));
  one->allow(2);
  two->allow(2);
  switch_to(2);
  servers_.at(leader_).kill();
  wait_until([&] { return one->seen(2) && two->seen(2); }, 60s, "the switch in DNS");
  servers_.at(leader_).restart(60s);
  wait_named(leader_, 2);
  EXPECT_THAT(one->problems(), IsEmpty());
  EXPECT_THAT(two->problems(), IsEmpty());
  EXPECT_EQ(fence(other(1))["epoch"], 2);
  EXPECT_EQ(fence(other(1))["revision"], 2) << "written twice";
}

TEST_F(ThreeConsuls, ALeaderThatHangsIsGotAround) {
  const auto one = watch(other(1));
  const auto two = watch(other(2));
  servers_.at(leader_).stop();
  one->allow(2);
  two->allow(2);
  switch_to(2);
  wait_until([&] { return one->seen(2) && two->seen(2); }, 60s, "the switch in DNS");
  servers_.at(leader_).cont();
  wait_named(leader_, 2);
  EXPECT_THAT(one->problems(), IsEmpty());
  EXPECT_THAT(two->problems(), IsEmpty());
  EXPECT_EQ(fence(other(1))["revision"], 2) << "written twice";
}

TEST_F(ThreeConsuls, WithoutAQuorumNothingMovesUntilItIsBack) {
  const auto rest = watch(other(2));
  servers_.at(leader_).kill();
  servers_.at(other(1)).kill();
  switch_to(2);
  const auto script =
      run_updater(keeper_, {"on-reconfig", "--config", config_, "--timeout-ms", "3000", "mymaster", "leader",
                            "start", master(1), "6379", master(2), "6379"});
  EXPECT_EQ(script.code, 1) << script.output;
  EXPECT_THAT(script.output, HasSubstr("transient"));
  EXPECT_LT(script.took, 10s) << "the default deadline, which is not its own";
  EXPECT_TRUE(daemon_->running());
  EXPECT_THAT(rest->problems(), IsEmpty());

  rest->allow(2);
  servers_.at(leader_).launch();
  servers_.at(other(1)).launch();
  servers_.at(other(2)).wait_ready(60s);
  const auto back = Clock::now();
  wait_until([&] { return rest->seen(2); }, 60s, "the switch in DNS");
  std::cout << "a leader is back: name moved after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - back).count() << " ms\n";
  for (std::size_t i = 0; i < servers_.size(); ++i) wait_named(i, 2);
  EXPECT_THAT(rest->problems(), IsEmpty());
  EXPECT_EQ(fence(other(2))["revision"], 2) << "written twice";
}

}  // namespace
}  // namespace rediscovery::testing
