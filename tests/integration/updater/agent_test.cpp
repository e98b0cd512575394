// Registration "agent": a host for each Redis, with a Consul agent and an updater of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "stage.hpp"
#include "support/consul.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Asks the server's DNS for the master all the time.
class MasterPoll {
 public:
  explicit MasterPoll(Cluster& cluster)
      : thread_([this, &cluster] {
          while (!stop_) {
            const auto count = cluster.named_masters().size();
            ++(count == 0 ? none_ : count == 1 ? one_ : several_);
          }
        }) {}
  ~MasterPoll() { end(); }
  void end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    std::cout << "polls with no master " << none_ << ", with one " << one_ << ", with several " << several_
              << "\n";
  }
  [[nodiscard]] int none() const { return none_; }
  [[nodiscard]] int several() const { return several_; }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> none_{0};
  std::atomic<int> one_{0};
  std::atomic<int> several_{0};
  std::thread thread_;
};

class AgentTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kHosts = 3;

  AgentTest() {
    for (std::size_t i = 0; i < kHosts; ++i) {
      ConsulOptions options;
      options.persistent = true;
      options.config = {{"server", false},
                        {"bootstrap", nullptr},
                        {"node_name", node(i)},
                        {"retry_join", {cluster().consul().ip()}},
                        {"retry_interval", "1s"}};
      agents_.push_back(std::make_unique<Consul>(cluster().keeper(), node(i), ip(i), options));
      agents_.back()->launch();
    }
    for (const auto& agent : agents_) agent->wait_ready();
    for (std::size_t i = 0; i < kHosts; ++i) start_updater(i);
    wait_names(0, {1, 2});
  }

  static std::string node(std::size_t host) { return "host-" + std::to_string(host + 1); }
  Cluster& cluster() { return stage_.cluster(); }
  std::string ip(std::size_t host) { return cluster().redis(host).ip(); }
  std::string config(std::size_t host, const std::string& http = {}) {
    return stage_.config_with(node(host) + ".json", [&](nlohmann::json& root) {
      root["registration"] = "agent";
      root["agent"] = {{"redis", cluster().redis(host).endpoint()}, {"ttl_ms", kTtl.count()}};
      root["consul"]["addresses"] = {agents_[host]->http_address()};
      root["reconcile_interval_ms"] = 1000;
      if (!http.empty()) root["http"]["address"] = http;
    });
  }
  void start_updater(std::size_t host) {
    updaters_.at(host) = stage_.start_daemon(config(host));
    for (const auto& sentinel : cluster().sentinel_endpoints())
      updaters_[host]->wait_output("listening to Sentinel " + sentinel);
  }
  void wait_names(std::size_t master, const std::vector<std::size_t>& replicas) {
    std::vector<std::string> slaves;
    for (const auto host : replicas) slaves.push_back(ip(host));
    std::string seen;
    try {
      wait_until(
          [&] {
            return stage_.masters() == std::vector<std::string>{ip(master)} && stage_.slaves() == slaves;
          },
          40s, "the names to be right");
    } catch (const TimeoutError& error) {
      std::string text = error.what();
      for (const auto& updater : updaters_) text += "\n--- updater\n" + (updater ? updater->output() : "");
      throw TimeoutError(text + "\n" + cluster().consul().get("/v1/health/service/master").dump(1));
    }
  }
  // What the catalog has under the master's name, with its status: "host-1 passing".
  std::vector<std::string> registered_masters() {
    std::vector<std::string> found;
    for (const auto& entry : cluster().consul().get("/v1/health/service/master")) {
      std::string status = "passing";
      for (const auto& check : entry["Checks"]) {
        if (check["Status"] != "passing" && check["CheckID"] != "serfHealth") status = check["Status"];
      }
      found.push_back(entry["Node"]["Node"].get<std::string>() + " " + status);
    }
    return found;
  }
  // Starting anew, an agent compares everything it has with the catalog.
  void force_sync(std::size_t host) {
    agents_[host]->terminate();
    agents_[host]->launch();
    agents_[host]->wait_ready();
  }

  static constexpr std::chrono::milliseconds kTtl{3000};
  Stage stage_{ClusterOptions{}};
  std::vector<std::unique_ptr<Consul>> agents_;
  std::vector<std::unique_ptr<UpdaterProcess>> updaters_{kHosts};
};

