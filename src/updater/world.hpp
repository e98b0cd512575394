// Everything outside that reconciling needs. Tests put their own in its place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consul/client.hpp"
#include "core/node_report.hpp"
#include "core/resolve_fsm.hpp"
#include "core/time.hpp"
#include "sentinel/reader.hpp"
#include "sentinel/view.hpp"
#include "updater/config.hpp"
#include "updater/plan.hpp"

namespace rediscovery::updater {

// One thread at a time.
class World {
 public:
  virtual ~World() = default;
  [[nodiscard]] virtual std::vector<sentinel::Observation> ask_sentinels(const std::string& master,
                                                                         core::TimePoint deadline) = 0;
  // The fence, the entries under the names of `master`, and the nodes that `endpoints` would be registered
  // on.
  [[nodiscard]] virtual consul::Outcome<ConsulState> read_consul(const MasterConfig& master,
                                                                 const std::vector<core::Endpoint>& endpoints,
                                                                 core::TimePoint deadline) = 0;
  // nullopt: there is no such key.
  [[nodiscard]] virtual consul::Outcome<std::optional<consul::KvEntry>> read_key(
      const std::string& key, core::TimePoint deadline) = 0;
  // Returns the index of the transaction's key: the one at which the fence, or the heartbeat, was written.
  [[nodiscard]] virtual consul::Outcome<std::uint64_t> write_consul(
      const std::vector<consul::Operation>& operations, core::TimePoint deadline) = 0;
  // Tells our own agent; stops at the first thing that it does not do.
  [[nodiscard]] virtual std::optional<consul::Error> tell_agent(const std::vector<AgentStep>& steps,
                                                                core::TimePoint deadline) = 0;
  // What a Redis says of itself; nullopt if it does not, for whatever reason.
  [[nodiscard]] virtual std::optional<core::NodeReport> ask_redis(const core::Endpoint& endpoint,
                                                                  core::TimePoint deadline) = 0;
  // What Consul's DNS answers for a service now; nullopt: it is not to be asked.
  [[nodiscard]] virtual std::optional<core::LookupResult> ask_dns(const std::string& service,
                                                                  core::TimePoint deadline) = 0;
  [[nodiscard]] virtual core::TimePoint now() = 0;
  // False if it is time to stop.
  [[nodiscard]] virtual bool pause(core::Duration span) = 0;
  // For the fence: when, for people.
  [[nodiscard]] virtual std::string timestamp() = 0;
};

// The real one.
class RealWorld final : public World {
 public:
  // `config` must outlive this. `stop_fd` becoming readable ends whatever is under way; -1: nothing does.
  RealWorld(const Config& config, int stop_fd);

  std::vector<sentinel::Observation> ask_sentinels(const std::string& master,
                                                   core::TimePoint deadline) override;
  consul::Outcome<ConsulState> read_consul(const MasterConfig& master,
                                           const std::vector<core::Endpoint>& endpoints,
                                           core::TimePoint deadline) override;
  consul::Outcome<std::optional<consul::KvEntry>> read_key(const std::string& key,
                                                           core::TimePoint deadline) override;
  consul::Outcome<std::uint64_t> write_consul(const std::vector<consul::Operation>& operations,
                                              core::TimePoint deadline) override;
  std::optional<consul::Error> tell_agent(const std::vector<AgentStep>& steps,
                                          core::TimePoint deadline) override;
  std::optional<core::NodeReport> ask_redis(const core::Endpoint& endpoint,
                                            core::TimePoint deadline) override;
  std::optional<core::LookupResult> ask_dns(const std::string& service, core::TimePoint deadline) override;
  core::TimePoint now() override;
  bool pause(core::Duration span) override;
  std::string timestamp() override;

 private:
  const Config& config_;
  sentinel::Reader sentinels_;
  consul::Client consul_;
  int stop_fd_;
};

}  // namespace rediscovery::updater
