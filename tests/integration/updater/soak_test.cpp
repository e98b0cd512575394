// Very many switches, with everything that may write at work: two daemons and one-shot scripts, told by
// Sentinels that do not all know the same. REDISCOVERY_SWITCHES and REDISCOVERY_REAL_SWITCHES make it longer,
// REDISCOVERY_SOAK_SECONDS ends it after that time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "fake_sentinel.hpp"
#include "name_watch.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// A soak ends after so many switches, or after so much time.
class Limit {
 public:
  Limit(const char* variable, std::uint64_t count) : count_(number_from(variable, count)) {}
  [[nodiscard]] bool allows(std::uint64_t switches) const { return switches < count_ && Clock::now() < end_; }

 private:
  std::uint64_t count_;
  Clock::time_point end_ =
      Clock::now() + std::chrono::seconds(number_from("REDISCOVERY_SOAK_SECONDS", 24 * 3600));
};

void report(const std::string& what, std::uint64_t switches, Clock::time_point started,
            const NameWatch& watch) {
  const auto span = std::chrono::duration<double>(Clock::now() - started).count();
  std::cout << switches << " " << what << " in " << span << " s, " << watch.polls()
            << " answers of DNS for each name\n";
}

// Sentinels told by the test; of Redis only the addresses are there.
class ScriptedSoak : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    return options;
  }
  ScriptedSoak() : sentinels_(stage_.cluster().addresses(), 3) {
    config_ = stage_.config_with("fake.json", [this](nlohmann::json& root) {
      root["sentinels"]["addresses"] = sentinels_.endpoints();
      root["promotion"] = "announced";
    });
  }
  // Seven Redis take turns.
  [[nodiscard]] std::string master(std::uint64_t number) {
    return stage_.cluster().addresses().ip(101 + static_cast<int>(number % 7));
  }
  void tell_one(std::size_t sentinel, std::uint64_t number) {
    sentinels_.tell_one(sentinel, master(number), number, {master(number + 2), master(number + 4)});
  }
  std::unique_ptr<UpdaterProcess> start(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {arguments.at(0), "--config", config_};
    all.insert(all.end(), arguments.begin() + 1, arguments.end());
    return std::make_unique<UpdaterProcess>(stage_.cluster().keeper(), all);
  }
  // Sentinel's script for that switch.
  std::unique_ptr<UpdaterProcess> start_script(std::uint64_t number) {
    return start(
        {"on-reconfig", "mymaster", "observer", "start", master(number - 1), "6379", master(number), "6379"});
  }
  // Or to be run again by Sentinel: on a busy machine not every Sentinel is read in time, and what its
  // arguments announce may be known to that one alone; or the daemons are quicker every time.
  static void expect_done(UpdaterProcess& script) {
    const int code = script.wait();
    const auto output = script.output();
    const bool is_to_be_run_again = output.find("not every Sentinel could be read") != std::string::npos ||
                                    output.find("lost_race") != std::string::npos;
    EXPECT_EQ(code, is_to_be_run_again ? 1 : 0) << output;
  }

  Stage stage_{options()};
  FakeSentinels sentinels_;
  std::string config_;
};

