// The language in which PoolFsm's tests are written.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/pool_fsm.hpp"
#include "unit/core/script.hpp"

namespace rediscovery::core {

using PoolDid = Script<PoolFsm::Action>;

class PoolScript : public ::testing::Test {
 protected:
  using State = PoolFsm::State;
  using Lend = PoolFsm::Lend;
  using Fail = PoolFsm::Fail;
  using Connect = PoolFsm::Connect;
  using Close = PoolFsm::Close;
  using CutOff = PoolFsm::CutOff;
  using Check = PoolFsm::Check;
  using Drained = PoolFsm::Drained;

  // ---- what happens -------------------------------------------------------------------------------
  PoolDid on(const PoolFsm::Event& event) { return {fsm_.on(event, now_, rng_)}; }
  PoolDid acquire(WaiterId waiter) { return on(PoolFsm::Acquire{waiter}); }
  PoolDid give_up(WaiterId waiter) { return on(PoolFsm::GiveUp{waiter}); }
  PoolDid release(ConnectionId connection) { return on(PoolFsm::Release{connection, true}); }
  PoolDid release_spent(ConnectionId connection) { return on(PoolFsm::Release{connection, false}); }
  PoolDid opened(ConnectionId connection) { return opened(connection, fsm_.generation()); }
  PoolDid opened(ConnectionId connection, std::uint64_t generation) {
    return on(PoolFsm::Opened{connection, generation});
  }
  PoolDid connect_failed() { return on(PoolFsm::ConnectFailed{fsm_.generation()}); }
  PoolDid adopted(std::uint64_t generation, ConnectionId connection) {
    return on(PoolFsm::Adopted{generation, connection});
  }
  PoolDid suspended() { return on(PoolFsm::Suspended{}); }
  PoolDid confirmed(ConnectionId connection) { return on(PoolFsm::Confirmed{connection}); }
  PoolDid lost(ConnectionId connection) { return on(PoolFsm::Lost{connection}); }
  PoolDid checked(ConnectionId connection, bool healthy) { return on(PoolFsm::Checked{connection, healthy}); }
  PoolDid refused(const Error& error) { return on(PoolFsm::Refused{error}); }
  PoolDid tick() { return on(PoolFsm::Tick{}); }
  PoolDid tick_at_deadline() {
    now_ = fsm_.next_deadline().value();
    return tick();
  }
  PoolDid close() { return on(PoolFsm::CloseAll{}); }
  PoolDid grace_over() { return on(PoolFsm::GraceOver{}); }
  void pass(Duration time) { now_ += time; }

  // ---- how it gets there --------------------------------------------------------------------------
  void configure(const PoolPolicy& policy) { fsm_ = PoolFsm(policy); }
  // Connections 1 to `count` of generation 1, all idle, and nobody waiting.
  void serve(ConnectionId count = 1) {
    adopted(1, 1);
    for (ConnectionId id = 2; id <= count; ++id) opened(id);
    ASSERT_EQ(fsm_.idle(), count);
  }

  // ---- how it stands ------------------------------------------------------------------------------
  State state() const { return fsm_.state(); }
  std::optional<Duration> pause() const {
    const auto at = fsm_.next_deadline();
    return at ? std::optional(*at - now_) : std::nullopt;
  }

  static Fail overloaded(WaiterId waiter, std::size_t bound) {
    return {waiter,
            Error(ErrorCode::overloaded, Executed::no,
                  "max_waiters (" + std::to_string(bound) + ") callers wait for a connection already")};
  }
  static Fail closed(WaiterId waiter) {
    return {waiter, Error(ErrorCode::closed, Executed::no, "the pool was closed")};
  }

  // Small numbers, and nothing done for its own sake: a test that wants idle connections says so.
  static PoolPolicy small() {
    PoolPolicy policy;
    policy.min_idle = 0;
    policy.max_connections = 4;
    policy.max_waiters = 5;
    policy.max_connecting = 2;
    return policy;
  }

  const PoolDid nothing_{};
  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
  Rng rng_{1};
  PoolFsm fsm_{small()};
};

}  // namespace rediscovery::core
