// A real Sentinel that misses two switches and comes back with what it knew before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage.hpp"
#include "switch_watch.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CutOff : public ::testing::Test {
 protected:
  Cluster& cluster() { return stage_.cluster(); }

  // Otherwise an old master that lives stays one for eight seconds.
  void hurry() {
    for (std::size_t i = 0; i < cluster().sentinel_count(); ++i) {
      const auto set = cluster().sentinel(i).command(
          {"SENTINEL", "DEBUG", "info-period", "300", "publish-period", "200", "ask-period", "100"});
      ASSERT_FALSE(set.is_error()) << set.text;
    }
  }
  // By a Sentinel that is there, once it takes the order. Returns the new master's address.
  std::string switch_master(const std::string& from) {
    wait_until(
        [this] {
          return !cluster().sentinel(0).command({"SENTINEL", "FAILOVER", "mymaster"}).is_error();
        },
        30s, "a Sentinel that can fail over", 100ms);
    std::string to;
    wait_until(
        [&] {
          const auto names = cluster().named_masters();
          if (names.size() == 1 && names[0] != from) to = names[0];
          return !to.empty() && cluster().sentinel(0).master_endpoint() == to + ":6379";
        },
        30s, "the name at another Redis");
    return to;
  }

  Stage stage_{ClusterOptions{}, true};
};

// Nothing it says or starts then counts: neither to the daemon, which listens to it, nor to the script that
// it runs for its late +switch-master.
TEST_F(CutOff, ASentinelThatMissedTwoSwitchesMovesNothingBackWhenItReturns) {
  hurry();
  const auto daemon = stage_.start_daemon();
  const auto first = cluster().master().ip();
  cluster().wait_master_name(cluster().master_index());
  wait_until([this] { return stage_.slaves().size() == 2; }, 20s, "both replicas registered");
  auto& away = cluster().sentinel(2);
  const SwitchWatch watch(cluster(), cluster().master_index());

  away.stop();
  const auto second = switch_master(first);
  const auto third = switch_master(second);
  const auto fence = stage_.fence();
  away.cont();

  wait_until([&] { return away.master_endpoint() == third + ":6379"; }, 30s,
             "the Sentinel that was away to know the present master");
  wait_until(
      [&] {
        return away.command({"SENTINEL", "PENDING-SCRIPTS"}).elements.empty();
      },
      30s, "the end of the scripts that it has started");
  const auto applied = stage_.run({"apply"});
  EXPECT_THAT(applied.output, HasSubstr("up_to_date"));
  EXPECT_THAT(watch.names(), ElementsAre(first, second, third));
  EXPECT_EQ(stage_.fence()["epoch"], fence["epoch"]);
  EXPECT_EQ(stage_.fence()["address"], third + ":6379");
}

}  // namespace
}  // namespace rediscovery::testing
