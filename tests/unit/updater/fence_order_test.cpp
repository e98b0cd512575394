// Late script calls, daemons' looks and observed promotions, interleaved in thousands of orders against one
// fence. An order is its seed's alone: REDISCOVERY_SEED=N runs that one, and tells what happened;
// REDISCOVERY_ORDERS=N runs more of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "sentinel_history.hpp"
#include "simulated_world.hpp"
#include "turns.hpp"
#include "updater/observed_world.hpp"
#include "updater/reconcile.hpp"

namespace rediscovery::updater {
namespace {

using testing::SentinelHistory;
using testing::SimulatedWorld;
using testing::Turns;

constexpr std::uint64_t kOrders = 2000;

// What all updaters of one order share.
struct Scene {
  explicit Scene(std::uint64_t seed) : rng(seed), history(rng, story), turns(rng) {}
  bool chance(std::uint64_t of) { return rng.next() % of == 0; }
  // Others go on, for a while or not at all.
  void wait_up_to(std::uint64_t turns_of_others) {
    for (auto left = rng.next() % (turns_of_others + 1); left > 0; --left) turns.pass();
  }

  core::Rng rng;
  std::ostringstream story;
  SentinelHistory history;
  SimulatedWorld consul;
  Turns turns;
  const class UpdatersWorld* writing = nullptr;  // whose transaction Consul is at
};

// What one updater sees of it: between any two of its steps the others go on.
class UpdatersWorld final : public World {
 public:
  explicit UpdatersWorld(Scene& scene) : scene_(scene) {}

  bool sees_everything = false;
  bool accept_epoch_reset = false;
  std::optional<core::Endpoint> observed_leader;

  // How many Sentinels of its last reading know the highest epoch in it.
  [[nodiscard]] std::size_t supporters() const { return sentinel::agree(heard_).supporters; }

  std::vector<sentinel::Observation> ask_sentinels(const std::string&, core::TimePoint) override {
    heard_.clear();
    for (std::size_t i = 0; i < SentinelHistory::kSentinels; ++i) {
      scene_.wait_up_to(1);
      heard_.push_back(scene_.history.ask(i));
      if (is_unlucky(4))
        heard_.back() = {heard_.back().sentinel, sentinel::Reading::unreachable, "cut off", {}};
    }
    return heard_;
  }
  // As in RealWorld the fence is read first, and the rest may be younger.
  consul::Outcome<ConsulState> read_consul(const MasterConfig& master,
                                           const std::vector<core::Endpoint>& endpoints,
                                           core::TimePoint deadline) override {
    scene_.turns.pass();
    const auto first = scene_.consul.read_consul(master, endpoints, deadline);
    scene_.turns.pass();
    if (is_unlucky(16)) return consul::Error{consul::ErrorKind::unreachable, "no connection"};
    auto state = scene_.consul.read_consul(master, endpoints, deadline);
    state->fence = first->fence;
    state->fence_index = first->fence_index;
    return state;
  }
  consul::Outcome<std::optional<consul::KvEntry>> read_key(const std::string& key,
                                                           core::TimePoint deadline) override {
    return scene_.consul.read_key(key, deadline);
  }
  consul::Outcome<std::uint64_t> write_consul(const std::vector<consul::Operation>& operations,
                                              core::TimePoint deadline) override {
    scene_.turns.pass();
    if (is_unlucky(8))
      scene_.consul.failing_writes.push_back({{consul::ErrorKind::timeout, "no answer"}, scene_.chance(2)});
    scene_.writing = this;
    const auto index = scene_.consul.write_consul(operations, deadline);
    scene_.turns.pass();
    return index;
  }
  std::optional<consul::Error> tell_agent(const std::vector<AgentStep>& steps,
                                          core::TimePoint deadline) override {
    return scene_.consul.tell_agent(steps, deadline);
  }
  std::optional<core::NodeReport> ask_redis(const core::Endpoint& node, core::TimePoint) override {
    scene_.turns.pass();
    if (is_unlucky(4)) return std::nullopt;
    return scene_.history.ask_node(node);
  }
  std::optional<core::LookupResult> ask_dns(const std::string& service, core::TimePoint deadline) override {
    scene_.wait_up_to(1);
    return scene_.consul.ask_dns(service, deadline);
  }
  core::TimePoint now() override { return now_; }
  bool pause(core::Duration span) override {
    scene_.turns.pass();
    now_ += span;
    return true;
  }
  std::string timestamp() override { return "now"; }

