// The daemon at the instant of a promotion, a second before Sentinel announces it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "stage.hpp"
#include "switch_watch.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "redis-secret";

// A cluster for each test, with everything in it that could move a name back: Sentinel's script, which is
// late, and a second daemon that waits for Sentinel and looks ten times a second meanwhile.
class PromotionTest : public ::testing::Test {
 protected:
  void start(const std::string& promotion, const std::string& password = kPassword) {
    daemon_ = stage_.start_daemon(stage_.config_with("daemon.json", [&](nlohmann::json& root) {
      root["promotion"] = promotion;
      root["redis"]["password"] = password;
    }));
    other_ = stage_.start_daemon(stage_.config_with("other.json", [&](nlohmann::json& root) {
      root["promotion"] = other_promotion_;
      root["redis"]["password"] = kPassword;
      root["reconcile_interval_ms"] = 100;
    }));
    old_master_ = cluster().master_index();
    cluster().wait_master_name(old_master_);
    wait_until([this] { return stage_.slaves().size() == 2; }, 10s, "both replicas registered");
    for (const auto& sentinel : cluster().sentinel_endpoints()) {
      daemon_->wait_output("listening to Sentinel " + sentinel);
      other_->wait_output("listening to Sentinel " + sentinel);
    }
    // The replicas are watched from the first reconciliation on.
    if (promotion == "observed" && password == kPassword)
      wait_until([this] { return watched() == 2; }, 10s, "the daemon's connections to the replicas");
    watch_ = std::make_unique<SwitchWatch>(cluster(), old_master_);
  }
  // Replicas that have a connection from an updater.
  std::size_t watched() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < cluster().redis_count(); ++i) {
      const auto clients = cluster().redis(i).command({"CLIENT", "LIST"}).text;
      if (clients.find("name=rediscovery-updater") != std::string::npos) ++count;
    }
    return count;
  }
  void wait_named() {
    wait_until([this] { return watch_->named().has_value(); }, 20s, "another name");
  }
  void wait_announced_by_all() {
    wait_until([this] { return watch_->announcements() == cluster().sentinel_count(); }, 30s,
               "+switch-master from every Sentinel");
  }
  // That everybody who might still want to write has had the occasion to, and nothing was left to be written.
  void let_everybody_look() {
    std::string said;
    const auto is_announced = [&] {
      const auto applied = stage_.run({"apply"});
      EXPECT_EQ(applied.code, 0) << applied.output;
      said = applied.output;
      return said.find("superseded: Consul has the promotion") == std::string::npos;
    };
    wait_until(is_announced, 30s, "the Sentinels to announce what Consul has");
    EXPECT_THAT(said, HasSubstr("up_to_date"));
  }

  // What has to be true of every switch that is followed at the promotion.
  void expect_followed_at_the_promotion(const char* how) {
    wait_named();
    const auto at_promotion = stage_.fence();
    wait_announced_by_all();
    let_everybody_look();
    const auto new_master = cluster().wait_new_master(old_master_);
    EXPECT_LT(*watch_->named(), *watch_->announced());
    EXPECT_THAT(watch_->names(),
                ElementsAre(cluster().redis(old_master_).ip(), cluster().redis(new_master).ip()));
    EXPECT_THAT(daemon_->output(), HasSubstr("trigger=\"promotion observed"));
    EXPECT_EQ(stage_.fence(), at_promotion) << "the announcement has written again";
    EXPECT_EQ(registered_run_id(), run_id(new_master));
    std::cout << how << ": " << watch_->figures() << "\n";
  }

  // The process behind the master's name, according to Consul and to itself.
  std::string registered_run_id() {
    return cluster().consul().get("/v1/catalog/service/master").at(0)["ServiceMeta"].value("run_id", "");
  }
  std::string run_id(std::size_t node) {
    const auto info = cluster().redis(node).command({"INFO", "server"}).text;
    constexpr std::string_view kField = "run_id:";
    constexpr std::size_t kLength = 40;
    return info.substr(info.find(kField) + kField.size(), kLength);
  }

  Cluster& cluster() { return stage_.cluster(); }

  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_credentials.password = kPassword;
    return options;
  }

  Stage stage_{options(), true};
  std::string other_promotion_ = "announced";
  std::size_t old_master_ = 0;
  std::unique_ptr<UpdaterProcess> daemon_;
  std::unique_ptr<UpdaterProcess> other_;
  std::unique_ptr<SwitchWatch> watch_;
};

TEST_F(PromotionTest, AfterAKillTheNameMovesBeforeAnySentinelAnnouncesIt) {
  start("observed");
  cluster().redis(old_master_).kill();
  expect_followed_at_the_promotion("kill");
}

TEST_F(PromotionTest, AfterAHangTheNameMovesBeforeAnySentinelAnnouncesIt) {
  start("observed");
  cluster().redis(old_master_).stop();
  expect_followed_at_the_promotion("hang");
  cluster().redis(old_master_).cont();
}

