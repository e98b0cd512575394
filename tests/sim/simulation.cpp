#include "sim/simulation.hpp"

#include <algorithm>
#include <sstream>

namespace rediscovery::sim {
namespace {

// The world must come to rest within this time after the last fault: a matter of the simulation itself.
constexpr Duration kLongestUnrest = 60s;
// And the pools within this time after that, beside the longest pause between two look-ups.
constexpr Duration kTimeToServe = 3s;
// A run that takes more than this is busy with nothing.
constexpr std::uint64_t kMostSteps = 20'000'000;

Names::Endpoints endpoints(const Cluster& cluster, NodeIndex first, NodeIndex end) {
  Names::Endpoints result;
  for (NodeIndex i = first; i < end; ++i) result.push_back(cluster.nodes()[i].endpoint);
  return result;
}

PoolSettings with_addresses(PoolSettings settings, const Cluster& cluster) {
  if (settings.is_fixed) {
    settings.plan.discovery.fixed_masters = endpoints(cluster, 0, cluster.size());
    if (settings.plan.discovery.has_replicas) {
      settings.plan.discovery.fixed_replicas = endpoints(cluster, 0, cluster.size());
    }
  }
  return settings;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, const Settings& settings)
    : context_(seed),
      settings_(settings),
      cluster_(context_, settings.cluster),
      network_(context_, cluster_, settings.latency_low, settings.latency_high),
      names_(context_, settings.names, endpoints(cluster_, 0, 1), endpoints(cluster_, 1, cluster_.size())),
      sentinel_(context_, settings.sentinel, settings.names, cluster_, names_),
      ledger_(context_),
      faults_(context_, cluster_, network_, names_, sentinel_, pools_) {
  cluster_.on_executed = [this](CommandId command, NodeIndex node) {
    ledger_.executed(command, node);
    for (auto& pool : pools_) pool->front().published(node);
  };
  for (const auto& each : settings.pools) {
    pools_.push_back(std::make_unique<Back>(context_, cluster_, network_, names_, ledger_,
                                            with_addresses(each, cluster_), pools_.size()));
    if (!each.has_push) continue;
    names_.on_change([this, pool = pools_.back().get(), each](const Names::Endpoints& masters) {
      context_.scheduler.after(context_.between(each.push_low, each.push_high),
                               [pool, masters] { pool->push(masters); });
    });
  }
}

const core::MasterFsm& Simulation::master_of(PoolIndex index) const {
  return pools_.at(index)->driver().discovery().master();
}

bool Simulation::run() {
  start();
  start_load();
  faults_.draw(settings_.faults, settings_.troubles);
  pass(settings_.troubles);
  faults_.end();
  settle();
  close();
  return !context_.violation;
}

void Simulation::start() {
  sentinel_.start();
  for (auto& pool : pools_) pool->start();
}

void Simulation::pass(Duration time) {
  const TimePoint until = context_.now() + time;
  while (!context_.violation && context_.scheduler.step(until)) {
    if (context_.scheduler.steps() > kMostSteps) context_.violated("the run takes too many steps");
  }
}

void Simulation::start_load() {
  is_loading_ = true;
  for (PoolIndex i = 0; i < pools_.size(); ++i) arrive(i, settings_.load.most);
}

void Simulation::arrive(PoolIndex pool, std::size_t left) {
  if (left == 0 || !is_loading_) return;
  context_.scheduler.after(
      context_.between(settings_.load.pause_low, settings_.load.pause_high), [this, pool, left] {
        if (!is_loading_) return;
        const std::size_t roll = context_.pick(100);
        const CommandKind kind = roll < 30   ? CommandKind::read
                                 : roll < 60 ? CommandKind::increment
                                 : roll < 85 ? CommandKind::set
                                 : roll < 97 ? CommandKind::script
                                             : CommandKind::wrong;
        const auto& load = settings_.load;
        // Mostly short: a patient caller is answered anyway.
        const Duration patience =
            context_.between(load.patience_low, context_.between(load.patience_low, load.patience_high));
        pools_[pool]->front().execute(kind, patience);
        arrive(pool, left - 1);
      });
}

void Simulation::settle() {
  const TimePoint latest = context_.now() + kLongestUnrest;
  while (!context_.violation && !sentinel_.is_content()) {
    pass(100ms);
    if (context_.now() > latest) context_.violated("the world does not come to rest");
  }
  if (context_.violation) return;
  context_.note("settled", sentinel_.master(),
                [&] { return cluster_.node(sentinel_.master()).endpoint.to_string(); });
  Duration refresh{};
  for (const auto& pool : settings_.pools)
    refresh = std::max(refresh, pool.plan.discovery.resolve.refresh_ceiling);
  const TimePoint in_time = context_.now() + kTimeToServe + refresh;
  while (!context_.violation && context_.now() < in_time && !all_follow()) pass(50ms);
  stop_load();
  while (!context_.violation && ledger_.open_commands() > 0) pass(50ms);  // nobody competes with the probes
  // Probes tell more than who is followed: a host that was gone leaves connections that look alive, and a
  // pool that keeps no idle connection learns from its next command that the master has moved.
  while (!context_.violation && !probe()) {
    if (context_.now() > in_time) return complain();
  }
  // Who leads a calm life asks its standbys, and looks after the connection of its subscriptions, that
  // seldom.
  Duration calm{};
  for (const auto& pool : settings_.pools) {
    calm = std::max(calm, pool.plan.discovery.standby.calm_interval);
    if (pool.async) calm = std::max(calm, pool.async->dispatch.check_interval);
  }
  const TimePoint all_in_time = context_.now() + kTimeToServe + refresh + 3 * calm;
  while (!context_.violation && !probe_reads()) {
    if (context_.now() > all_in_time)
      context_.violated("a pool does not read from replicas although the world has settled");
  }
  while (!context_.violation && !probe_subscriptions()) {
    if (context_.now() > all_in_time)
      context_.violated("a pool does not hear what is published although the world has settled");
  }
}

bool Simulation::probe() {
  const std::size_t first = ledger_.entries().size();
  // Where nobody may wait, one is refused, and the next finds the connection that the pool has opened for it.
  for (const auto kind : {CommandKind::increment, CommandKind::read, CommandKind::increment}) {
    for (auto& pool : pools_) pool->front().execute(kind, 1s);
    pass(150ms);
  }
  while (!context_.violation && ledger_.open_commands() > 0) pass(50ms);
  for (PoolIndex i = 0; i < pools_.size(); ++i) {
    bool is_served = false;
    for (std::size_t k = first + i; k < ledger_.entries().size(); k += pools_.size()) {
      const auto& it = ledger_.entries()[k];
      if (!it.succeeded && it.sent > 0) return false;
      is_served = is_served || it.succeeded;
    }
    if (!is_served) return false;
  }
  return all_follow();
}

bool Simulation::probe_reads() {
  const auto first = static_cast<std::ptrdiff_t>(ledger_.entries().size());
  for (PoolIndex i = 0; i < pools_.size(); ++i) {
    if (reads_from_replicas(i)) pools_[i]->front().execute(CommandKind::read, 1s);
  }
  if (ledger_.open_commands() == 0) return true;
  pass(150ms);
  while (!context_.violation && ledger_.open_commands() > 0) pass(50ms);
  const auto& entries = ledger_.entries();
  return std::all_of(entries.begin() + first, entries.end(), [this](const Ledger::Entry& it) {
    return it.succeeded && it.ran_on != sentinel_.master();
  });
}

bool Simulation::reads_from_replicas(PoolIndex index) const {
  const PoolSettings& pool = settings_.pools[index];
  const bool has_replicas = pool.is_fixed ? cluster_.size() > 1 : !names_.replicas().empty();
  // How far behind the master a replica is known to be is as old as what the nodes last said.
  return has_replicas && pool.async && pool.async->dispatch.read_from == ReadFrom::replica &&
         pool.async->dispatch.max_replica_lag == 0 && follows(index);
}

bool Simulation::probe_subscriptions() {
  std::vector<std::uint64_t> before;
  for (auto& pool : pools_) {
    before.push_back(pool->front().messages());
    pool->front().published(sentinel_.master());
  }
  pass(50ms);
  for (PoolIndex i = 0; i < pools_.size(); ++i) {
    const auto& async = settings_.pools[i].async;
    if (async && async->subscribes && follows(i) && pools_[i]->front().messages() == before[i]) return false;
  }
  return true;
}

void Simulation::complain() {
  for (PoolIndex i = 0; i < pools_.size(); ++i) check_follows(i);
  if (context_.totals.stranded == 0)
    context_.violated("a pool does not serve although the world has settled");
}

bool Simulation::follows(PoolIndex index) const {
  const auto& master = master_of(index);
  return master.state() == core::MasterFsm::State::following &&
         master.master() == cluster_.nodes()[sentinel_.master()].endpoint;
}

bool Simulation::all_follow() const {
  for (PoolIndex i = 0; i < pools_.size(); ++i) {
    if (!follows(i)) return false;
  }
  return true;
}

void Simulation::check_follows(PoolIndex index) {
  if (follows(index)) return;
  const auto& master = master_of(index);
  const auto& truth = cluster_.node(sentinel_.master()).endpoint;
  // A limit that rule 7 sets: who followed a promotion that was given up, and then a stranger that DNS named
  // by mistake, has lost the node whose word would lead it back, and takes the true master for a zombie.
  if (master.master() == cluster_.node(cluster_.stranger()).endpoint &&
      pools_[index]->adoptions().has_ended(cluster_.node(sentinel_.master()).lineage.id)) {
    ++context_.totals.stranded;
    return;
  }
  std::ostringstream out;
  out << "pool " << index << " follows " << master.master() << " (" << master.state() << ", history "
      << master.report().lineage.id << ") and not " << truth << " although the world has settled";
  context_.violated(out.str());
}

void Simulation::close() {
  context_.totals.lost_writes += ledger_.lost_writes(cluster_.node(sentinel_.master()).log);
  for (auto& pool : pools_) pool->stop();
  pass(1s);
  if (ledger_.open_commands() != 0) context_.violated("a caller got no answer when the pool was closed");
  for (auto& pool : pools_) {
    if (pool->front().connections() != 0) context_.violated("a closed pool still has connections");
  }
  context_.totals.runs = 1;
  context_.totals.steps = context_.scheduler.steps();
  context_.totals.simulated = context_.now() - (TimePoint{} + 1h);
}

}  // namespace rediscovery::sim
