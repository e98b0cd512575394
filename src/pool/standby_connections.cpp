#include "pool/standby_connections.hpp"

#include "engine/loop.hpp"

namespace rediscovery {

StandbyConnections::StandbyConnections(uv_loop_t* loop, redis::Dialer& dialer,
                                       std::chrono::milliseconds connect_timeout,
                                       engine::Discovery& discovery, std::function<void()> after)
    : loop_(loop),
      dialer_(dialer),
      connect_timeout_(connect_timeout),
      discovery_(discovery),
      after_(std::move(after)) {}

void StandbyConnections::dial(const core::Endpoint& endpoint) {
  const std::uint64_t serial = ++serials_;
  standbys_[endpoint] = Standby{serial, nullptr};
  dialer_.dial(endpoint, connect_timeout_, [this, endpoint, serial](Result<redis::Dialled> result) {
    const auto found = standbys_.find(endpoint);
    if (found == standbys_.end() || found->second.serial != serial) return;
    if (!result) {
      standbys_.erase(found);
      discovery_.on_standby_failed(endpoint, engine::now());
      return after_();
    }
    found->second.watch = std::make_unique<ConnectionWatch>(
        loop_, std::make_shared<PooledConnection>(std::move(result->connection)));
    found->second.watch->on_end([this, endpoint] {
      standbys_.erase(endpoint);
      discovery_.on_standby_cut(endpoint, engine::now());
      after_();
    });
    discovery_.on_standby_opened(endpoint, result->report, engine::now());
    after_();
  });
}

void StandbyConnections::ask(const core::Endpoint& endpoint) {
  const auto found = standbys_.find(endpoint);
  if (found == standbys_.end() || found->second.watch == nullptr) return;
  found->second.watch->ask([this, endpoint](const Result<core::NodeReport>& report) {
    if (report) {
      discovery_.on_standby_answered(endpoint, *report, engine::now());
    } else if (report.error().code() == ErrorCode::connection_lost) {
      standbys_.erase(endpoint);
      discovery_.on_standby_cut(endpoint, engine::now());
    } else {
      discovery_.on_standby_failed(endpoint, engine::now());
    }
    after_();
  });
}

void StandbyConnections::close(const core::Endpoint& endpoint) { standbys_.erase(endpoint); }

std::unique_ptr<ConnectionWatch> StandbyConnections::take(const core::Endpoint& endpoint) {
  const auto found = standbys_.find(endpoint);
  if (found == standbys_.end()) return nullptr;
  auto watch = std::move(found->second.watch);
  standbys_.erase(found);
  return watch;
}

void StandbyConnections::look_for_silence(core::TimePoint limit) {
  std::vector<ConnectionWatch*> silent;
  for (const auto& [endpoint, standby] : standbys_) {
    if (standby.watch && standby.watch->is_asking() && standby.watch->connection()->is_silent_since(limit)) {
      silent.push_back(standby.watch.get());
    }
  }
  // One answer does not end another standby: Discovery closes the one that it is about, and no other.
  for (ConnectionWatch* watch : silent) watch->give_up_asking();
}

}  // namespace rediscovery
