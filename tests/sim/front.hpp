// The half of a pool that its callers see: what src/pool/pool_state.* and execute.cpp are to the real one,
// with PoolFsm and Attempts as they are. Callers' threads are tasks that wake up a little late.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "core/attempts.hpp"
#include "core/pool_fsm.hpp"
#include "sim/connection.hpp"
#include "sim/ledger.hpp"

namespace rediscovery::sim {

// What callers' threads ask of the loop's; each call comes into effect a little later.
class Loop {
 public:
  virtual ~Loop() = default;
  virtual void connect(std::uint64_t generation) = 0;
  virtual void check(core::ConnectionId id) = 0;
  virtual void discard(ConnectionPtr connection, std::string reason) = 0;
  virtual void evidence(core::MasterFsm::Evidence evidence) = 0;
  virtual void wake() = 0;
};

class Front {
 public:
  Front(Context& context, Cluster& cluster, Network& network, Ledger& ledger, const core::PoolPolicy& policy,
        Loop& loop);

  void execute(CommandKind kind, Duration timeout);
  void close() { on(core::PoolFsm::CloseAll{}); }
  void cut_off() { on(core::PoolFsm::GraceOver{}); }

  // Wakes the caller who waits on it; with `writes_only` not one who only reads.
  void cut(Connection& connection, bool writes_only);

  // From the loop. With Adopted, Confirmed and Opened, `joining` is the connection meant.
  void on(const core::PoolFsm::Event& event, const ConnectionPtr& joining = nullptr);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const { return fsm_.next_deadline(); }
  [[nodiscard]] bool is_used();
  [[nodiscard]] const core::PoolFsm& fsm() const { return fsm_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

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

  void perform(const core::PoolFsm::Actions& actions);
  void check_lent(const Connection& connection);
  void check_bounds();

  Context& context_;
  Cluster& cluster_;
  Network& network_;
  Ledger& ledger_;
  const core::PoolPolicy policy_;
  Loop& loop_;
  core::Rng rng_;
  core::PoolFsm fsm_;
  std::map<core::ConnectionId, ConnectionPtr> connections_;
  std::map<core::WaiterId, CallerPtr> waiting_;
  bool was_lent_ = false;
  bool is_resting_ = false;
  // Who was adopted for the generation in force.
  NodeIndex master_ = 0;
  std::string run_id_;
};

}  // namespace rediscovery::sim
