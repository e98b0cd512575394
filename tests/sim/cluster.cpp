#include "sim/cluster.hpp"

#include <utility>

namespace rediscovery::sim {

Cluster::Cluster(Context& context, const ClusterSettings& settings) : context_(context), settings_(settings) {
  nodes_.resize(settings.nodes + 1);
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    node.endpoint = {"10.0.0." + std::to_string(i + 1), 6379, ""};
    node.run_id = fresh("run-");
    node.starts = 1;
    if (i == 0 || i == stranger()) {
      node.role = core::Role::master;
      node.lineage.id = fresh("history-");
    } else {
      node.master = 0;
      node.link_up = true;
      node.lineage = nodes_[0].lineage;
    }
  }
  nodes_.back().is_stranger = true;
}

std::string Cluster::fresh(const char* what) { return what + std::to_string(++last_id_); }

std::optional<NodeIndex> Cluster::find(const core::Endpoint& endpoint) const {
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].endpoint == endpoint) return i;
  }
  return std::nullopt;
}

core::NodeReport Cluster::report(NodeIndex index) const {
  const Node& node = nodes_[index];
  core::NodeReport report;
  report.role = node.role;
  report.run_id = node.run_id;
  report.lineage = node.lineage;
  if (node.loading_until > context_.now()) {  // the previous history is read with the data
    report.lineage.previous_id.clear();
    report.lineage.previous_end = -1;
  }
  report.offset = static_cast<std::int64_t>(node.log.size());
  if (node.master) report.master = nodes_[*node.master].endpoint;
  report.master_link_up = node.link_up;
  if (node.role == core::Role::master) {
    for (NodeIndex other = 0; other < nodes_.size(); ++other) {
      if (is_attached(other, index)) report.replicas.push_back(nodes_[other].endpoint);
    }
  }
  return report;
}

bool Cluster::is_attached(NodeIndex replica, NodeIndex master) const {
  const Node& node = nodes_[replica];
  return node.answers() && node.link_up && node.master == master;
}

Reply Cluster::execute(NodeIndex index, CommandId command, CommandKind kind) {
  Node& node = nodes_[index];
  if (node.loading_until > context_.now())
    return Reply::error("LOADING Redis is loading the dataset in memory");
  if (node.busy_until > context_.now()) return Reply::error("BUSY Redis is busy running a script");
  const bool writes = kind != CommandKind::read;
  if (node.role == core::Role::replica) {
    if (!node.link_up && !settings_.serves_stale_data)
      return Reply::error("MASTERDOWN Link with MASTER is down");
    if (writes) return Reply::error("READONLY You can't write against a read only replica.");
  }
  if (writes && settings_.needs_replicas && !node.is_stranger) {
    bool attached = false;
    for (NodeIndex other = 0; other < nodes_.size(); ++other) attached |= is_attached(other, index);
    if (!attached) return Reply::error("NOREPLICAS Not enough good replicas to write.");
  }
  on_executed(command, index);
  if (kind == CommandKind::wrong) return Reply::error("WRONGTYPE Operation against a key of the wrong kind");
  if (writes) {
    node.log.push_back(command);
    replicate(index);
  }
  return Reply::status("OK");
}

void Cluster::promote(NodeIndex index, bool kill_clients) {
  Node& node = nodes_[index];
  if (node.role == core::Role::replica) {
    node.role = core::Role::master;
    node.master.reset();
    node.link_up = false;
    ++node.syncs;
    // shiftReplicationId(): the history up to here becomes the previous one.
    node.lineage = {fresh("history-"), node.lineage.id, static_cast<std::int64_t>(node.log.size()) + 1};
  }
  note("promoted", index,
       [&] { return " history " + node.lineage.id + " after " + node.lineage.previous_id; });
  if (kill_clients) on_clients_killed(index);
}

void Cluster::obey(NodeIndex index, NodeIndex master, bool kill_clients) {
  Node& node = nodes_[index];
  node.role = core::Role::replica;
  node.master = master;
  note("obeys", index, [&] { return " now replicates " + nodes_[master].endpoint.to_string(); });
  synchronise(index);
  if (kill_clients) on_clients_killed(index);
}

void Cluster::synchronise(NodeIndex index) {
  Node& node = nodes_[index];
  node.link_up = false;
  const std::uint64_t sync = ++node.syncs;
  context_.scheduler.after(context_.between(settings_.resync_low, settings_.resync_high),
                           [this, index, sync] {
                             if (nodes_[index].syncs == sync && nodes_[index].role == core::Role::replica)
                               synchronised(index);
                           });
}

