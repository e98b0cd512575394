// Gathers the facts for "check" and "status": asks everybody at once, changes nothing, judges nothing.
#pragma once

#include <vector>

#include "core/time.hpp"
#include "updater/check_facts.hpp"

namespace rediscovery::updater {

struct GatherOptions {
  std::string config_path;
  std::vector<const MasterConfig*> masters;
  // Also what only a fault-finder needs: secrets, scripts, whether the token may write.
  bool thorough = true;
};

// In the calling thread and others that have ended when it returns, at `deadline` at the latest. Three steps,
// as each needs what the one before has found out: Sentinels and agents; what Consul holds; nodes and DNS.
// Each gets a share of the time; what is left out because it was used up is in Facts::not_looked_at.
[[nodiscard]] Facts gather(const Config& config, const GatherOptions& options, core::TimePoint deadline);

// A transaction with everything that the updater ever does for this master, at an index that no fence has.
// Pure.
[[nodiscard]] std::vector<consul::Operation> trial_operations(const Config& config,
                                                              const MasterConfig& master,
                                                              std::vector<core::Endpoint> nodes);

}  // namespace rediscovery::updater