TEST_F(AgentTest, AFailoverMovesTheNameAndAntiEntropyDoesNotUndoIt) {
  MasterPoll poll(cluster());
  cluster().redis(0).kill();
  const auto master = cluster().wait_new_master(0);
  const auto other = 3 - master;
  wait_names(master, {other});
  force_sync(0);
  force_sync(master);
  wait_names(master, {other});
  EXPECT_THAT(registered_masters(), ElementsAre(node(master) + " passing"));

  cluster().redis(0).restart();
  wait_names(master, other < 1 ? std::vector<std::size_t>{other, 0} : std::vector<std::size_t>{0, other});
  poll.end();
  EXPECT_EQ(poll.several(), 0);
}

TEST_F(AgentTest, APlannedSwitchShowsOneMasterAllTheTime) {
  MasterPoll poll(cluster());
  const auto master = cluster().failover();
  cluster().wait_settled();
  wait_names(master, {0, 3 - master});
  poll.end();
  EXPECT_EQ(poll.several(), 0);
  EXPECT_EQ(poll.none(), 0);
  EXPECT_THAT(registered_masters(), ElementsAre(node(master) + " passing"));
}

TEST_F(AgentTest, UnchangedStateCostsNoWrite) {
  const auto indexes = [&] {
    std::vector<std::uint64_t> found;
    for (const auto* path :
         {"/v1/kv/redis-roles/mymaster", "/v1/health/service/master", "/v1/health/service/slave"}) {
      found.push_back(cluster().consul().request("GET", path).index);
    }
    return found;
  };
  // What the Sentinels get to know late, such as the replicas' run ids, still follows the start.
  bool is_calm = false;
  for (int attempt = 0; attempt < 5 && !is_calm; ++attempt) {
    const auto before = indexes();
    // Ends with the first change of the fence, or after several rounds of every check and updater.
    (void)cluster().consul().request("GET",
                                     "/v1/kv/redis-roles/mymaster?wait=" + std::to_string(2 * kTtl.count()) +
                                         "ms&index=" + std::to_string(before[0]),
                                     {}, 20s);
    is_calm = indexes() == before;
  }
  EXPECT_TRUE(is_calm);
}

TEST_F(AgentTest, TheThreadThatChecksTheRoleIsWatched) {
  const std::string address = cluster().addresses().next_free_ip() + ":9121";
  (void)config(0, address);
  updaters_[0]->signal(SIGHUP);
  updaters_[0]->wait_output("SIGHUP: done");
  EXPECT_TRUE(nlohmann::json::parse(ask(address + "/state"))["threads"].contains("the role check"));
}

TEST_F(AgentTest, AnUpdaterThatEndsLeavesItsRegistrationAndOneThatIsDeadLetsItExpire) {
  MasterPoll poll(cluster());
  updaters_[0]->signal(SIGTERM);
  EXPECT_EQ(updaters_[0]->wait(), 0);
  EXPECT_THAT(stage_.masters(), ElementsAre(ip(0)));
  start_updater(0);
  wait_names(0, {1, 2});
  poll.end();
  EXPECT_EQ(poll.none(), 0) << "a restart does not empty DNS";

  updaters_[0]->signal(SIGKILL);
  wait_until([&] { return stage_.masters().empty(); }, 20s, "the check to expire");
  EXPECT_THAT(registered_masters(), ElementsAre(node(0) + " critical"));
  start_updater(0);
  wait_names(0, {1, 2});
}

TEST_F(AgentTest, ARedisOfAnotherRoleIsOutOfDnsWhateverSentinelSays) {
  cluster().redis(0).replicate(ip(1));
  wait_until([&] { return stage_.masters().empty(); }, 20s, "the check to be critical");
  const auto checks = cluster().consul().get("/v1/health/checks/master");
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_THAT(checks[0]["Output"].get<std::string>(), HasSubstr("replica"));
  cluster().redis(0).replicate("");
  wait_until([&] { return stage_.masters() == std::vector<std::string>{ip(0)}; }, 20s, "the master again");
}

