// kill -9 of the updater at every message that it exchanges during a switch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>

#include "consul_proxy.hpp"
#include "fake_sentinel.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// Counts the messages of one run, and kills the updater at one of them.
class Executioner {
 public:
  explicit Executioner(int at) : at_(at) {}
  void sentence(UpdaterProcess& process) { process_ = &process; }
  // On the thread of a scripted server: the updater waits for its answer, or is gone already.
  void message() {
    if (++count_ != at_) return;
    wait_until([this] { return process_.load() != nullptr; }, 10s, "the process to kill");
    process_.load()->signal(SIGKILL);
  }
  [[nodiscard]] int count() const { return count_; }

 private:
  const int at_;
  std::atomic<int> count_{0};
  std::atomic<UpdaterProcess*> process_{nullptr};
};

class FaultPoints : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    return options;
  }
  FaultPoints() : sentinels_(stage_.cluster().addresses(), 3) {
    config_ = stage_.config_with("proxied.json", [this](nlohmann::json& root) {
      root["sentinels"]["addresses"] = sentinels_.endpoints();
      root["consul"]["addresses"] = {proxy_.endpoint()};
      root["consul"]["dns"] = {stage_.cluster().consul().dns_address()};
    });
  }
  [[nodiscard]] std::string ip(std::uint64_t host) {
    return stage_.cluster().addresses().ip(static_cast<int>(host));
  }
  // At odd epochs 1 is the master, at even ones 2.
  [[nodiscard]] std::string master(std::uint64_t epoch) { return ip(epoch % 2 == 1 ? 1 : 2); }
  void tell(std::uint64_t epoch) { sentinels_.tell(master(epoch), epoch, {master(epoch + 1), ip(3)}); }
  std::unique_ptr<UpdaterProcess> start() {
    return std::make_unique<UpdaterProcess>(stage_.cluster().keeper(),
                                            std::vector<std::string>{"apply", "--config", config_});
  }
  void apply() {
    const auto process = start();
    EXPECT_EQ(process->wait(), 0) << process->output();
  }

  // Each message counts before and after it has had its effect; what is said to Sentinels has none.
  int run_until_killed(Executioner& executioner) {
    sentinels_.on_command([&executioner] { executioner.message(); });
    ConsulProxy::Hooks hooks;
    hooks.before = [&executioner](const ConsulProxy::Request&) {
      executioner.message();
      return std::optional<TcpAction>();
    };
    hooks.after = [&executioner](const ConsulProxy::Request&) { executioner.message(); };
    proxy_.set_hooks(hooks);
    const auto process = start();
    executioner.sentence(*process);
    const int code = process->wait();
    sentinels_.on_command([] {});
    proxy_.set_hooks({});
    return code;
  }

  void expect_at(std::uint64_t epoch) {
    EXPECT_EQ(stage_.fence()["epoch"], epoch);
    EXPECT_THAT(stage_.masters(), ElementsAre(master(epoch)));
    EXPECT_THAT(stage_.slaves(), UnorderedElementsAre(master(epoch + 1), ip(3)));
  }

  Stage stage_{options()};
  FakeSentinels sentinels_;
  ConsulProxy proxy_{stage_.cluster().addresses(), stage_.cluster().consul()};
  std::string config_;
};

TEST_F(FaultPoints, AKillAtAnyOfThemLeavesTheOldOrTheNewAndTheNextRunCompletesIt) {
  tell(1);
  apply();
  tell(2);
  Executioner nobody(0);
  ASSERT_EQ(run_until_killed(nobody), 0);
  ASSERT_GT(nobody.count(), 20) << "there are messages to be killed at";

  std::uint64_t epoch = 2;
  int killed = 0;
  int old_ones = 0;
  for (int point = 1; point <= nobody.count(); ++point) {
    SCOPED_TRACE("killed at message " + std::to_string(point));
    const std::uint64_t revision = stage_.fence()["revision"];
    tell(++epoch);
    Executioner executioner(point);
    if (run_until_killed(executioner) == 128 + SIGKILL) ++killed;
    const bool is_old = stage_.fence()["epoch"] == epoch - 1;
    if (is_old) ++old_ones;
    expect_at(is_old ? epoch - 1 : epoch);

    apply();
    expect_at(epoch);
    EXPECT_EQ(stage_.fence()["revision"], revision + 1) << "written twice";
  }
  std::cout << "killed at " << killed << " of " << nobody.count() << " messages, " << old_ones
            << " times before the switch\n";
  // The number of messages differs a little from run to run: who is late with one is not there for the last.
  EXPECT_GE(killed, nobody.count() - 3);
  EXPECT_GT(old_ones, 0);
  EXPECT_LT(old_ones, killed);
}

// Consul has the transaction, and the updater is gone before it knows.
TEST_F(FaultPoints, AKillBetweenTheTransactionAndItsAnswerLosesAndRepeatsNothing) {
  tell(1);
  apply();
  tell(2);
  for (const bool applied : {false, true}) {
    const std::uint64_t revision = stage_.fence()["revision"];
    const std::uint64_t epoch = stage_.fence()["epoch"].get<std::uint64_t>() + 1;
    tell(epoch);
    Executioner executioner(1);
    ConsulProxy::Hooks hooks;
    const auto kill = [&executioner](const ConsulProxy::Request& request) {
      if (request.path == "/v1/txn") executioner.message();
    };
    hooks.before = [&](const ConsulProxy::Request& request) {
      if (!applied) kill(request);
      // It was on its way, and never arrived.
      return executioner.count() > 0 ? std::optional<TcpAction>(TcpAction{"", true}) : std::nullopt;
    };
    if (applied) hooks.after = kill;
    proxy_.set_hooks(hooks);
    const auto process = start();
    executioner.sentence(*process);
    EXPECT_EQ(process->wait(), 128 + SIGKILL);
    proxy_.set_hooks({});
    expect_at(applied ? epoch : epoch - 1);
    apply();
    expect_at(epoch);
    EXPECT_EQ(stage_.fence()["revision"], revision + 1);
  }
}

}  // namespace
}  // namespace rediscovery::testing
