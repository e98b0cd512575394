// The updater as Sentinel's client-reconfig-script, and by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <thread>

#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// One cluster for all tests: each leaves it settled and registered.
class Script : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stage_ = std::make_unique<Stage>(ClusterOptions{}, true); }
  static void TearDownTestSuite() { stage_.reset(); }

  static Stage& stage() { return *stage_; }
  static Cluster& cluster() { return stage_->cluster(); }

  void SetUp() override {
    const auto applied = stage().run({"apply"});
    ASSERT_EQ(applied.code, 0) << applied.output;
  }
  static std::vector<std::string> reconfig(const Node& from, const Node& to) {
    return {"on-reconfig", "mymaster", "leader", "start", from.ip(), "6379", to.ip(), "6379"};
  }
  // Starts `count` at the same time.
  static std::vector<Finished> run_at_once(int count, const std::vector<std::string>& arguments) {
    std::vector<Finished> results(static_cast<std::size_t>(count));
    std::vector<std::thread> threads;
    for (auto& result : results) {
      threads.emplace_back([&result, &arguments] { result = stage().run(arguments); });
    }
    for (auto& thread : threads) thread.join();
    return results;
  }

  static std::unique_ptr<Stage> stage_;
};

std::unique_ptr<Stage> Script::stage_;

TEST_F(Script, ApplyRegistersAllRoles) {
  EXPECT_THAT(stage().masters(), ElementsAre(cluster().master().ip()));
  EXPECT_THAT(stage().slaves(), SizeIs(2));
  EXPECT_EQ(stage().fence()["address"], cluster().master().endpoint());
  const auto again = stage().run({"apply"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.output, HasSubstr("up_to_date"));
}

TEST_F(Script, PlanShowsTheDifferenceAndChangesNothing) {
  const auto quiet = stage().run({"plan"});
  EXPECT_EQ(quiet.code, 0);
  EXPECT_THAT(quiet.output, HasSubstr("mymaster: up_to_date"));
  const auto revision = stage().fence()["revision"];

  const auto node = cluster().consul().get("/v1/catalog/service/slave")[0];
  cluster().consul().txn({{{"Service",
                            {{"Verb", "delete"},
                             {"Node", node["Node"]},
                             {"Service", {{"ID", node["ServiceID"]}, {"Service", "slave"}}}}}}});
  const auto plan = stage().run({"plan"});
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.output, HasSubstr("  + slave "));
  const auto as_json = nlohmann::json::parse(stage().run({"plan", "--json"}).output);
  EXPECT_EQ(as_json[0]["verdict"], "change");
  EXPECT_EQ(stage().fence()["revision"], revision);
}

TEST_F(Script, ARealFailoverMovesTheNameThroughSentinelsScript) {
  const std::size_t old_master = cluster().master_index();
  cluster().redis(old_master).kill();
  const std::size_t new_master = cluster().wait_new_master(old_master);
  const auto promoted = std::chrono::steady_clock::now();
  cluster().wait_master_name(new_master);
  const auto took = std::chrono::steady_clock::now() - promoted;
  std::cout << "name moved " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
            << " ms after the promotion\n";
  EXPECT_EQ(stage().fence()["address"], cluster().redis(new_master).endpoint());
  EXPECT_THAT(stage().slaves(), ::testing::Not(::testing::Contains(cluster().redis(old_master).ip())));

  cluster().redis(old_master).restart();
  cluster().wait_settled();
}

TEST_F(Script, SentinelsNotificationScriptTakesADeadReplicaOut) {
  const auto script = std::filesystem::path(stage().config()).replace_filename("rediscovery-on-event");
  std::filesystem::create_symlink(updater_path(), script);
  const auto set = [](const std::string& path) {
    for (std::size_t i = 0; i < cluster().sentinel_count(); ++i)
      cluster().sentinel(i).set("notification-script", path);
  };
  set(script);
  const std::size_t master = cluster().master_index();
  const std::size_t dead = (master + 1) % cluster().redis_count();
  const std::size_t left = (master + 2) % cluster().redis_count();
  cluster().redis(dead).kill();
  wait_until([&] { return stage().slaves() == std::vector<std::string>{cluster().redis(left).ip()}; }, 30s,
             "+sdown to take the dead replica out");
  set("");
  cluster().redis(dead).restart();
  cluster().wait_settled();
}

TEST_F(Script, ALateScriptWithOldArgumentsMovesNothingBack) {
  const std::size_t old_master = cluster().master_index();
  cluster().failover();
  cluster().wait_settled();
  // On a busy machine the Sentinels may have switched once more.
  const std::size_t new_master = cluster().master_index();
  ASSERT_NE(new_master, old_master);
  ASSERT_EQ(stage().run({"apply"}).code, 0);
  const auto fence = stage().fence();
  for (const auto& arguments : {reconfig(cluster().redis(new_master), cluster().redis(old_master)),
                                reconfig(cluster().redis(old_master), cluster().redis(new_master))}) {
    const auto late = stage().run(arguments);
    EXPECT_EQ(late.code, 0) << late.output;
    // A replica may have come back meanwhile; the master must be where it was.
    EXPECT_EQ(stage().fence()["epoch"], fence["epoch"]);
    EXPECT_EQ(stage().fence()["address"], fence["address"]);
    EXPECT_THAT(stage().masters(), ElementsAre(cluster().redis(new_master).ip()));
  }
}

