// Keeps the check of what our own agent has registered true: it says what the Redis says of itself, and
// expires when nobody says anything.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consul/agent.hpp"
#include "core/node_report.hpp"
#include "core/rng.hpp"
#include "updater/config.hpp"
#include "updater/log.hpp"
#include "updater/vitals.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater {

struct RoleVerdict {
  std::string master_name;
  Role role = Role::master;
  consul::AgentCheck check;
};

// For each service of the Redis beside us that the agent has, whether its role is true. Pure.
[[nodiscard]] std::vector<RoleVerdict> judge_roles(const Config& config,
                                                   const std::vector<consul::AgentService>& services,
                                                   const std::optional<core::NodeReport>& report);

// run() is its whole life, on a thread of its own: a hanging Sentinel must not let the check expire.
//
// A master's check is only said to pass while the fence names this Redis. After a switch the agent may still
// have it, unaware that it was taken out of the catalog; a check that changes makes the agent write the
// service anew, and there would be two masters.
class RoleCheck {
 public:
  struct Settings {
    const Config& config;
    Log& log;
    std::uint64_t seed;
    // The fence names another master than the one beside us, which our agent still has registered.
    std::function<void(const std::string& master)> superseded;
    std::shared_ptr<Vitals::Pulse> pulse;
  };
  // REQUIRES: settings.config.agent. What `settings` refers to must outlive this.
  explicit RoleCheck(Settings settings) : settings_(std::move(settings)), rng_(settings_.seed) {}

  // Returns when `stop_fd` becomes readable.
  void run(int stop_fd);

 private:
  [[nodiscard]] std::optional<consul::Error> round(consul::Client& consul, World& world,
                                                   core::TimePoint deadline);
  // Until the next round is due; false: it is time to stop.
  [[nodiscard]] bool rest(World& world, core::Duration span);
  // Whether the check may be said to pass.
  [[nodiscard]] consul::Outcome<bool> may_pass(World& world, const RoleVerdict& verdict,
                                               core::TimePoint deadline);

  Settings settings_;
  core::Rng rng_;
  std::string trouble_;                            // what was logged last
  std::map<std::string, core::TimePoint> passed_;  // check → when it was last said to pass
};

}  // namespace rediscovery::updater
