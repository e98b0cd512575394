// The updater as a daemon, through failovers, with and without Consul.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <iostream>

#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Clock = std::chrono::steady_clock;

long long ms_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

// A cluster for each test: Sentinel wants 11 s before the same nodes can do it again. With a password, so
// that reading and subscribing both log in.
class DaemonTest : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.sentinel_password = "sentinel-secret";
    options.consul_options.persistent = true;
    return options;
  }
  void SetUp() override {
    daemon_ = stage_.start_daemon();
    cluster().wait_master_name(cluster().master_index());
    wait_until([this] { return stage_.slaves().size() == 2; }, 5s, "both replicas registered");
    for (const auto& sentinel : cluster().sentinel_endpoints())
      daemon_->wait_output("listening to Sentinel " + sentinel);
  }
  Cluster& cluster() { return stage_.cluster(); }

  Stage stage_{options()};
  std::unique_ptr<UpdaterProcess> daemon_;
};

TEST_F(DaemonTest, FollowsAKilledMasterAndTakesItBackAsAReplica) {
  const std::size_t old_master = cluster().master_index();
  const auto killed = Clock::now();
  cluster().redis(old_master).kill();
  const std::size_t new_master = cluster().wait_new_master(old_master);
  const auto promoted = Clock::now();
  cluster().wait_master_name(new_master);
  std::cout << "kill: promoted after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(promoted - killed).count()
            << " ms, name moved " << ms_since(promoted) << " ms later\n";
  EXPECT_THAT(stage_.masters(), ElementsAre(cluster().redis(new_master).ip()));
  EXPECT_THAT(daemon_->output(), HasSubstr("audit: master=mymaster"));
  daemon_->wait_output("from=" + cluster().redis(old_master).endpoint() +
                       " to=" + cluster().redis(new_master).endpoint());

  cluster().redis(old_master).restart();
  wait_until([&] { return stage_.slaves().size() == 2; }, 30s, "the old master registered as a replica");
  // Sentinel may have switched again meanwhile, which is its business; Consul must say what it says.
  cluster().wait_settled();
  wait_until([&] { return stage_.fence()["address"] == cluster().master().endpoint(); }, 5s,
             "Consul and Sentinel of one mind");
}

TEST_F(DaemonTest, ConsulAwayDuringASwitchIsCaughtUpWithinASecondOfItsReturn) {
  const std::size_t old_master = cluster().master_index();
  cluster().consul().terminate();
  const std::size_t new_master = cluster().failover();
  cluster().wait_settled();
  daemon_->wait_output("unreachable");

  cluster().consul().restart();
  const auto back = Clock::now();
  cluster().wait_master_name(new_master);
  std::cout << "Consul back: name moved after " << ms_since(back) << " ms\n";
  EXPECT_LT(ms_since(back), 1000);
  EXPECT_NE(new_master, old_master);
  daemon_->wait_output("recovered");
}

TEST_F(DaemonTest, RepairsWhatSomebodySpoils) {
  cluster().set_check(cluster().master_index(), "critical");
  cluster().wait_master_name(cluster().master_index(), 6s);
}

TEST_F(DaemonTest, SubscribesAgainAfterASentinelsRestart) {
  cluster().sentinel(0).restart();
  daemon_->wait_output("no events from Sentinel " + cluster().sentinel(0).endpoint());
  const auto count = [this] {
    const std::string wanted = "listening to Sentinel " + cluster().sentinel(0).endpoint();
    const auto text = daemon_->output();
    const auto first = text.find(wanted);
    return first != std::string::npos && text.find(wanted, first + 1) != std::string::npos;
  };
  wait_until(count, 10s, "the second subscription");
}

TEST_F(DaemonTest, EndsCleanlyOnSigtermEvenWhileConsulIsAway) {
  EXPECT_TRUE(daemon_->running());
  cluster().consul().stop();
  const auto asked = Clock::now();
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait(5s), 0);
  EXPECT_LT(ms_since(asked), 500);
  cluster().consul().cont();
  EXPECT_THAT(daemon_->output(), HasSubstr("ending"));
  EXPECT_THAT(daemon_->output(), ::testing::Not(HasSubstr("sentinel-secret")));
}

}  // namespace
}  // namespace rediscovery::testing
