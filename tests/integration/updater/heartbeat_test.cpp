// What becomes of registrations when nobody is left who knows whether they are true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "fake_sentinel.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Clock = std::chrono::steady_clock;

constexpr const char* kHeartbeat = "redis-roles/mymaster/heartbeat";

// Real Redis, and Sentinels that say the same whatever happens: that they are right is not the point here.
class HeartbeatTest : public ::testing::Test {
 protected:
  static constexpr auto kInterval = 400ms;

  static ClusterOptions options() {
    ClusterOptions options;
    options.sentinels = 0;
    return options;
  }
  HeartbeatTest() : sentinels_(cluster().addresses(), 3) {
    sentinels_.tell(ip(0), 1, {ip(1), ip(2)});
    seeing_ = config("seeing.json", sentinels_.endpoints());
    std::vector<std::string> nobody;
    for (int i = 0; i < 3; ++i) nobody.push_back(cluster().addresses().next_free_ip() + ":26379");
    blind_ = config("blind.json", nobody);
  }
  std::string config(const std::string& name, const std::vector<std::string>& sentinels) {
    return stage_.config_with(name, [&](nlohmann::json& root) {
      root["sentinels"]["addresses"] = sentinels;
      root["reconcile_interval_ms"] = 300;
      root["heartbeat_ms"] = kInterval.count();
      root["stale_after_ms"] = 3000;
    });
  }
  Cluster& cluster() { return stage_.cluster(); }
  std::string ip(std::size_t node) { return cluster().redis(node).ip(); }
  // The key's ModifyIndex; 0 without a heartbeat.
  std::uint64_t beat() {
    const auto reply = cluster().consul().request("GET", std::string("/v1/kv/") + kHeartbeat);
    return reply.status == 200 ? nlohmann::json::parse(reply.body)[0]["ModifyIndex"].get<std::uint64_t>() : 0;
  }
  void wait_beats(int count) {
    for (int i = 0; i < count; ++i) {
      const auto before = beat();
      wait_until([&] { return beat() != before; }, 20s, "a beat");
    }
  }
  void wait_names(const std::vector<std::string>& masters, const std::vector<std::string>& slaves) {
    wait_until(
        [&] {
          return stage_.masters() == masters &&
                 std::multiset<std::string>(slaves.begin(), slaves.end()) == sorted(stage_.slaves());
        },
        30s, "the names to be right");
  }
  static std::multiset<std::string> sorted(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
  }

  Stage stage_{options()};
  FakeSentinels sentinels_;
  std::string seeing_;
  std::string blind_;
};

TEST_F(HeartbeatTest, WithoutAnybodyWhoKnowsOnlyWhatRedisItselfConfirmsStaysInDns) {
  auto seeing = stage_.start_daemon(seeing_);
  const auto blind = stage_.start_daemon(blind_);
  wait_names({ip(0)}, {ip(1), ip(2)});
  wait_beats(3);
  cluster().redis(2).kill();
  wait_beats(3);
  EXPECT_THAT(stage_.slaves(), UnorderedElementsAre(ip(1), ip(2))) << "as long as a majority vouches for it";

  seeing->signal(SIGKILL);
  EXPECT_EQ(seeing->wait(), 128 + SIGKILL);
  wait_names({ip(0)}, {ip(1)});
  blind->wait_output("changes=[critical slave " + ip(2) + ":6379]");
  const auto checks = cluster().consul().get("/v1/health/checks/slave");
  bool explained = false;
  for (const auto& check : checks) {
    if (check["Status"] != "critical") continue;
    explained = check["Output"].get<std::string>().find("rediscovery-updater run") != std::string::npos;
  }
  EXPECT_TRUE(explained);

  cluster().redis(0).kill();
  wait_until([&] { return stage_.masters().empty(); }, 30s, "the dead master out of DNS");
  EXPECT_EQ(cluster().resolve(cluster().master_service_name()).code, DnsCode::nxdomain);

  // Whoever can confirm again repairs it: the Sentinels' word counts more than a Redis' silence.
  seeing = stage_.start_daemon(seeing_);
  wait_names({ip(0)}, {ip(1), ip(2)});
  wait_beats(3);
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(0)));
}

TEST_F(HeartbeatTest, ALoneSentinelNeitherConfirmsNorTurnsBackWhatIsCritical) {
  auto seeing = stage_.start_daemon(seeing_);
  wait_names({ip(0)}, {ip(1), ip(2)});
  wait_beats(1);
  seeing->signal(SIGKILL);
  EXPECT_EQ(seeing->wait(), 128 + SIGKILL);
  cluster().redis(0).kill();
  auto few = sentinels_.endpoints();
  few[1] = cluster().addresses().next_free_ip() + ":26379";
  few[2] = cluster().addresses().next_free_ip() + ":26379";
  const auto last = beat();
  const auto lone = stage_.start_daemon(config("lone.json", few));
  wait_until([&] { return stage_.masters().empty(); }, 30s, "the dead master out of DNS");
  // Its next change comes after another reconcile: had that turned the master's check back, DNS would show
  // it.
  cluster().redis(1).kill();
  wait_until([&] { return stage_.slaves() == std::vector<std::string>{ip(2)}; }, 30s,
             "the dead replica out of DNS");
  EXPECT_THAT(stage_.masters(), IsEmpty());
  EXPECT_EQ(beat(), last);
}

TEST_F(HeartbeatTest, OfSeveralUpdatersOneBeatsAndNothingElseIsWritten) {
  std::vector<std::unique_ptr<UpdaterProcess>> daemons;
  for (int i = 0; i < 3; ++i) daemons.push_back(stage_.start_daemon(seeing_));
  wait_names({ip(0)}, {ip(1), ip(2)});
  wait_beats(2);
  const auto index_of = [&](const std::string& path) {
    return cluster().consul().request("GET", path).index;
  };
  const auto fence = index_of("/v1/kv/redis-roles/mymaster");
  const auto masters = index_of("/v1/health/service/master");
  const auto slaves = index_of("/v1/health/service/slave");
  const auto started = Clock::now();
  auto last = beat();
  int beats = 0;
  while (beats < 10) {
    // A blocking query wakes up for each write of the key.
    (void)cluster().consul().request(
        "GET", std::string("/v1/kv/") + kHeartbeat + "?wait=5s&index=" + std::to_string(last), {}, 10s);
    const auto now = beat();
    if (now != last) ++beats;
    last = now;
  }
  // Nobody writes a key that it has not seen unchanged for half the interval.
  EXPECT_LE((beats - 1) * (kInterval / 2), Clock::now() - started);
  EXPECT_EQ(index_of("/v1/kv/redis-roles/mymaster"), fence);
  EXPECT_EQ(index_of("/v1/health/service/master"), masters);
  EXPECT_EQ(index_of("/v1/health/service/slave"), slaves);
}

}  // namespace
}  // namespace rediscovery::testing
