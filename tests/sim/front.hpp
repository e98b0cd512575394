// The half of a pool that its callers see: with threads that wait (BlockingFront), or with commands on the
// loop (AsyncFront).
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "core/pool_fsm.hpp"
#include "core/work.hpp"
#include "sim/connection.hpp"
#include "sim/ledger.hpp"

namespace rediscovery::sim {

// What a front asks of the loop's half; each call comes into effect a little later, on the loop.
class Loop {
 public:
  virtual ~Loop() = default;
  virtual void connect(std::uint64_t generation) = 0;
  virtual void check(core::ConnectionId id) = 0;
  virtual void discard(ConnectionPtr connection, std::string reason) = 0;
  virtual void evidence(core::MasterFsm::Evidence evidence) = 0;
  virtual void wake() = 0;
  virtual void soon(Task task) = 0;
  // Until when it does nothing at all.
  [[nodiscard]] virtual TimePoint held_up_until() const = 0;
};

class Front {
 public:
  Front(Context& context, Cluster& cluster, Network& network, Ledger& ledger, Loop& loop)
      : context_(context), cluster_(cluster), network_(network), ledger_(ledger), loop_(loop) {}
  virtual ~Front() = default;
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // ---- from callers -----------------------------------------------------------------------------------
  virtual void execute(CommandKind kind, Duration timeout) = 0;
  virtual void close() = 0;
  // A node has published something, which its subscribers will hear; how much was heard so far.
  virtual void published(NodeIndex node) = 0;
  [[nodiscard]] virtual std::uint64_t messages() const = 0;
  // That are known here.
  [[nodiscard]] virtual std::size_t connections() const = 0;

  // ---- from the loop: see engine::PoolPort -------------------------------------------------------------
  // Some time after close(), and the last that is heard of the loop.
  virtual void cut_off() = 0;
  // Each that has been opened, whatever for, and that nothing more is to be heard of it.
  virtual void opened(const ConnectionPtr& connection) = 0;
  virtual void closed(core::ConnectionId id) = 0;
  // `done` is called when the node's report has arrived, on no particular thread.
  virtual void ask(const ConnectionPtr& connection, std::function<void(core::NodeReport)> done) = 0;
  virtual void cut(Connection& connection, bool writes_only) = 0;
  virtual void reported(core::ConnectionId id, const core::NodeReport& report) = 0;
  // Whom the replicas' name, or what is configured in its place, lists now.
  void replicas_are(std::vector<core::Endpoint> endpoints) { named_replicas_ = std::move(endpoints); }
  [[nodiscard]] virtual std::optional<TimePoint> unanswered_since(const Connection& connection) const = 0;
  [[nodiscard]] virtual bool is_used() = 0;
  // With Adopted, Confirmed and Opened, `joining` is the connection meant.
  void on(const core::PoolFsm::Event& event, const ConnectionPtr& joining = nullptr);
  [[nodiscard]] virtual std::optional<TimePoint> next_deadline() = 0;
  // After everything that was done on the loop, before it waits.
  virtual void turn(const std::string& trouble, const core::Work& work) = 0;

 protected:
  virtual void handle(const core::PoolFsm::Event& event, const ConnectionPtr& joining) = 0;
  // Rules 1 and 2: a caller's command may go to the verified master of this generation, and to nobody else.
  void check_usable(const Connection& connection, const core::PoolFsm& fsm);
  // Reads go to replicas that are named, and not to those that are stood by on the master's word.
  void check_named(const Connection& connection);

  Context& context_;
  Cluster& cluster_;
  Network& network_;
  Ledger& ledger_;
  Loop& loop_;

 private:
  // Who was adopted for the generation in force.
  NodeIndex master_ = 0;
  std::string run_id_;
  std::vector<core::Endpoint> named_replicas_;
};

// Its words; the last one, which no server reads, is the number.
[[nodiscard]] Command command_of(CommandKind kind, CommandId id);
// Redis' words for "I did nothing": by the design's list, not by retry_policy.cpp.
[[nodiscard]] bool proves_not_executed(const Reply& reply);

}  // namespace rediscovery::sim
