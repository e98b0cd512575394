// Many switches in a row, watched through DNS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>

#include "fake_sentinel.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Swap : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;  // nobody connects to it: Sentinel's word is what counts here
    options.sentinels = 0;
    return options;
  }
  Swap() : sentinels_(stage_.cluster().addresses(), 3) {
    config_ = stage_.config_with("fake.json", [this](nlohmann::json& root) {
      root["sentinels"]["addresses"] = sentinels_.endpoints();
    });
  }
  Finished apply(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"apply", "--config", config_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_updater(stage_.cluster().keeper(), arguments);
  }
  [[nodiscard]] std::string ip(int host) { return stage_.cluster().addresses().ip(host); }

  Stage stage_{options()};
  FakeSentinels sentinels_;
  std::string config_;
};

TEST_F(Swap, InAHundredSwitchesDnsNeverShowsNoMasterOrTwo) {
  sentinels_.tell(ip(1), 1, {ip(2), ip(3)});
  ASSERT_EQ(apply().code, 0);

  std::atomic<bool> stop{false};
  std::atomic<int> polls{0};
  std::atomic<int> wrong{0};
  std::thread poller([&] {
    while (!stop) {
      if (stage_.masters().size() != 1) ++wrong;
      if (stage_.slaves().size() != 2) ++wrong;
      ++polls;
    }
  });
  std::vector<std::chrono::microseconds> times;
  for (std::uint64_t epoch = 2; epoch <= 101; ++epoch) {
    const int master = epoch % 2 == 0 ? 2 : 1;
    const int replica = 3 - master;
    sentinels_.tell(ip(master), epoch, {ip(replica), ip(3)});
    const auto finished = apply();
    ASSERT_EQ(finished.code, 0) << finished.output;
    times.push_back(finished.took);
    EXPECT_THAT(stage_.masters(), ElementsAre(ip(master)));
  }
  stop = true;
  poller.join();
  std::sort(times.begin(), times.end());
  std::cout << "100 switches, each by a process of its own: median " << times[50].count() << " us, slowest "
            << times[99].count() << " us; " << polls << " polls\n";
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(polls, 100);
  EXPECT_EQ(stage_.fence()["epoch"], 101);
}

TEST_F(Swap, ASentinelInACornerMovesNothingBackAndAConflictIsNoFlap) {
  sentinels_.tell(ip(1), 7);
  ASSERT_EQ(apply().code, 0);
  sentinels_.tell(ip(2), 6);
  auto finished = apply();
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.output, HasSubstr("superseded"));
  sentinels_.tell(ip(2), 7);
  finished = apply();
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.output, HasSubstr("ALARM"));
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(1)));
  // One that is ahead is believed at once.
  sentinels_.tell(ip(1), 7);
  sentinels_.tell_one(1, ip(3), 8);
  EXPECT_EQ(apply().code, 0);
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(3)));
}

TEST_F(Swap, SentinelsThatWereSetUpAnewNeedTheOperatorsWord) {
  sentinels_.tell(ip(1), 50);
  ASSERT_EQ(apply().code, 0);
  sentinels_.tell(ip(2), 0);
  auto finished = apply();
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.output, HasSubstr("--accept-epoch-reset"));
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(1)));
  finished = apply({"--accept-epoch-reset"});
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(2)));
  EXPECT_EQ(stage_.fence()["epoch"], 0);
}

TEST_F(Swap, ANodeWithAnAgentIsRefused) {
  const auto nodes = stage_.cluster().consul().get("/v1/catalog/nodes");
  ASSERT_EQ(nodes.size(), 1U);
  // The agent's own node, found under the updater's name for some address.
  stage_.cluster().consul().txn(
      {{{"Node", {{"Verb", "set"}, {"Node", {{"Node", "redis-10-1-2-3"}, {"Address", "10.1.2.3"}}}}}},
       {{"Check",
         {{"Verb", "set"},
          {"Check",
           {{"Node", "redis-10-1-2-3"},
            {"CheckID", "serfHealth"},
            {"Name", "x"},
            {"Status", "passing"}}}}}}});
  sentinels_.tell("10.1.2.3", 1);
  const auto finished = apply();
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.output, HasSubstr("node_prefix"));
}

// The test cluster registers roles as a predecessor of the updater might have: same IDs, no mark.
TEST_F(Swap, APredecessorsEntriesAreTakenOver) {
  stage_.cluster().register_roles(0, {});
  sentinels_.tell(ip(2), 5, {ip(1)});
  const auto finished = apply();
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(2)));
  EXPECT_THAT(stage_.slaves(), ElementsAre(ip(1)));
}

}  // namespace
}  // namespace rediscovery::testing