 private:
  bool is_unlucky(std::uint64_t of) { return !sees_everything && scene_.chance(of); }

  Scene& scene_;
  std::vector<sentinel::Observation> heard_;
  core::TimePoint now_ = core::TimePoint(std::chrono::hours(1));
};

class Order {
 public:
  explicit Order(std::uint64_t seed) : scene_(seed) {
    config_.masters = {{"mymaster", {}}};
    scene_.consul.before_write = [this] { before_ = scene_.consul.fence; };
    scene_.consul.after_write = [this] { written(*scene_.writing); };
  }

  // Empty if everything was as it has to be.
  std::string run() {
    era();
    if (scene_.chance(4)) {
      set_up_sentinels_anew();
      era();
    }
    return problem_;
  }
  [[nodiscard]] std::string story() const { return scene_.story.str(); }

 private:
  void era() {
    for (auto updaters = 2 + scene_.rng.next() % 4; updaters > 0; --updaters)
      scene_.turns.add([this] { updater(); });
    scene_.turns.add([this] {
      for (auto steps = 10 + scene_.rng.next() % 40; steps > 0; --steps) {
        scene_.history.step();
        scene_.wait_up_to(2);
      }
    });
    scene_.turns.run();

    scene_.history.settle();
    const auto verdict = look_at_everything();
    // Two masters at one epoch: whoever was written first stays, until a failover settles it.
    if (verdict != Verdict::conflict) expect_at_the_newest(verdict);
    if (verdict == Verdict::conflict && !scene_.history.newest_is_disputed() &&
        !scene_.history.has_rival(scene_.consul.fence->epoch))
      fail("a conflict at an epoch with one master");
    scene_.history.plain_failover();
    expect_at_the_newest(look_at_everything());
  }

  // A daemon, or scripts that Sentinel runs at some time, perhaps hours late.
  void updater() {
    for (auto runs = 1 + scene_.rng.next() % 5; runs > 0; --runs) {
      scene_.wait_up_to(7);
      UpdatersWorld world(scene_);
      if (scene_.chance(2)) {
        observe(world);
      } else {
        auto ahead = may_read_ahead(world);
        scene_.wait_up_to(4);
        (void)reconcile(world, world, std::move(ahead));
      }
    }
  }
  // What a daemon knows from before an event, however long ago that was.
  std::optional<ConsulReading> may_read_ahead(World& world) {
    if (!scene_.chance(2)) return std::nullopt;
    return read_ahead(world, config_.masters[0], world.now() + std::chrono::seconds(1));
  }

  // Registers a promotion that it has seen, however late its turn comes.
  void observe(UpdatersWorld& world) {
    std::vector<sentinel::Selected> promotions;
    for (const auto& failover : scene_.history.failovers()) {
      if (failover.was_promoted) promotions.push_back(SentinelHistory::selection(failover));
    }
    const auto before = sentinel::agree(world.ask_sentinels("mymaster", world.now()));
    if (promotions.empty() || before.kind != sentinel::Consensus::Kind::agreed) return;
    const auto& promotion = promotions[scene_.rng.next() % promotions.size()];
    world.observed_leader = promotion.leader;
    ObservedWorld observed(world, promotion, before);
    auto ahead = may_read_ahead(observed);
    scene_.wait_up_to(4);
    (void)reconcile(observed, world, std::move(ahead));
  }