void Cluster::synchronised(NodeIndex index) {
  Node& node = nodes_[index];
  const Node& master = nodes_[*node.master];
  // Only a master's process that answers sends its data; the replica tries until then.
  if (!node.answers() || !master.answers() || master.loading_until > context_.now() ||
      (master.role == core::Role::replica && !master.link_up)) {
    return synchronise(index);
  }
  const bool continues = node.lineage.id == master.lineage.id ||
                         (node.lineage.id == master.lineage.previous_id &&
                          static_cast<std::int64_t>(node.log.size()) < master.lineage.previous_end);
  if (!continues) {
    node.lineage = {master.lineage.id, "", -1};  // a full resynchronisation clears the previous history
  } else if (node.lineage.id != master.lineage.id) {
    node.lineage = {master.lineage.id, node.lineage.id, static_cast<std::int64_t>(node.log.size()) + 1};
  }
  node.log = master.log;
  node.link_up = true;
  note("synced", index, [&] { return continues ? " in part" : " in full"; });
}

void Cluster::replicate(NodeIndex master) {
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    Node& replica = nodes_[i];
    if (replica.master != master || !replica.link_up || replica.catching_up) continue;
    replica.catching_up = true;
    context_.scheduler.after(context_.between(settings_.replication_low, settings_.replication_high),
                             [this, i, master, sync = replica.syncs, size = nodes_[master].log.size()] {
                               nodes_[i].catching_up = false;
                               // What the master's kernel has sent arrives, also if the master died since.
                               if (nodes_[i].syncs != sync || !nodes_[i].answers()) return;
                               auto& log = nodes_[i].log;
                               const auto& from = nodes_[master].log;
                               for (std::size_t k = log.size(); k < size && k < from.size(); ++k)
                                 log.push_back(from[k]);
                               if (nodes_[master].answers() && from.size() > log.size()) replicate(master);
                             });
  }
}

void Cluster::kill(NodeIndex index) {
  Node& node = nodes_[index];
  if (node.power == Power::down || node.power == Power::gone) return;
  node.power = Power::down;
  node.backlog.clear();
  ++node.syncs;
  note("killed", index, [] { return ""; });
  on_clients_killed(index);
  lose_replicas(index);
}

void Cluster::vanish(NodeIndex index) {
  Node& node = nodes_[index];
  if (node.power == Power::down || node.power == Power::gone) return;
  node.power = Power::gone;
  node.backlog.clear();
  ++node.syncs;
  note("vanished", index, [] { return ""; });
  on_vanished(index);
  lose_replicas(index);
}

void Cluster::lose_replicas(NodeIndex master) {
  // A little later: what its kernel has sent still arrives.
  context_.scheduler.after(settings_.replication_high + 1us, [this, master, start = nodes_[master].starts] {
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (node.master == master && node.link_up && node.answers() && nodes_[master].starts == start)
        synchronise(i);
    }
  });
}

void Cluster::start(NodeIndex index, bool with_data, bool as_master) {
  Node& node = nodes_[index];
  if (node.power != Power::down && node.power != Power::gone) return;
  const bool was_gone = node.power == Power::gone;
  node.power = Power::up;
  node.run_id = fresh("run-");
  ++node.starts;
  if (as_master) {
    node.role = core::Role::master;
    node.master.reset();
  }
  if (!with_data) {
    node.log.clear();
    node.lineage = {fresh("history-"), "", -1};
  } else if (node.role == core::Role::master) {
    const std::string before = settings_.keeps_lineage_over_start ? node.lineage.id : "";
    node.lineage = {fresh("history-"), before,
                    before.empty() ? -1 : static_cast<std::int64_t>(node.log.size()) + 1};
  }
  node.loading_until = context_.now() + (with_data ? settings_.loading : Duration::zero());
  note("started", index, [&] {
    return std::string(with_data ? " with data as " : " empty as ") +
           (node.role == core::Role::master ? "master " : "replica ") + node.lineage.id;
  });
  if (node.role == core::Role::replica) synchronise(index);
  if (was_gone) on_back(index);
}

void Cluster::hang(NodeIndex index) {
  if (!nodes_[index].answers()) return;
  nodes_[index].power = Power::hung;
  note("hangs", index, [] { return ""; });
}

void Cluster::resume(NodeIndex index) {
  Node& node = nodes_[index];
  if (node.power != Power::hung) return;
  node.power = Power::up;
  note("goes on", index, [] { return ""; });
  for (const Task& task : std::exchange(node.backlog, {})) task();
}

}  // namespace rediscovery::sim