// However long it may take to answer: the rest of the time is for telling the agent.
TEST_F(AgentTest, ARedisThatHangsIsOutOfDns) {
  for (std::size_t i = 0; i < kHosts; ++i) cluster().sentinel(i).stop();
  updaters_[0]->signal(SIGTERM);
  EXPECT_EQ(updaters_[0]->wait(), 0);
  updaters_[0] = stage_.start_daemon(stage_.config_with("patient.json", [&](nlohmann::json& root) {
    root["registration"] = "agent";
    root["agent"] = {{"redis", cluster().redis(0).endpoint()}, {"ttl_ms", 1000}};
    root["consul"]["addresses"] = {agents_[0]->http_address()};
    root["redis"]["timeout_ms"] = 10'000;
  }));
  const auto output = [&] {
    const auto checks = cluster().consul().get("/v1/health/checks/master");
    return checks.empty() ? std::string() : checks[0]["Output"].get<std::string>();
  };
  cluster().redis(0).stop();
  wait_until([&] { return output().find("does not answer") != std::string::npos; }, 20s,
             "the check to say so");
  EXPECT_THAT(stage_.masters(), IsEmpty());
  EXPECT_THAT(updaters_[0]->output(), Not(HasSubstr("cannot be updated")));
}

TEST_F(AgentTest, AHostThatComesBackWithoutItsUpdaterBringsNoOldMasterBack) {
  MasterPoll poll(cluster());
  updaters_[0]->signal(SIGKILL);
  cluster().redis(0).kill();
  agents_[0]->kill();
  const auto master = cluster().wait_new_master(0);
  wait_names(master, {3 - master});
  const auto killed = std::chrono::steady_clock::now();
  const auto serf = [&] {
    for (const auto& check : cluster().consul().get("/v1/health/node/" + node(0))) {
      if (check["CheckID"] == "serfHealth") return check["Status"].get<std::string>();
    }
    return std::string();
  };
  wait_until([&] { return serf() == "critical" && std::chrono::steady_clock::now() - killed > kTtl; }, 60s,
             "the agent to be missed, and the check that it has kept to have expired");
  agents_[0]->launch();
  agents_[0]->wait_ready();
  wait_until(
      [&] {
        const auto masters = registered_masters();
        return masters.size() == 2 &&
               (masters[0] == node(0) + " critical" || masters[1] == node(0) + " critical");
      },
      60s, "anti-entropy to restore the old master, critical");
  // Sentinel may have promoted the other replica meanwhile: this is about the one that came back.
  EXPECT_THAT(stage_.masters(), Not(Contains(ip(0))));
  start_updater(0);
  wait_until([&] { return registered_masters().size() == 1; }, 30s, "the old master's end");
  poll.end();
  EXPECT_EQ(poll.several(), 0);
}

TEST_F(AgentTest, ThePlanShowsTheTransactionAndWhatTheAgentIsTold) {
  updaters_[0]->signal(SIGKILL);
  EXPECT_EQ(updaters_[0]->wait(), 128 + SIGKILL);
  agents_[0]->put("/v1/agent/service/deregister/master:mymaster:" + cluster().redis(0).endpoint(), {});
  wait_until([&] { return registered_masters().empty(); }, 10s, "the deregistration");
  const auto plan = run_updater(cluster().keeper(), {"plan", "--config", config(0)});
  EXPECT_EQ(plan.code, 0) << plan.output;
  EXPECT_THAT(plan.output,
              HasSubstr("  + master " + cluster().redis(0).endpoint() + " as master on " + node(0)));
  EXPECT_THAT(plan.output,
              HasSubstr("  agent + master " + cluster().redis(0).endpoint() + " as master on " + node(0)));
  EXPECT_THAT(registered_masters(), IsEmpty());
  const auto others = run_updater(cluster().keeper(), {"plan", "--config", config(1)});
  EXPECT_THAT(others.output, HasSubstr("up_to_date"));
}

TEST_F(AgentTest, TheCheckHasNothingAgainstTheCatalogOfASettledStage) {
  for (std::size_t host = 0; host < kHosts; ++host) {
    std::string output;
    const auto is_content = [&] {
      const auto checked = run_updater(cluster().keeper(), {"check", "--config", config(host), "--json"});
      output = checked.output;
      const auto report = nlohmann::json::parse(output, nullptr, false);
      if (report.is_discarded()) return false;
      bool is_catalog_seen = false;
      for (const auto& finding : report["findings"]) {
        if (finding["area"] != "catalog") continue;
        if (finding["level"] == "problem") return false;
        is_catalog_seen = true;
      }
      return is_catalog_seen;
    };
    // What the Sentinels get to know late, such as the replicas' run ids, still follows the start.
    EXPECT_NO_THROW(wait_until(is_content, 20s, "the check to be content")) << node(host) << "\n" << output;
  }
}

}  // namespace
}  // namespace rediscovery::testing
