// The pool's background: everything that happens on the loop's thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include <rediscovery/options.hpp>

#include "dns/resolver.hpp"
#include "engine/discovery.hpp"
#include "engine/loop.hpp"
#include "pool/connection_watch.hpp"
#include "pool/pool_state.hpp"
#include "pool/standby_connections.hpp"
#include "redis/dialer.hpp"

namespace rediscovery {

// Carries out what Discovery and PoolFsm decide: look-ups, connects, checks, and watching every connection
// for its end.
class PoolEngine : public Backstage, private engine::DiscoveryPort {
 public:
  // `options` were validated. `state` must live until stop() has returned. Nothing happens before start().
  PoolEngine(const Options& options, PoolState& state);
  ~PoolEngine() override;
  void start();
  PoolEngine(const PoolEngine&) = delete;
  PoolEngine& operator=(const PoolEngine&) = delete;

  // Backstage: from any thread, but stop() not from the loop's.
  void stop() override;
  void connect(std::uint64_t generation) override;
  void check(PoolState::ConnectionPtr connection) override;
  void discard(PoolState::ConnectionPtr connection, std::string_view reason) override;
  void evidence(core::MasterFsm::Evidence evidence) override;
  void drained(std::uint64_t generation) override;

 private:
  // DiscoveryPort: loop thread only, as everything below.
  void start_lookup(engine::Name name) override;
  void cancel_lookup(engine::Name name) override;
  void verify(const core::Endpoint& endpoint) override;
  void dial_standby(const core::Endpoint& endpoint) override;
  void ask_standby(const core::Endpoint& endpoint) override;
  void close_standby(const core::Endpoint& endpoint) override;
  void suspected() override;
  void confirmed() override;
  void adopted(const core::MasterFsm::Adopt& adoption) override;
  void user_refused(const std::string& problem) override;
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
            core::Duration took) override;

  void set_up();
  std::unique_ptr<dns::Resolver>& resolver(engine::Name name);
  std::unique_ptr<dns::Resolver> make_resolver();
  void open_connection(std::uint64_t generation);
  void opened(std::uint64_t generation, Result<redis::Dialled> result);
  std::unique_ptr<ConnectionWatch> watch(std::unique_ptr<redis::Connection> connection);
  PoolState::ConnectionPtr join(std::unique_ptr<ConnectionWatch> watch, std::uint64_t generation);
  void lost(core::ConnectionId id);
  void checked(const PoolState::ConnectionPtr& connection, const Result<core::NodeReport>& report);
  void look_for_silence(core::TimePoint now);
  void report_evidence(const PooledConnection& connection, core::EvidenceKind kind,
                       const std::string& detail);
  void keep_time();
  void count_evidence(const core::MasterFsm::Evidence& evidence);

  const Options options_;
  PoolState& state_;
  engine::Loop loop_;
  std::array<std::unique_ptr<dns::Resolver>, 2> resolvers_;  // by engine::Name; null without a name
  std::unique_ptr<redis::Dialer> dialer_;
  std::unique_ptr<engine::Discovery> discovery_;
  std::unique_ptr<StandbyConnections> standbys_;
  std::unique_ptr<engine::Timer> timer_;
  std::unordered_map<core::ConnectionId, std::unique_ptr<ConnectionWatch>> watches_;
  std::unique_ptr<ConnectionWatch> verified_;  // the connection that on_verified() is about
  core::ConnectionId last_id_ = 0;
};

}  // namespace rediscovery
