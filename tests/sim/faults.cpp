#include "sim/faults.hpp"

namespace rediscovery::sim {

void Faults::draw(std::size_t count, Duration within) {
  for (std::size_t i = 0; i < count; ++i) {
    context_.scheduler.after(context_.between(0ms, within), [this] {
      if (!is_over_) strike();
    });
  }
}

void Faults::count(std::string_view kind) {
  ++context_.totals.faults[std::string(kind)];
  context_.note("FAULT", 0, [&] { return std::string(kind); });
}

void Faults::strike() {
  // The master is the interesting one, more often than not.
  const NodeIndex node = context_.chance(60) ? sentinel_.master() : context_.pick(cluster_.size());
  switch (context_.pick(10)) {
    case 0:
    case 1:
    case 2:
      return power_fault(node);
    case 3:
    case 4:
    case 5:
      return replication_fault(node);
    case 6:
      return network_fault(node);
    case 7:
    case 8:
      return dns_fault();
    default:
      return server_fault(node);
  }
}

void Faults::power_fault(NodeIndex node) {
  const Duration time = a_while();
  const auto come_back = [this, node](bool with_data, bool as_master) {
    return [this, node, with_data, as_master] { cluster_.start(node, with_data, as_master); };
  };
  switch (context_.pick(5)) {
    case 0:
      count("kill, back with its data");
      cluster_.kill(node);
      return context_.scheduler.after(time, come_back(true, false));
    case 1:
      count("kill, back empty");
      cluster_.kill(node);
      return context_.scheduler.after(time, come_back(false, false));
    case 2:
      count("kill, back as a master");
      cluster_.kill(node);
      return context_.scheduler.after(time, come_back(context_.chance(50), true));
    case 3:
      count("host gone");
      cluster_.vanish(node);
      return context_.scheduler.after(time, come_back(context_.chance(70), false));
    default:
      count("hang");
      cluster_.hang(node);
      return context_.scheduler.after(time, [this, node] { cluster_.resume(node); });
  }
}

void Faults::replication_fault(NodeIndex node) {
  switch (context_.pick(6)) {
    case 0:
    case 1:
      count("planned failover");
      return sentinel_.fail_over();
    case 2:
      count("promotion aborted half-way");
      return sentinel_.fail_over_half_way();
    case 3:
      count("master killed during a failover");
      sentinel_.fail_over();
      return context_.scheduler.after(context_.between(0ms, 1s), [this] {
        if (is_over_) return;
        const NodeIndex victim = context_.chance(50) ? sentinel_.master() : context_.pick(cluster_.size());
        cluster_.kill(victim);
        context_.scheduler.after(a_while(), [this, victim] { cluster_.start(victim, context_.chance(70)); });
      });
    case 4:
      count("REPLICAOF NO ONE by hand");
      if (cluster_.node(node).answers()) cluster_.promote(node, false);
      return;
    default:
      count("the master and a replica fail together");
      for (const NodeIndex each : {sentinel_.master(), context_.pick(cluster_.size())}) {
        cluster_.kill(each);
        context_.scheduler.after(a_while(), [this, each] { cluster_.start(each, true); });
      }
  }
}

void Faults::network_fault(NodeIndex node) {
  const PoolIndex pool = context_.pick(pools_.size());
  if (context_.chance(40)) {
    count("connections reset");
    return network_.reset(pool, node);
  }
  if (context_.chance(30)) {
    count("connections forgotten");
    return network_.forget(pool, node);
  }
  const std::size_t ways = context_.pick(3);
  count(ways == 2 ? "partition" : "one-way partition");
  network_.block(pool, node, ways != 0, ways != 1);
  context_.scheduler.after(a_while(), [this, pool, node] { network_.block(pool, node, false, false); });
}

void Faults::dns_fault() {
  const Lie lie = static_cast<Lie>(1 + context_.pick(6));
  count("DNS: " + std::string(to_string(lie)));
  Names::Endpoints wrong;
  switch (lie == Lie::wrong ? context_.pick(5) : 0) {
    case 1:
      wrong = {cluster_.node(context_.pick(cluster_.size())).endpoint};
      break;
    case 2:
      for (NodeIndex i = 0; i < cluster_.size(); ++i) wrong.push_back(cluster_.node(i).endpoint);
      break;
    case 3:
      wrong = {cluster_.node(cluster_.stranger()).endpoint};
      break;
    case 4:
      wrong = {{"10.9.9.9", 6379, ""}};  // nobody lives there
      break;
    default:
      break;  // an empty answer
  }
  const unsigned percent = context_.chance(50) ? 100 : 30;
  names_.trouble(lie, percent, context_.now() + a_while(), std::move(wrong));
}

void Faults::server_fault(NodeIndex node) {
  const TimePoint until = context_.now() + a_while();
  switch (context_.pick(4)) {
    case 0:
      count("busy with a script");
      cluster_.node(node).busy_until = until;
      return;
    case 1:
      count("slow answers");
      cluster_.node(node).slow_until = until;
      return;
    case 2:
      count("the loop is held up");
      pools_[context_.pick(pools_.size())]->stall(context_.between(1ms, 100ms));
      return;
    default:
      count("a late push of what was long ago");
      pools_[context_.pick(pools_.size())]->push({cluster_.node(node).endpoint});
      // Consul tells the present state next; without that the pool would rightly believe its last word.
      context_.scheduler.after(a_while(), [this] {
        for (auto& pool : pools_) pool->push(names_.masters());
      });
  }
}

void Faults::end() {
  is_over_ = true;
  names_.come_to_its_senses();
  network_.heal_all();
  for (NodeIndex i = 0; i < cluster_.size(); ++i) {
    Node& node = cluster_.node(i);
    node.busy_until = node.slow_until = context_.now();
    cluster_.resume(i);
    cluster_.start(i, true);
  }
}

}  // namespace rediscovery::sim
