// The pool's background: the loop, and the I/O that PoolDriver asks for.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include <rediscovery/options.hpp>

#include "consul/service_watch.hpp"
#include "dns/resolver.hpp"
#include "engine/loop.hpp"
#include "engine/pool_driver.hpp"
#include "pool/connection_watch.hpp"
#include "pool/pool_state.hpp"
#include "redis/dialer.hpp"

namespace rediscovery {

// Owns the loop's thread and everything that lives on it: resolvers, dials, and a watch on each connection.
class PoolEngine : public Backstage, private engine::PoolPort {
 public:
  // `options` were validated. `state` must live until stop() has returned. Nothing happens before start(),
  // which throws what std::system_error and std::runtime_error have to say when the system is short of
  // something.
  PoolEngine(const Options& options, PoolState& state);
  ~PoolEngine() override;
  void start();
  PoolEngine(const PoolEngine&) = delete;
  PoolEngine& operator=(const PoolEngine&) = delete;

  // Backstage: from any thread, but stop() not from the loop's.
  void stop() override;
  void connect(std::uint64_t generation) override;
  void check(core::ConnectionId id) override;
  void discard(PoolState::ConnectionPtr connection, std::string_view reason) override;
  void evidence(core::MasterFsm::Evidence evidence) override;
  void drained(std::uint64_t generation) override;
  void wake() override;

 private:
  // PoolPort: loop thread only, as everything below.
  void start_lookup(engine::Name name) override;
  void cancel_lookup(engine::Name name) override;
  void dial(core::ConnectionId id, const core::Endpoint& endpoint) override;
  void ask(core::ConnectionId id) override;
  void close(core::ConnectionId id) override;
  void cut(core::ConnectionId id, bool writes_only) override;
  [[nodiscard]] std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const override;
  [[nodiscard]] bool is_used() override { return state_.is_used(); }
  void pool(const core::PoolFsm::Event& event, std::uint64_t generation) override;
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
            core::Duration took) override;

  void set_up();
  void watch_service();
  void dialled(core::ConnectionId id, Result<redis::Dialled> result);
  void failed(core::ConnectionId id, const Error& error);
  void keep_time();
  // Runs `task` on the loop and sets the timer anew afterwards.
  void post(std::function<void()> task);
  std::unique_ptr<dns::Resolver>& resolver(engine::Name name);

  const Options options_;
  PoolState& state_;
  engine::Loop loop_;
  std::array<std::unique_ptr<dns::Resolver>, 2>
      resolvers_;                               // by engine::Name; null where nothing is looked up
  std::unique_ptr<consul::ServiceWatch> push_;  // null without consul_http
  std::unique_ptr<redis::Dialer> dialer_;
  std::unique_ptr<engine::PoolDriver> driver_;
  std::unique_ptr<engine::Timer> timer_;
  core::TimePoint adopted_at_{};
  std::unordered_map<core::ConnectionId, std::unique_ptr<ConnectionWatch>> watches_;
};

}  // namespace rediscovery