TEST_F(Script, OfThreeAtOnceOneWritesAndAllAreDone) {
  // A replica that a Sentinel comes to believe in between two of them would be worth a second write.
  wait_until([] { return stage().run({"apply"}).code == 0 && stage().slaves().size() == 2; }, 30s,
             "both replicas to be registered");
  ASSERT_EQ(cluster().consul().request("DELETE", "/v1/kv/redis-roles/mymaster").status, 200);
  cluster().deregister_roles();
  for (const auto& finished : run_at_once(3, reconfig(cluster().redis(0), cluster().master()))) {
    EXPECT_EQ(finished.code, 0) << finished.output;
  }
  EXPECT_EQ(stage().fence()["revision"], 1);
  EXPECT_THAT(stage().masters(), ElementsAre(cluster().master().ip()));
}

TEST_F(Script, AHungSentinelDelaysAOneShotOnlyALittle) {
  const auto patient = stage().config_with(
      "patient.json", [](nlohmann::json& root) { root["sentinels"]["timeout_ms"] = 10'000; });
  cluster().sentinel(2).stop();
  const auto finished = run_updater(cluster().keeper(), {"apply", "--config", patient});
  cluster().sentinel(2).cont();
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("unreachable"));
  EXPECT_LT(finished.took, 10s) << "it does not wait for the one as long as it would for all";
}

TEST_F(Script, HowLongAOneShotTakes) {
  std::vector<std::chrono::microseconds> times;
  for (int i = 0; i < 21; ++i) times.push_back(stage().run({"apply"}).took);
  std::sort(times.begin(), times.end());
  std::cout << "one-shot with nothing to do: median " << times[times.size() / 2].count() << " us\n";
}

TEST_F(Script, MistakesEndWithTwoAndARemedy) {
  const auto expect = [](const Finished& finished, int code, const std::string& text) {
    EXPECT_EQ(finished.code, code) << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(text));
  };
  auto& keeper = cluster().keeper();
  expect(run_updater(keeper, {"nonsense"}), 2, "--help");
  expect(stage().run({"apply", "--master", "stranger"}), 2,
         "--master: the configuration has no master \"stranger\"");
  expect(run_updater(keeper, {"apply", "--config", "/nowhere/at/all"}), 2, "REDISCOVERY_UPDATER_CONFIG");
  const auto bad =
      stage().config_with("bad.json", [](nlohmann::json& root) { root["deadline_ms"] = 60'000; });
  expect(run_updater(keeper, {"apply", "--config", bad}), 2, "deadline_ms: 60000 is outside");
  expect(stage().run({"on-reconfig", "stranger", "leader", "start", "10.0.0.1", "6379", "10.0.0.2", "6379"}),
         2, "masters");
  expect(stage().run({"on-event", "+switch-master", "nonsense"}), 2, "names no master");
  expect(stage().run({"on-event", "+tilt", "#tilt mode entered"}), 0, "");
  expect(run_updater(keeper, {"plan"}, {{"REDISCOVERY_UPDATER_CONFIG", stage().config()}}), 0, "up_to_date");

  const auto stranger =
      stage().config_with("stranger.json", [](nlohmann::json& root) { root["masters"] = {"other"}; });
  expect(run_updater(keeper, {"apply", "--config", stranger}), 2, "unknown_master");
}

TEST_F(Script, HelpAndVersionNeedNoConfiguration) {
  const std::map<std::string, std::string> nowhere = {{"REDISCOVERY_UPDATER_CONFIG", "/nowhere/at/all"}};
  const auto help = run_updater(cluster().keeper(), {"help", "apply"}, nowhere);
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.output, HasSubstr("rediscovery-updater apply"));
  const auto version = run_updater(cluster().keeper(), {"--version"}, nowhere);
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.output, ::testing::MatchesRegex("rediscovery-updater [0-9.]+\n"));
}

TEST_F(Script, WithoutConsulItIsTransient) {
  const auto away = stage().config_with("away.json", [](nlohmann::json& root) {
    root["consul"]["addresses"] = {"127.0.0.1:9"};
    root["deadline_ms"] = 500;
  });
  const auto finished = run_updater(cluster().keeper(), {"apply", "--config", away});
  EXPECT_EQ(finished.code, 1) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("unreachable"));
  EXPECT_LT(finished.took, 10s) << "the default deadline, which is not its own";
  const auto plan = run_updater(cluster().keeper(), {"plan", "--config", away});
  EXPECT_EQ(plan.code, 1) << plan.output;
  EXPECT_THAT(plan.output, HasSubstr("mymaster: unreachable"));
}

TEST_F(Script, AnotherConsulAddressIsTriedInTurn) {
  const auto two = stage().config_with("two.json", [](nlohmann::json& root) {
    root["consul"]["addresses"].insert(root["consul"]["addresses"].begin(), "127.0.0.1:9");
  });
  const auto finished = run_updater(cluster().keeper(), {"apply", "--config", two});
  EXPECT_EQ(finished.code, 0) << finished.output;
}

}  // namespace
}  // namespace rediscovery::testing