  Report reconcile(World& world, const UpdatersWorld& who, std::optional<ConsulReading> ahead = {}) {
    ReconcileOptions options;
    options.writer = "somebody";
    options.deadline = world.now() + std::chrono::seconds(10);
    options.observed_leader = who.observed_leader;
    options.accept_epoch_reset = who.accept_epoch_reset;
    options.ahead = std::move(ahead);
    return updater::reconcile(world, config_, config_.masters[0], options, scene_.rng);
  }
  Verdict look_at_everything(bool accept_epoch_reset = false) {
    UpdatersWorld world(scene_);
    world.sees_everything = true;
    world.accept_epoch_reset = accept_epoch_reset;
    const auto report = reconcile(world, world);
    if (report.error) fail("a look at everything ends with: " + report.error->message);
    return report.plan.verdict;
  }

  void set_up_sentinels_anew() {
    scene_.history.begin_again(0);
    const auto fence = scene_.consul.fence;
    if (look_at_everything() != Verdict::superseded || scene_.consul.fence != fence)
      fail("a lower epoch counted without the operator's word");
    expect_at_the_newest(look_at_everything(true));
  }

  // After each transaction that Consul has taken.
  void written(const UpdatersWorld& who) {
    const Fence& after = *scene_.consul.fence;
    scene_.story << "  Consul: " << after << (who.observed_leader ? ", promotion seen\n" : "\n");
    if (!scene_.history.has_been(after.epoch, after.address)) fail("nobody ever was master at that epoch");
    if (!before_) {
      if (who.observed_leader || who.supporters() < 2) fail("a first write without a quorum");
    } else if (after.epoch < before_->epoch && !who.accept_epoch_reset) {
      const bool over = before_->observed && scene_.history.is_over(before_->observed->leader.endpoint,
                                                                    before_->epoch, after.address);
      if (!over) fail("a step back to a lower epoch");
    } else if (after.epoch == before_->epoch && after.address != before_->address) {
      fail("another master at the same epoch");
    }
    std::size_t masters = 0;
    for (const auto& entry : scene_.consul.entries) {
      const bool is_fences = entry.address == after.address.address;
      if (entry.service == "master") ++masters;
      if (entry.service == "master" && !is_fences) fail("the name is not where the fence is");
      if (entry.service == "slave" && is_fences) fail("the master is a replica, too");
    }
    if (masters != 1) fail(std::to_string(masters) + " masters");
  }

  void expect_at_the_newest(Verdict verdict) {
    const auto [epoch, master] = scene_.history.newest();
    const auto& fence = scene_.consul.fence;
    if (verdict != Verdict::up_to_date || !fence || fence->epoch != epoch ||
        fence->address != testing::redis(master))
      fail("the name is not at the newest, 10.0.0." + std::to_string(master) + " at epoch " +
           std::to_string(epoch));
  }

  void fail(const std::string& what) {
    scene_.story << "  ^ " << what << "\n";
    if (problem_.empty()) problem_ = what;
  }

  Scene scene_;
  Config config_;
  std::optional<Fence> before_;
  std::string problem_;
};

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10)) : std::nullopt;
}

TEST(FenceOrder, OldScriptsDaemonsAndObserversMoveNothingBackInAnyOrder) {
  const auto only = number_from("REDISCOVERY_SEED");
  const auto first = only.value_or(1);
  const auto last = only.value_or(number_from("REDISCOVERY_ORDERS").value_or(kOrders));
  int failed = 0;
  for (auto seed = first; seed <= last && failed < 3; ++seed) {
    Order order(seed);
    const auto problem = order.run();
    if (only) std::cout << order.story();
    if (problem.empty()) continue;
    ++failed;
    ADD_FAILURE() << "REDISCOVERY_SEED=" << seed << ": " << problem << "\n" << order.story();
  }
}

}  // namespace
}  // namespace rediscovery::updater
