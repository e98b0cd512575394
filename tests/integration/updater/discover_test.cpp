// The updater is told of one Sentinel of three, and finds the others by what that one says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Discover : public ::testing::Test {
 protected:
  Cluster& cluster() { return stage_.cluster(); }
  [[nodiscard]] std::string at(std::size_t index) { return cluster().sentinel_endpoints().at(index); }

  // One that names the first Sentinel only.
  std::string config(const std::function<void(nlohmann::json&)>& change = [](nlohmann::json&) {}) {
    return stage_.config_with("discover.json", [&](nlohmann::json& root) {
      root["sentinels"]["addresses"] = {at(0)};
      change(root);
    });
  }
  std::unique_ptr<UpdaterProcess> start_daemon(const std::string& promotion = "observed") {
    auto daemon = stage_.start_daemon(config([&](nlohmann::json& root) { root["promotion"] = promotion; }));
    for (const auto& sentinel : cluster().sentinel_endpoints())
      daemon->wait_output("listening to Sentinel " + sentinel);
    wait_until([this] { return stage_.slaves().size() == 2; }, 20s, "both replicas registered");
    return daemon;
  }
  Finished run(const std::string& command, const std::string& config) {
    return run_updater(cluster().keeper(), {command, "--config", config});
  }
  // By the death of the master.
  void fail_over() {
    const auto old = cluster().master_index();
    cluster().redis(old).kill();
    cluster().wait_master_name(cluster().wait_new_master(old), 20s);
  }

  Stage stage_;
};

TEST_F(Discover, OneShotsAskThoseThatAreListedInTheSameRun) {
  EXPECT_THAT(run("apply", config()).output, HasSubstr("3 of 3 Sentinels"));
}

TEST_F(Discover, ToldNotToDiscoverItKeepsToTheList) {
  const auto alone = config([](nlohmann::json& root) { root["sentinels"]["discover"] = false; });
  const auto applied = run("apply", alone);
  EXPECT_THAT(applied.output, HasSubstr("for the first one 2 Sentinels must agree; 1 of 1 do"));
}

// The others are counted although they cannot be asked.
TEST_F(Discover, ASentinelInACornerOfTheNetworkIsNotTakenForTheWhole) {
  ASSERT_THAT(run("apply", config()).output, HasSubstr("3 of 3"));
  cluster().sentinel(1).stop();
  cluster().sentinel(2).stop();
  EXPECT_THAT(run("apply", config()).output, HasSubstr("1 of 3 Sentinels"));
  cluster().sentinel(1).cont();
  cluster().sentinel(2).cont();
}

TEST_F(Discover, ThePromotionIsObservedWhicheverSentinelLeadsIt) {
  const auto daemon = start_daemon();
  fail_over();
  daemon->wait_output("promotion observed, led by Sentinel ");
  const auto fence = stage_.fence();
  ASSERT_TRUE(fence.contains("observed")) << fence;
  EXPECT_EQ(fence["observed"]["leader_id"].get<std::string>().size(), 40U) << fence;
}

TEST_F(Discover, TheConfiguredOneMayDieOnceTheOthersAreKnown) {
  const auto daemon = start_daemon("announced");
  cluster().sentinel(0).kill();
  daemon->wait_output("no events from Sentinel " + at(0));
  fail_over();
  EXPECT_TRUE(daemon->running());
}

TEST_F(Discover, TheDaemonListensToOneThatJoinsAndLeavesOneThatIsGone) {
  const auto daemon = start_daemon();
  SentinelOptions options;
  options.program = cluster().options().redis_program;
  options.master_name = cluster().options().master_name;
  options.master_ip = cluster().master().ip();
  Sentinel fourth(cluster().keeper(), "fourth", cluster().addresses().next_free_ip(), options);
  fourth.launch();
  fourth.wait_ready(30s);
  for (std::size_t i = 0; i < 3; ++i) {
    cluster().sentinel(i).introduce(fourth);
    fourth.introduce(cluster().sentinel(i));
  }
  const std::string name = fourth.ip() + ":26379";
  daemon->wait_output("listening to Sentinel " + name, 30s);
  EXPECT_THAT(run("plan", config()).output, HasSubstr("of 4 Sentinels"));

  fourth.kill();
  // One after the other, so that there is always somebody who knows the others.
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_FALSE(cluster().sentinel(i).command({"SENTINEL", "RESET", "mymaster"}).is_error());
    for (std::size_t other = 0; other < 3; ++other)
      if (other != i) cluster().sentinel(i).introduce(cluster().sentinel(other));
  }
  daemon->wait_output("Sentinel " + name + " is listed no more", 60s);
}

// Its run id is another; it is the same member, and followed as before.
TEST_F(Discover, OneThatIsSetUpAnewIsStillOne) {
  const auto daemon = start_daemon();
  auto& anew = cluster().sentinel(2);
  SentinelOptions options;
  options.program = cluster().options().redis_program;
  options.master_name = cluster().options().master_name;
  options.master_ip = cluster().master().ip();
  options.run_id = std::string(40, 'a');
  anew.kill();
  daemon->wait_output("no events from Sentinel " + at(2));
  Sentinel successor(cluster().keeper(), "successor", anew.ip(), options);
  successor.launch();
  successor.wait_ready(30s);
  ASSERT_NE(successor.command({"SENTINEL", "MYID"}).text, anew.run_id());
  for (std::size_t i = 0; i < 2; ++i) {
    cluster().sentinel(i).introduce(successor);
    successor.introduce(cluster().sentinel(i));
  }
  wait_until(
      [this] {
        const auto plan = run("plan", config()).output;
        return plan.find("3 of 3 Sentinels") != std::string::npos;
      },
      30s, "three Sentinels that agree");
}

TEST_F(Discover, StatusAndCheckKnowThemToo) {
  ASSERT_EQ(run("apply", config()).code, 0);
  EXPECT_THAT(run("status", config()).output, HasSubstr("3 of 3"));
  EXPECT_THAT(run("check", config()).output,
              AllOf(HasSubstr("3 of 3 Sentinels agree"), Not(HasSubstr("not configured here"))));
}

}  // namespace
}  // namespace rediscovery::testing