TEST_F(ScriptedSoak, InAThousandSwitchesDnsIsNeverWrong) {
  const Limit limit("REDISCOVERY_SWITCHES", 1000);
  std::mt19937_64 random(20261125);
  const auto chance = [&random](std::uint64_t of) { return random() % of == 0; };
  for (std::size_t i = 0; i < sentinels_.count(); ++i) tell_one(i, 1);
  ASSERT_EQ(start({"apply"})->wait(), 0);

  const auto daemon = start({"run"});
  const auto other = start({"run"});
  for (std::size_t i = 0; i < sentinels_.count(); ++i)
    wait_until([&] { return sentinels_.subscribers(i) == 2; }, 20s, "both daemons to listen");

  const auto resolve = [this](const std::string& name) { return stage_.cluster().resolve(name).addresses(); };
  NameWatch watch(resolve, 2, 1, [this](std::uint64_t number) { return master(number); });
  std::vector<std::unique_ptr<UpdaterProcess>> scripts;
  const auto started = Clock::now();
  std::uint64_t switches = 0;
  for (std::uint64_t number = 2; limit.allows(switches); ++number, ++switches) {
    watch.allow(number);
    // One Sentinel knows it first; the others hear of it by and by, or not before the next switch.
    const std::size_t leader = random() % sentinels_.count();
    tell_one(leader, number);
    const bool published = !chance(10);
    if (published) sentinels_.announce(leader, master(number - 1), master(number));
    if (!published || chance(20)) scripts.push_back(start_script(number));
    if (chance(20)) scripts.push_back(start_script(number - std::min<std::uint64_t>(number - 1, 5)));
    for (std::size_t i = 0; i < sentinels_.count(); ++i) {
      if (i == leader || chance(4)) continue;
      tell_one(i, number);
      if (chance(2)) sentinels_.announce(i, master(number - 1), master(number));
    }
    wait_until([&] { return watch.seen(number); }, 30s, "switch " + std::to_string(number) + " in DNS", 1ms);
    for (; scripts.size() > 8; scripts.erase(scripts.begin())) {
      expect_done(*scripts.front());
    }
  }
  report("switches", switches, started, watch);
  EXPECT_THAT(watch.problems(), IsEmpty());
  for (const auto& script : scripts) expect_done(*script);
  EXPECT_EQ(stage_.fence()["epoch"], switches + 1);
  EXPECT_EQ(stage_.fence()["revision"], switches + 1) << "something was written twice";
  for (const auto* output : {&daemon, &other}) {
    EXPECT_TRUE((*output)->running());
    EXPECT_THAT((*output)->output(), Not(HasSubstr("ALARM")));
  }
}

// Sentinel's own failovers, at the rate that it can be brought to.
class RealSoak : public ::testing::Test {
 protected:
  // Otherwise Sentinel leaves an old master that lives alone for eight seconds, four times its
  // publish-period.
  void hurry() {
    for (std::size_t i = 0; i < cluster().sentinel_count(); ++i) {
      const auto set = cluster().sentinel(i).command(
          {"SENTINEL", "DEBUG", "info-period", "300", "publish-period", "200", "ask-period", "100"});
      ASSERT_FALSE(set.is_error()) << set.text;
    }
  }
  Cluster& cluster() { return stage_.cluster(); }

  Stage stage_{ClusterOptions{}, true};
};

TEST_F(RealSoak, SentinelsOwnFailoversAreFollowedOneAfterTheOther) {
  const Limit limit("REDISCOVERY_REAL_SWITCHES", 5);
  hurry();
  const auto daemon = stage_.start_daemon();
  const auto other = stage_.start_daemon();
  std::vector<std::string> masters = {cluster().master().ip()};
  cluster().wait_master_name(cluster().master_index());
  wait_until([this] { return stage_.slaves().size() == 2; }, 20s, "both replicas registered");

  std::atomic<bool> stop{false};
  std::vector<std::string> problems;
  std::thread poller([&] {
    while (!stop && problems.size() < 20) {
      try {
        const auto answer = cluster().resolve(cluster().master_service_name()).addresses();
        if (answer.size() != 1) problems.push_back(std::to_string(answer.size()) + " masters");
      } catch (const TimeoutError&) {  // no answer is no wrong answer
      }
    }
  });
  const auto started = Clock::now();
  std::uint64_t switches = 0;
  std::uint64_t epoch = stage_.fence()["epoch"];
  for (; limit.allows(switches); ++switches) {
    const std::size_t old_master = cluster().master_index();
    const std::size_t new_master = cluster().failover();
    cluster().wait_master_name(new_master, 30s);
    cluster().wait_settled();
    const std::uint64_t after = stage_.fence()["epoch"];
    EXPECT_GT(after, epoch);
    EXPECT_NE(new_master, old_master);
    epoch = after;
  }
  stop = true;
  poller.join();
  std::cout << switches << " failovers in " << std::chrono::duration<double>(Clock::now() - started).count()
            << " s\n";
  EXPECT_THAT(problems, IsEmpty());
  wait_until([&] { return stage_.fence()["address"] == cluster().master().endpoint(); }, 10s,
             "Consul and Sentinel of one mind");
}

}  // namespace
}  // namespace rediscovery::testing
