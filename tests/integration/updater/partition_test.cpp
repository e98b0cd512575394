// Sentinels on two sides of a partition, each side with a daemon, and one Consul. Real Sentinels cannot be
// kept from hearing each other while they share the Redis they watch; these say what they are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "fake_sentinel.hpp"
#include "name_watch.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Partition : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    return options;
  }
  Partition() : sentinels_(stage_.cluster().addresses(), 4) {}

  // A daemon that reaches the Sentinels from `first` to `last`.
  std::unique_ptr<UpdaterProcess> start_daemon(std::size_t first, std::size_t last) {
    const auto all = sentinels_.endpoints();
    return stage_.start_daemon(stage_.config_with(
        "from" + std::to_string(first) + "to" + std::to_string(last) + ".json", [&](nlohmann::json& root) {
          root["promotion"] = "announced";
          root["reconcile_interval_ms"] = 100;
          root["sentinels"]["addresses"] =
              std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                       all.begin() + static_cast<std::ptrdiff_t>(last) + 1);
        }));
  }
  [[nodiscard]] std::string master(std::uint64_t number) {
    return stage_.cluster().addresses().ip(100 + static_cast<int>(number));
  }
  // Sentinels `first` to `last` hear of it, and announce it.
  void switch_to(std::size_t first, std::size_t last, std::uint64_t number, std::uint64_t epoch) {
    for (auto i = first; i <= last; ++i) {
      sentinels_.tell_one(i, master(number), epoch, {});
      sentinels_.announce(i, master(1), master(number));
    }
  }
  std::vector<std::string> resolve(const std::string& name) {
    return stage_.cluster().resolve(name).addresses();
  }
  void wait_named(std::uint64_t number) {
    wait_until([&] { return resolve("master.service.consul") == std::vector<std::string>{master(number)}; },
               20s, "master " + std::to_string(number) + " in DNS");
  }
  // As often as it takes for each daemon to have looked several times.
  void let_them_look() {
    const auto before = questions_.load();
    wait_until([&] { return questions_ > before + 100; }, 20s, "both daemons to look again and again");
  }

  Stage stage_{options()};
  std::atomic<int> questions_{0};
  FakeSentinels sentinels_;
};

TEST_F(Partition, TwoFailoversAtOneEpochAreAnAlarmAndNoFlapAndTheNextSettlesIt) {
  sentinels_.on_command([this] { ++questions_; });
  switch_to(0, 3, 1, 7);
  const auto left = start_daemon(0, 1);
  const auto right = start_daemon(2, 3);
  wait_named(1);

  NameWatch watch([this](const std::string& name) { return resolve(name); }, 0, 1,
                  [this](std::uint64_t number) { return master(number); });
  // An operator on each side, who knows of no other.
  watch.allow(2);
  switch_to(0, 1, 2, 8);
  wait_named(2);
  switch_to(2, 3, 3, 8);
  right->wait_output("ALARM");
  let_them_look();
  EXPECT_THAT(resolve("master.service.consul"), ElementsAre(master(2))) << "the first one stays";
  EXPECT_THAT(left->output(), Not(HasSubstr("ALARM")));

  // Healed, the Sentinels still disagree, and nobody who hears all of them writes.
  const auto script =
      run_updater(stage_.cluster().keeper(),
                  {"apply", "--config", stage_.config_with("all.json", [this](nlohmann::json& root) {
                     root["sentinels"]["addresses"] = sentinels_.endpoints();
                   })});
  EXPECT_EQ(script.code, 2) << script.output;
  EXPECT_THAT(script.output, HasSubstr("ALARM"));
  EXPECT_THAT(resolve("master.service.consul"), ElementsAre(master(2)));

  watch.allow(4);
  switch_to(2, 3, 4, 9);
  wait_named(4);
  right->wait_output("recovered");
  let_them_look();
  EXPECT_THAT(resolve("master.service.consul"), ElementsAre(master(4))) << "the left side is late, no more";
  switch_to(0, 1, 4, 9);
  let_them_look();
  EXPECT_THAT(watch.problems(), IsEmpty());
  EXPECT_EQ(stage_.fence()["revision"], 3) << "one write for each of the three masters";
}

TEST_F(Partition, AMinorityAtTheStartRegistersNothing) {
  // The others answer, but not with what can be used, as in their first moments.
  sentinels_.on_command([this] { ++questions_; });
  switch_to(0, 0, 2, 5);
  const auto daemon = start_daemon(0, 2);
  daemon->wait_output("below_quorum");
  let_them_look();
  EXPECT_TRUE(stage_.fence().is_null());
  switch_to(0, 2, 3, 6);
  wait_named(3);
  daemon->wait_output("recovered");
  EXPECT_EQ(stage_.fence()["epoch"], 6);
}

}  // namespace
}  // namespace rediscovery::testing
