// The I/O around Heartbeat, for all masters of a daemon.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "updater/heartbeat.hpp"
#include "updater/log.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater {

// One thread.
class HeartbeatKeeper {
 public:
  // `config` and `log` must outlive this.
  HeartbeatKeeper(const Config& config, Log& log, std::string writer);

  // To be called with the outcome of every reconcile. Beats, or looks whether somebody does, or turns what is
  // stale critical, as Heartbeat decides. Waits at most until `deadline`. Does nothing if it is configured
  // off.
  void after(World& world, const MasterConfig& master, const Report& report, core::TimePoint deadline,
             core::Rng& rng);
  // When the master's next reconcile must be at the latest, for the heartbeat's sake.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline(const std::string& master) const;

 private:
  struct Pulse {
    Heartbeat heartbeat;
    std::string trouble;  // what was logged last
  };

  [[nodiscard]] std::optional<consul::Error> carry_out(World& world, const MasterConfig& master,
                                                       Heartbeat& heartbeat, Standing standing,
                                                       core::TimePoint deadline, core::Rng& rng);
  [[nodiscard]] std::optional<consul::Error> judge(World& world, const MasterConfig& master,
                                                   std::uint64_t index, core::Duration silence,
                                                   core::TimePoint deadline);

  const Config& config_;
  Log& log_;
  const std::string writer_;
  std::map<std::string, Pulse> pulses_;
};

}  // namespace rediscovery::updater
