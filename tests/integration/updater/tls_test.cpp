// Sentinel and Redis speak TLS only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "stage.hpp"
#include "switch_watch.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TlsTest : public ::testing::Test {
 protected:
  Cluster& cluster() { return stage_.cluster(); }
  // The authority that has signed nobody's certificate here.
  Certificates& stranger() { return stranger_; }

  std::string config(const std::function<void(json&)>& change = [](json&) {}) {
    return stage_.config_with("tls.json", [&](json& root) {
      root["sentinels"]["tls"] = {{"ca_file", cluster().certificates().ca_file()}};
      root["redis"]["tls"] = {{"ca_file", cluster().certificates().ca_file()}};
      change(root);
    });
  }
  Finished apply(const std::string& path) {
    return run_updater(cluster().keeper(), {"apply", "--config", path, "--timeout-ms", "3000"});
  }
  // With its connections to all Sentinels, and everything registered.
  void start_daemon(const std::string& path) {
    daemon_ = stage_.start_daemon(path);
    old_master_ = cluster().master_index();
    cluster().wait_master_name(old_master_);
    for (const auto& sentinel : cluster().sentinel_endpoints())
      daemon_->wait_output("listening to Sentinel " + sentinel);
  }
  std::size_t watched() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < cluster().redis_count(); ++i) {
      const auto clients = cluster().redis(i).command({"CLIENT", "LIST"}).text;
      if (clients.find("name=rediscovery-updater") != std::string::npos) ++count;
    }
    return count;
  }
  void wait_watched() {
    wait_until([this] { return watched() == 2; }, 10s, "the daemon's connections to the replicas");
  }
  // A planned failover, until every Sentinel has announced it; returns when the name had moved.
  std::unique_ptr<SwitchWatch> switch_over() {
    auto watch = std::make_unique<SwitchWatch>(cluster(), old_master_);
    cluster().start_failover();
    wait_until([&] { return watch->named().has_value(); }, 20s, "another name");
    wait_until([&] { return watch->announcements() == cluster().sentinel_count(); }, 30s,
               "+switch-master from every Sentinel");
    return watch;
  }

  static ClusterOptions options() {
    ClusterOptions options;
    options.tls_names = {"redis.test"};
    return options;
  }

  Stage stage_{options()};
  Certificates stranger_{cluster().folder() / "stranger", "stranger"};
  std::unique_ptr<UpdaterProcess> daemon_;
  std::size_t old_master_ = 0;
};

TEST_F(TlsTest, AOneShotReadsTheSentinelsAndRegistersTheRoles) {
  const auto applied = apply(config());
  EXPECT_EQ(applied.code, 0) << applied.output;
  EXPECT_THAT(applied.output, HasSubstr("what 3 of 3 Sentinels say"));
  EXPECT_THAT(stage_.masters(), ElementsAre(cluster().master().ip()));
}

TEST_F(TlsTest, AnAuthorityThatIsNotTheirsIsExplainedWithTheRemedy) {
  const auto applied =
      apply(config([this](json& root) { root["sentinels"]["tls"]["ca_file"] = stranger().ca_file(); }));
  EXPECT_EQ(applied.code, 1);
  EXPECT_THAT(applied.output, HasSubstr("refused"));
  EXPECT_THAT(applied.output, HasSubstr("from an unknown authority"));
  EXPECT_THAT(applied.output, HasSubstr("sentinels.tls.ca_file names those that are trusted"));
}

TEST_F(TlsTest, ACertificateForAnotherNameIsExplainedWithTheRemedy) {
  const auto applied =
      apply(config([](json& root) { root["sentinels"]["tls"]["server_name"] = "other.test"; }));
  EXPECT_EQ(applied.code, 1);
  EXPECT_THAT(applied.output, HasSubstr("is not for 'other.test': sentinels.tls.server_name"));
  EXPECT_EQ(apply(config([](json& root) { root["sentinels"]["tls"]["server_name"] = "redis.test"; })).code,
            0);
}

TEST_F(TlsTest, AFileThatHoldsNoCertificateStopsItAtTheStart) {
  const auto file = cluster().folder() / "empty.pem";
  std::ofstream(file) << "nothing\n";
  const auto applied = apply(config([&](json& root) { root["redis"]["tls"]["ca_file"] = file.string(); }));
  EXPECT_EQ(applied.code, 2);
  EXPECT_THAT(applied.output, HasSubstr("redis.tls.ca_file"));
}

TEST_F(TlsTest, TheDaemonFollowsAPromotionWhenItHappens) {
  start_daemon(config());
  const auto is_observed = [this] {
    return daemon_->output().find("trigger=\"promotion observed") != std::string::npos;
  };
  // On a busy machine the Sentinel that leads the failover can be the first to see the promotion.
  for (int tries = 0; tries < 3 && !is_observed(); ++tries) {
    cluster().wait_settled();
    old_master_ = cluster().master_index();
    wait_watched();
    const auto watch = switch_over();
    if (is_observed()) {
      EXPECT_LT(*watch->named(), *watch->announced());
    }
    std::cout << "planned, over TLS: " << watch->figures() << "\n";
  }
  EXPECT_TRUE(is_observed()) << daemon_->output();
}

TEST_F(TlsTest, ADaemonThatRedisDoesNotTrustSaysSoAndWaitsForSentinel) {
  start_daemon(config([this](json& root) { root["redis"]["tls"]["ca_file"] = stranger().ca_file(); }));
  daemon_->wait_output("redis.tls.ca_file names those that are trusted");
  const auto watch = switch_over();
  EXPECT_THAT(daemon_->output(), Not(HasSubstr("trigger=\"promotion observed")));
}

TEST_F(TlsTest, ARedisThatAsksForACertificateGetsOne) {
  for (std::size_t i = 0; i < cluster().redis_count(); ++i)
    cluster().redis(i).command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  start_daemon(config());
  daemon_->wait_output("requires a client certificate: redis.tls.cert_file and redis.tls.key_file");
  const auto ours = cluster().certificates().issue("updater", {});
  start_daemon(config([&](json& root) {
    root["redis"]["tls"]["cert_file"] = ours.cert;
    root["redis"]["tls"]["key_file"] = ours.key;
  }));
  wait_watched();
}

}  // namespace
}  // namespace rediscovery::testing
