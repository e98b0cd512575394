// A history of failovers as three Sentinels make and hear it, step by step; pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <set>
#include <utility>
#include <vector>

#include "core/node_report.hpp"
#include "core/rng.hpp"
#include "sentinel/failover_news.hpp"
#include "situation.hpp"

namespace rediscovery::updater::testing {

// Sentinels that cannot always hear each other: they announce late, lead failovers without knowing of later
// ones, use the same epoch twice, give up, and crash.
class SentinelHistory {
 public:
  static constexpr std::size_t kSentinels = 3;
  static constexpr int kNodes = 4;
  using State = std::pair<std::uint64_t, int>;  // config-epoch, the number of the master

  enum class Stage : std::uint8_t { selected, promoted, announced, given_up };
  struct Failover {
    std::size_t leader = 0;
    std::uint64_t epoch = 0;
    int replica = 0;
    Stage stage = Stage::selected;
    bool was_promoted = false;
    std::set<int> followed;  // whom the promoted one has followed since
  };

  // `story`: where what happens is told; it must outlive this, as `rng` must.
  SentinelHistory(core::Rng& rng, std::ostream& story) : rng_(rng), story_(story) { begin_again(1); }

  // All Sentinels are set up anew, and the masters' epochs begin at `epoch`.
  void begin_again(std::uint64_t epoch) {
    const int master = any_node();
    story_ << "  the Sentinels are set up: 10.0.0." << master << " at epoch " << epoch << "\n";
    for (auto& sentinel : sentinels_) sentinel = {master, epoch, epoch, false, false};
    failovers_.clear();
    announced_ = {{epoch, master}};
    follow(master, 0);
    demote_all_but(master);
  }

  // Something happens somewhere.
  void step() {
    const auto one = any_sentinel();
    switch (rng_.next() % 9) {
      case 0:
      case 1:
        return begin(one);
      case 2:
      case 3:
      case 4:
        return proceed();
      case 5:
      case 6:
        return hear(one, any_sentinel());
      case 7:
        return convert(one);
      default:
        return sentinels_[one].away ? come_back(one) : crash(one);
    }
  }

  // Whatever is under way ends, everybody is back, and everybody has heard everything.
  void settle() {
    for (std::size_t i = 0; i < kSentinels; ++i) come_back(i);
    for (std::size_t i = 0; i < failovers_.size(); ++i) {
      while (is_open(failovers_[i])) proceed(failovers_[i]);
    }
    for (std::size_t round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < kSentinels; ++i) {
        for (std::size_t j = 0; j < kSentinels; ++j) hear(i, j);
      }
    }
    demote_all_but(newest().second);
  }

  // A failover that everybody hears of at once.
  void plain_failover() {
    settle();
    begin(0);
    while (is_open(failovers_.back())) advance(failovers_.back());
    settle();
  }

  // What the Sentinels say; without a view if it cannot be reached.
  [[nodiscard]] sentinel::Observation ask(std::size_t number) const {
    const auto& sentinel = sentinels_[number];
    if (sentinel.away) return {endpoint(number), sentinel::Reading::unreachable, "away", {}};
    std::vector<sentinel::ReplicaView> replicas;
    for (int node = 1; node <= kNodes; ++node) {
      if (node != sentinel.master) replicas.push_back({redis(node), sentinel::ReplicaState::healthy});
    }
    sentinel::MasterView view{redis(sentinel.master), sentinel.epoch, 2, 2, replicas};
    view.failing_over = sentinel.leading;
    return {endpoint(number), sentinel::Reading::ok, "", view};
  }
  [[nodiscard]] core::NodeReport ask_node(const core::Endpoint& node) const {
    core::NodeReport report;
    const int chief = chiefs_[number_of(node)];
    report.role = chief == 0 ? core::Role::master : core::Role::replica;
    if (chief != 0) report.master = redis(chief);
    return report;
  }

  [[nodiscard]] const std::vector<Failover>& failovers() const { return failovers_; }
  [[nodiscard]] static sentinel::Selected selection(const Failover& failover) {
    return {"mymaster", endpoint(failover.leader), failover.epoch, redis(failover.replica)};
  }
  // The newest master that any Sentinel has announced, or its rivals at the same epoch.
  [[nodiscard]] State newest() const { return *announced_.rbegin(); }
  [[nodiscard]] bool newest_is_disputed() const {
    return std::count_if(announced_.begin(), announced_.end(),
                         [this](const State& state) { return state.first == newest().first; }) > 1;
  }
  // Whether two failovers have used that epoch.
  [[nodiscard]] bool has_rival(std::uint64_t epoch) const {
    return std::count_if(failovers_.begin(), failovers_.end(),
                         [epoch](const Failover& failover) { return failover.epoch == epoch; }) > 1;
  }
  // Whether a Sentinel has ever said so, or a replica was really promoted at that epoch.
  [[nodiscard]] bool has_been(std::uint64_t epoch, const core::Endpoint& master) const {
    const auto node = static_cast<int>(number_of(master));
    return announced_.contains({epoch, node}) ||
           std::any_of(failovers_.begin(), failovers_.end(), [&](const Failover& failover) {
             return failover.epoch == epoch && failover.replica == node && failover.was_promoted;
           });
  }
  // Whether this promotion will never be announced, or was undone before many have heard of it.
  [[nodiscard]] bool is_over(const core::Endpoint& leader, std::uint64_t epoch,
                             const core::Endpoint& master) const {
    return std::any_of(failovers_.begin(), failovers_.end(), [&](const Failover& failover) {
      return failover.epoch == epoch && endpoint(failover.leader) == leader &&
             (failover.stage == Stage::given_up ||
              failover.followed.contains(static_cast<int>(number_of(master))));
    });
  }

