// The world at the instant of a promotion: the Sentinel that leads it is heard a second early.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sentinel/consensus.hpp"
#include "sentinel/failover_news.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater {

// Asked for the Sentinels, it gives the answer that the leader will give as soon as it has seen the promotion
// itself: the new address at the failover's epoch, and of the other replicas nothing new yet. With that,
// reconcile() registers an observed promotion as it does an announced one, and the announcement finds nothing
// left to change. Everything else is the real world's.
class ObservedWorld final : public World {
 public:
  // `real` must outlive this. `before`: the last consensus without the promotion.
  ObservedWorld(World& real, sentinel::Selected selection, const sentinel::Consensus& before);

  [[nodiscard]] const sentinel::Selected& selection() const { return selection_; }
  // With its run id, if that was known before.
  [[nodiscard]] const sentinel::Identity& leader() const { return leader_; }

  // The process that was promoted.
  void promoted(std::string run_id) { view_.run_id = std::move(run_id); }

  std::vector<sentinel::Observation> ask_sentinels(const std::string& master,
                                                   core::TimePoint deadline) override;
  consul::Outcome<ConsulState> read_consul(const MasterConfig& master,
                                           const std::vector<core::Endpoint>& endpoints,
                                           core::TimePoint deadline) override {
    return real_.read_consul(master, endpoints, deadline);
  }
  consul::Outcome<std::optional<consul::KvEntry>> read_key(const std::string& key,
                                                           core::TimePoint deadline) override {
    return real_.read_key(key, deadline);
  }
  consul::Outcome<std::uint64_t> write_consul(const std::vector<consul::Operation>& operations,
                                              core::TimePoint deadline) override {
    return real_.write_consul(operations, deadline);
  }
  std::optional<consul::Error> tell_agent(const std::vector<AgentStep>& steps,
                                          core::TimePoint deadline) override {
    return real_.tell_agent(steps, deadline);
  }
  std::optional<core::NodeReport> ask_redis(const core::Endpoint& endpoint,
                                            core::TimePoint deadline) override {
    return real_.ask_redis(endpoint, deadline);
  }
  std::optional<core::LookupResult> ask_dns(const std::string& service, core::TimePoint deadline) override {
    return real_.ask_dns(service, deadline);
  }
  core::TimePoint now() override { return real_.now(); }
  bool pause(core::Duration span) override { return real_.pause(span); }
  std::string timestamp() override { return real_.timestamp(); }

 private:
  World& real_;
  sentinel::Selected selection_;
  sentinel::Identity leader_;
  sentinel::MasterView view_;
};

}  // namespace rediscovery::updater
