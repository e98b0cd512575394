// The simulated Redis servers: roles, replication, and what an operator, Sentinel or fate does to them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <rediscovery/reply.hpp>

#include "sim/context.hpp"
#include "sim/node.hpp"
#include "sim/settings.hpp"

namespace rediscovery::sim {

enum class CommandKind : std::uint8_t {
  read,
  set,        // a write that its caller calls idempotent
  increment,  // a write that must not run twice
  script,     // the same, and its errors may come after effects
  wrong,      // a write that the server refuses for what it is: WRONGTYPE
};

class Cluster {
 public:
  Cluster(Context& context, const ClusterSettings& settings);

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] Node& node(NodeIndex index) { return nodes_.at(index); }
  // The number of nodes that Sentinel knows; behind them comes one that it does not.
  [[nodiscard]] std::size_t size() const { return settings_.nodes; }
  [[nodiscard]] NodeIndex stranger() const { return settings_.nodes; }
  [[nodiscard]] std::optional<NodeIndex> find(const core::Endpoint& endpoint) const;

  // ---- what a client sees; requires a node that answers() -------------------------------------------
  // ROLE and INFO, which are also answered while it is loading.
  [[nodiscard]] core::NodeReport report(NodeIndex index) const;
  [[nodiscard]] bool is_attached(NodeIndex replica, NodeIndex master) const;
  Reply execute(NodeIndex index, CommandId command, CommandKind kind);

  // ---- what happens to it -----------------------------------------------------------------------------
  // SLAVEOF NO ONE, with the CLIENT KILL of a promotion by Sentinel, or without.
  void promote(NodeIndex index, bool kill_clients);
  // REPLICAOF, and what Sentinel kills with it.
  void obey(NodeIndex index, NodeIndex master, bool kill_clients);
  void kill(NodeIndex index);
  void vanish(NodeIndex index);
  // With its configuration: a replica stays one unless it is told otherwise.
  void start(NodeIndex index, bool with_data, bool as_master = false);
  void hang(NodeIndex index);
  void resume(NodeIndex index);

  // Called when a command had its effect, or was read.
  std::function<void(CommandId, NodeIndex)> on_executed;
  // Called when the server closes every client's connection; the second when it has no time to say so.
  std::function<void(NodeIndex)> on_clients_killed;
  std::function<void(NodeIndex)> on_vanished;
  // It is back on the network; what was held up for it arrives.
  std::function<void(NodeIndex)> on_back;

 private:
  void synchronise(NodeIndex index);
  void synchronised(NodeIndex index);
  void replicate(NodeIndex master);
  void lose_replicas(NodeIndex master);
  [[nodiscard]] std::string fresh(const char* what);
  template <typename Describe>
  void note(std::string_view what, NodeIndex index, Describe describe) {
    context_.note(what, index, [&] { return nodes_[index].endpoint.to_string() + describe(); });
  }

  Context& context_;
  const ClusterSettings settings_;
  std::vector<Node> nodes_;
  std::uint64_t last_id_ = 0;
};

}  // namespace rediscovery::sim
