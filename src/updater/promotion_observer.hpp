// Watches the replicas of one master, and registers a promotion at the instant it happens.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <variant>

#include "sentinel/consensus.hpp"
#include "updater/board.hpp"
#include "updater/config.hpp"
#include "updater/log.hpp"
#include "updater/mailbox.hpp"
#include "updater/observed_world.hpp"
#include "updater/promotion_watch.hpp"
#include "updater/reconcile.hpp"
#include "updater/standby_link.hpp"
#include "updater/vitals.hpp"

namespace rediscovery::updater {

// The I/O around PromotionWatch. run() is its whole life, on a thread of its own: an observed promotion waits
// for no Sentinel, and for no other master's turn.
class PromotionObserver {
 public:
  struct Settings {
    const Config& config;
    const MasterConfig& master;
    Log& log;
    Board& board;
    std::string writer;
    std::uint64_t seed;
    std::shared_ptr<Vitals::Pulse> pulse;
    // A promotion was registered, or tried to be: time to look at everything. What is not confirmed is for
    // the next report.
    std::function<void(std::vector<Plan> unconfirmed)> claimed;
  };

  // What `settings` refers to must outlive this.
  explicit PromotionObserver(Settings settings);

  // Any thread. What the Sentinels agreed on last, and what one of them does now.
  void tell(sentinel::Consensus consensus) { news_.put(std::move(consensus)); }
  void tell(sentinel::FailoverEvent event) { news_.put(std::move(event)); }

  // Returns when `stop_fd` becomes readable.
  void run(int stop_fd);

 private:
  using News = std::variant<sentinel::Consensus, sentinel::FailoverEvent>;

  void hear(const News& news);
  void happen(const PromotionWatch::Event& event);
  void carry_out(const PromotionWatch::Action& action);
  void dial(const core::Endpoint& endpoint);
  void handle(const core::Endpoint& endpoint, const StandbyLink::Event& event);
  void expire();
  void claim(const PromotionWatch::Claim& claim);
  // Waits until something can be done; false: time to stop.
  [[nodiscard]] bool wait(int stop_fd);

  Settings settings_;
  Mailbox<News> news_;
  core::Rng rng_;
  PromotionWatch watch_;
  std::map<core::Endpoint, StandbyLink> links_;
  std::map<core::Endpoint, std::string> refusals_;  // what was logged, so that it is logged once
  std::optional<sentinel::Consensus> consensus_;
  std::optional<RealWorld> world_;
  std::optional<ObservedWorld> observed_;  // of what was selected last
  std::optional<ConsulReading> ahead_;     // for its promotion
};

}  // namespace rediscovery::updater