 private:
  struct Sentinel {
    int master = 0;
    std::uint64_t epoch = 0;          // config-epoch
    std::uint64_t current_epoch = 0;  // the highest it has heard of, also of failovers without success
    bool leading = false;
    bool away = false;
  };

  static core::Endpoint endpoint(std::size_t number) {
    return {"10.0.1." + std::to_string(number + 1), 26379, {}};
  }
  static std::size_t number_of(const core::Endpoint& node) {
    return static_cast<std::size_t>(node.address.back() - '0');
  }
  static bool is_open(const Failover& failover) {
    return failover.stage == Stage::selected || failover.stage == Stage::promoted;
  }
  std::size_t any_sentinel() { return rng_.next() % kSentinels; }
  int any_node() { return 1 + static_cast<int>(rng_.next() % kNodes); }

  void begin(std::size_t leader) {
    auto& sentinel = sentinels_[leader];
    if (sentinel.away || sentinel.leading) return;
    int replica = any_node();
    while (replica == sentinel.master) replica = any_node();
    sentinel.leading = true;
    failovers_.push_back({leader, ++sentinel.current_epoch, replica, Stage::selected, false, {}});
    tell(failovers_.back(), "begins");
  }

  void proceed() {
    for (auto& failover : failovers_) {
      if (is_open(failover) && rng_.next() % 2 == 0) return proceed(failover);
    }
  }
  void proceed(Failover& failover) {
    if (rng_.next() % 4 == 0) return give_up(failover);
    advance(failover);
  }
  void advance(Failover& failover) {
    auto& leader = sentinels_[failover.leader];
    if (failover.stage == Stage::selected) {
      failover.stage = Stage::promoted;
      failover.was_promoted = true;
      tell(failover, "has promoted");
      follow(failover.replica, 0);
      return;
    }
    // Another Sentinel's failover may have made it a replica before its own has looked.
    if (chiefs_[static_cast<std::size_t>(failover.replica)] != 0) return give_up(failover);
    failover.stage = Stage::announced;
    leader.leading = false;
    leader.master = failover.replica;
    leader.epoch = failover.epoch;
    announced_.insert({failover.epoch, failover.replica});
    tell(failover, "announces");
    demote_all_but(failover.replica);
  }
  void give_up(Failover& failover) {
    auto& leader = sentinels_[failover.leader];
    const bool promoted = failover.stage == Stage::promoted;
    failover.stage = Stage::given_up;
    tell(failover, "gives up");
    leader.leading = false;
    if (promoted) follow(failover.replica, leader.master);
  }
  void give_up_what_is_led_by(std::size_t leader) {
    for (auto& failover : failovers_) {
      if (failover.leader == leader && is_open(failover)) give_up(failover);
    }
  }
  void hear(std::size_t listener, std::size_t speaker) {
    auto& ear = sentinels_[listener];
    const auto& mouth = sentinels_[speaker];
    if (ear.away || mouth.away) return;
    ear.current_epoch = std::max(ear.current_epoch, mouth.current_epoch);
    if (mouth.epoch <= ear.epoch) return;
    give_up_what_is_led_by(listener);  // its failover state is reset with the address
    story_ << "  Sentinel " << listener + 1 << " hears of " << mouth.epoch << " from " << speaker + 1 << "\n";
    ear.master = mouth.master;
    ear.epoch = mouth.epoch;
  }
  // What it had not written down is lost; the others know nothing of it either.
  void crash(std::size_t number) {
    give_up_what_is_led_by(number);
    story_ << "  Sentinel " << number + 1 << " is away\n";
    sentinels_[number].away = true;
  }
  void come_back(std::size_t number) {
    if (std::exchange(sentinels_[number].away, false)) story_ << "  Sentinel " << number + 1 << " is back\n";
  }
  void tell(const Failover& failover, const char* what) {
    story_ << "  Sentinel " << failover.leader + 1 << " " << what << ": 10.0.0." << failover.replica
           << " at epoch " << failover.epoch << "\n";
  }
  // It makes a master that is not its own a replica of its own.
  void convert(std::size_t number) {
    const auto& sentinel = sentinels_[number];
    if (!sentinel.away && !sentinel.leading) demote_all_but(sentinel.master);
  }
  void demote_all_but(int master) {
    for (int node = 1; node <= kNodes; ++node) {
      if (node != master) follow(node, master);
    }
  }
  // 0: as a master it follows nobody.
  void follow(int node, int chief) {
    chiefs_[static_cast<std::size_t>(node)] = chief;
    for (auto& failover : failovers_) {
      if (failover.replica == node && failover.was_promoted) failover.followed.insert(chief);
    }
  }

  core::Rng& rng_;
  std::ostream& story_;
  std::array<Sentinel, kSentinels> sentinels_;
  std::array<int, kNodes + 1> chiefs_{};  // by number: whom it follows; 0: it is a master
  std::vector<Failover> failovers_;
  std::set<State> announced_;
};

}  // namespace rediscovery::updater::testing