TEST_F(PromotionTest, InAPlannedFailoverTheNameMovesBeforeAnySentinelAnnouncesIt) {
  start("observed");
  cluster().start_failover();
  expect_followed_at_the_promotion("planned");
}

TEST_F(PromotionTest, OfSeveralDaemonsThatObserveItOneWrites) {
  other_promotion_ = "observed";
  start("observed");
  const std::uint64_t revision = stage_.fence()["revision"];
  const std::uint64_t epoch = stage_.fence()["epoch"];
  cluster().redis(old_master_).kill();
  wait_named();
  wait_announced_by_all();
  let_everybody_look();
  // On a busy machine Sentinel may promote the other replica, too, before it has announced the first.
  const std::size_t moves = watch_->names().size() - 1;
  ASSERT_GE(moves, 1U);
  EXPECT_LE(epoch + moves, stage_.fence()["epoch"]) << "no promotion moves the name twice";
  EXPECT_EQ(stage_.fence()["revision"], revision + moves);
  EXPECT_THAT(daemon_->output() + other_->output(), HasSubstr("trigger=\"promotion observed"));
}

TEST_F(PromotionTest, AnnouncedWaitsForSentinel) {
  start("announced");
  cluster().redis(old_master_).kill();
  wait_named();
  wait_announced_by_all();
  let_everybody_look();
  EXPECT_THAT(daemon_->output() + other_->output(), Not(HasSubstr("promotion observed")));
  EXPECT_FALSE(stage_.fence().contains("observed"));
  std::cout << "announced: " << watch_->figures() << "\n";
}

TEST_F(PromotionTest, WithoutThePasswordItSaysSoAndWaitsForSentinel) {
  start("observed", "wrong-secret");
  daemon_->wait_output("see redis.user, redis.password");
  cluster().start_failover();
  wait_announced_by_all();
  wait_named();
  let_everybody_look();
  EXPECT_THAT(daemon_->output(), Not(HasSubstr("trigger=\"promotion observed")));
  EXPECT_THAT(daemon_->output(), Not(HasSubstr("wrong-secret")));
}

// The promoted replica hangs before its leader has seen the promotion. The leader gives up after its
// failover-timeout; the old master, alive all the time, was never demoted.
TEST_F(PromotionTest, AFailoverThatSentinelGivesUpIsTakenBack) {
  start("observed");
  cluster().start_failover();
  wait_named();
  const auto promoted = stage_.masters();
  ASSERT_EQ(promoted.size(), 1U);
  for (std::size_t i = 0; i < cluster().redis_count(); ++i) {
    if (cluster().redis(i).ip() == promoted[0]) cluster().redis(i).stop();
  }
  cluster().wait_master_name(old_master_, 30s);
  const auto old_ip = cluster().redis(old_master_).ip();
  wait_until([this] { return watch_->answers().size() >= 3; }, 5s, "the name as it was before");
  EXPECT_THAT(watch_->names(), ElementsAre(old_ip, promoted[0], old_ip));
  const auto fence = stage_.fence();
  EXPECT_FALSE(fence.contains("observed"));
  EXPECT_GT(fence["given_up_epoch"], fence["epoch"]);
  let_everybody_look();
}

// The leader dies before it has seen the promotion; the other Sentinels know nothing of it, and make the
// promoted replica follow the old master again. They are told to look and talk more often, or that would take
// 20 s.
TEST_F(PromotionTest, WhenItsLeaderDiesTheNameGoesBackOnceThePromotedIsAReplicaAgain) {
  start("observed");
  for (std::size_t i = 1; i < cluster().sentinel_count(); ++i) {
    const auto set =
        cluster().sentinel(i).command({"SENTINEL", "DEBUG", "info-period", "200", "publish-period", "200"});
    ASSERT_FALSE(set.is_error()) << set.text;
  }
  ASSERT_FALSE(cluster().sentinel(0).command({"SENTINEL", "FAILOVER", "mymaster"}).is_error());
  wait_named();
  cluster().sentinel(0).kill();
  cluster().wait_master_name(old_master_, 60s);
  wait_until([this] { return watch_->answers().size() >= 3; }, 5s, "the name as it was before");
  const auto names = watch_->names();
  EXPECT_EQ(names.size(), 3U);
  EXPECT_EQ(names.back(), cluster().redis(old_master_).ip());
  EXPECT_EQ(cluster().find_master(), old_master_);
  let_everybody_look();
}

TEST_F(PromotionTest, EndsCleanlyOnSigtermWhileItWatches) {
  start("observed");
  cluster().redis(old_master_).stop();
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait(5s), 0);
  cluster().redis(old_master_).cont();
}

}  // namespace
}  // namespace rediscovery::testing
