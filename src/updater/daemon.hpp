// The long-running way: listens to all Sentinels and keeps Consul true.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/rng.hpp"
#include "updater/agenda.hpp"
#include "updater/board.hpp"
#include "updater/config.hpp"
#include "updater/heartbeat_keeper.hpp"
#include "updater/listeners.hpp"
#include "updater/log.hpp"
#include "updater/progress.hpp"
#include "updater/promotion_observer.hpp"
#include "updater/reconcile.hpp"
#include "updater/replica_damper.hpp"
#include "updater/stop_signal.hpp"
#include "updater/vitals.hpp"
#include "updater/witnesses.hpp"

namespace rediscovery::updater {

// Threads: one for each Sentinel, discovered ones included, which listens and writes into the agenda; one
// that reconciles what is due; with `promotion` observed one for each master, which watches its replicas.
//
// A master is reconciled at the start; on every event that names it; whenever a subscription is (re)made,
// because what was published before is lost; at the configured interval, with jitter; every second while a
// replica is unsettled; with backoff while something transient is in the way; and as the heartbeat asks.
class Daemon {
 public:
  // What it works in, which may outlive it and serve others.
  struct Surroundings {
    Log& log;
    Vitals& vitals;
    Board& board;
    std::function<void()> changed;  // an answer of progress(), or a trouble on the board; on any thread
  };

  // `config` and what `surroundings` refer to must outlive this. Starts at once.
  Daemon(const Config& config, Surroundings surroundings, std::string writer, std::uint64_t seed);
  // Ends what is under way, and joins the threads: a fraction of a second.
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] const Progress& progress() const { return progress_; }
  // Looks at every master at once. Any thread.
  void look_again(const std::string& reason) { agenda_.mark_all(reason); }

 private:
  struct Memory {                   // of one master
    core::TimePoint trouble_since;  // valid while `trouble` is not empty
    std::string trouble;            // what was logged last
    ReplicaDamper damper;
    std::optional<ConsulReading> consul = {};
    std::vector<Plan> unconfirmed = {};
    std::vector<std::string> left_out = {};      // as it was logged last
    std::vector<core::Endpoint> sentinels = {};  // that were asked last
  };

  void listen(const core::Endpoint& sentinel, std::uint64_t seed, int stop_fd);
  void reconcile_loop();
  void reconcile_one(World& world, const Agenda::Item& item);
  // Listens to whoever is a member for any master.
  void follow_members(const sentinel::Consensus& consensus, Memory& memory);
  // True if the trouble is another one than before, or over.
  bool remember(const Report& report, Memory& memory, const std::string& master);
  [[nodiscard]] core::Duration until_next(const Report& report, const Memory& memory);

  const Config& config_;
  const Surroundings surroundings_;
  Log& log_;
  const std::string writer_;
  Progress progress_;
  StopSignal stop_;
  Agenda agenda_;
  core::Rng rng_;                                // reconciler's thread only
  std::map<std::string, Memory> memory_;         // reconciler's thread only
  HeartbeatKeeper heartbeats_;                   // reconciler's thread only
  Witnesses witnesses_;                          // reconciler's thread only
  std::map<std::string, Mailbox<Plan>> claims_;  // of the observers, unconfirmed
  std::map<std::string, std::unique_ptr<PromotionObserver>, std::less<>> observers_;
  std::vector<std::thread> threads_;
  Listeners listeners_;  // constructor, then reconciler's thread only
};

}  // namespace rediscovery::updater
