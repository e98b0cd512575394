// Callers' threads that wait: what src/pool/pool_state.* and execute.cpp are to the real pool, with PoolFsm
// and Attempts as they are. A thread is a task that wakes up a little late.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "core/attempts.hpp"
#include "core/use_mark.hpp"
#include "sim/front.hpp"

namespace rediscovery::sim {

class BlockingFront : public Front {
 public:
  BlockingFront(Context& context, Cluster& cluster, Network& network, Ledger& ledger, Loop& loop,
                const core::PoolPolicy& policy);

  void execute(CommandKind kind, Duration timeout) override;
  void close() override { on(core::PoolFsm::CloseAll{}); }
  void published(NodeIndex) override {}
  [[nodiscard]] std::uint64_t messages() const override { return 0; }
  void cut_off() override { on(core::PoolFsm::GraceOver{}); }
  [[nodiscard]] std::size_t connections() const override { return connections_.size(); }

  void opened(const ConnectionPtr&) override {}
  void closed(core::ConnectionId) override {}
  void ask(const ConnectionPtr& connection, std::function<void(core::NodeReport)> done) override;
  // Wakes the caller who waits on it; with `writes_only` not one who only reads.
  void cut(Connection& connection, bool writes_only) override;
  void reported(core::ConnectionId, const core::NodeReport&) override {}
  [[nodiscard]] std::optional<TimePoint> unanswered_since(const Connection& connection) const override {
    return connection.asked_at;
  }
  [[nodiscard]] bool is_used() override;
  [[nodiscard]] std::optional<TimePoint> next_deadline() override { return fsm_.next_deadline(); }
  void turn(const std::string&, const core::Work&) override {}

 private:
  struct Caller;
  using CallerPtr = std::shared_ptr<Caller>;

  // One caller's way through execute.cpp, a function per stretch between two waits.
  void borrow(const CallerPtr& caller);
  void proceed(const CallerPtr& caller);
  void exchange(const CallerPtr& caller);
  void arrived(const CallerPtr& caller, Reply reply);
  void attempted(const CallerPtr& caller, Result<Reply> outcome);
  void at_deadline(const CallerPtr& caller);
  void finish(const CallerPtr& caller, const Result<Reply>& result);
  // Continues the caller's thread with `task` when it has woken up, unless it has moved on by then.
  void wake(const CallerPtr& caller, std::function<void()> task);

  void handle(const core::PoolFsm::Event& event, const ConnectionPtr& joining) override;
  void perform(const core::PoolFsm::Actions& actions);
  void check_bounds();

  const core::PoolPolicy policy_;
  core::Rng rng_;
  core::PoolFsm fsm_;
  std::map<core::ConnectionId, ConnectionPtr> connections_;
  std::map<core::WaiterId, CallerPtr> waiting_;
  core::UseMark use_;
};

}  // namespace rediscovery::sim
