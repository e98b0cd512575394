// An event of each state machine: the decisions alone, without any I/O. An iteration is a pair of events
// after which the machine is where it was.
#include <benchmark/benchmark.h>

#include "core/connection_fsm.hpp"
#include "core/master_fsm.hpp"
#include "core/pool_fsm.hpp"
#include "core/resolve_fsm.hpp"
#include "core/standby_fsm.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;
using namespace core;

const Endpoint kMaster{"10.0.0.1", 6379, "master.service.consul"};
const Endpoint kReplica{"10.0.0.2", 6379, "slave.service.consul"};
const std::string kHistory(40, 'a');

NodeReport report_of(Role role) {
  NodeReport report;
  report.role = role;
  report.run_id = std::string(40, role == Role::master ? '1' : '2');
  report.lineage.id = kHistory;
  if (role == Role::replica) report.master = kMaster;
  report.master_link_up = role == Role::replica;
  return report;
}

// Time goes on by as much as each machine needs for its next step.
struct World {
  Rng rng{1};
  TimePoint now{1h};
};

void count(benchmark::State& state) {
  state.SetItemsProcessed(2 * state.iterations());  // "items" are events
}

void resolve(benchmark::State& state) {
  World world;
  ResolveFsm machine{ResolvePolicy{}};
  (void)machine.on(ResolveFsm::Start{}, world.now, world.rng);
  const LookupResult answer{{kMaster}, 0s, ""};
  (void)machine.on(ResolveFsm::CalmDown{}, world.now, world.rng);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(machine.on(ResolveFsm::Answered{answer}, world.now, world.rng));
    world.now = *machine.next_deadline();
    benchmark::DoNotOptimize(machine.on(ResolveFsm::Tick{}, world.now, world.rng));
  }
  count(state);
}

void master(benchmark::State& state) {
  World world;
  MasterFsm machine{MasterPolicy{}, world.now};
  (void)machine.on(MasterFsm::Offered{{kMaster}}, world.now, world.rng);
  const NodeReport report = report_of(Role::master);
  (void)machine.on(MasterFsm::Verified{kMaster, report}, world.now, world.rng);
  if (machine.state() != MasterFsm::State::following) state.SkipWithError("no master was adopted");
  for ([[maybe_unused]] auto _ : state) {
    world.now += 1ms;
    benchmark::DoNotOptimize(
        machine.on(MasterFsm::Evidence{machine.generation(), EvidenceKind::lost, ""}, world.now, world.rng));
    benchmark::DoNotOptimize(machine.on(MasterFsm::Verified{kMaster, report}, world.now, world.rng));
  }
  if (machine.state() != MasterFsm::State::following) state.SkipWithError("the master was not confirmed");
  count(state);
}

void standby(benchmark::State& state) {
  World world;
  StandbyFsm machine{StandbyPolicy{}};
  (void)machine.on(StandbyFsm::Named{{kReplica}}, world.now, world.rng);
  const NodeReport report = report_of(Role::replica);
  (void)machine.on(StandbyFsm::Opened{kReplica, report}, world.now, world.rng);
  for ([[maybe_unused]] auto _ : state) {
    world.now = *machine.next_deadline();
    benchmark::DoNotOptimize(machine.on(StandbyFsm::Tick{}, world.now, world.rng));
    benchmark::DoNotOptimize(machine.on(StandbyFsm::Answered{kReplica, report}, world.now, world.rng));
  }
  count(state);
}

void connection(benchmark::State& state) {
  World world;
  ConnectionFsm machine{ConnectionPolicy{}, kMaster, world.now};
  const NodeReport report = report_of(Role::master);
  (void)machine.on(ConnectionFsm::Connected{}, world.now);
  (void)machine.on(ConnectionFsm::Greeted{report}, world.now);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(machine.on(ConnectionFsm::Ask{}, world.now));
    benchmark::DoNotOptimize(machine.on(ConnectionFsm::Answered{report}, world.now));
  }
  count(state);
}

void pool(benchmark::State& state) {
  World world;
  PoolFsm machine{PoolPolicy{}};
  (void)machine.on(PoolFsm::Adopted{1, 1}, world.now, world.rng);
  WaiterId waiter = 0;
  for ([[maybe_unused]] auto _ : state) {
    world.now += 1us;
    benchmark::DoNotOptimize(machine.on(PoolFsm::Acquire{++waiter}, world.now, world.rng));
    benchmark::DoNotOptimize(machine.on(PoolFsm::Release{1, true}, world.now, world.rng));
  }
  count(state);
}

BENCHMARK(resolve)->Name("ResolveFsm: an answer, the next look-up");
BENCHMARK(master)->Name("MasterFsm: evidence, the master confirmed");
BENCHMARK(standby)->Name("StandbyFsm: a question, its answer");
BENCHMARK(connection)->Name("ConnectionFsm: a question, its answer");
BENCHMARK(pool)->Name("PoolFsm: acquire, release");

}  // namespace
}  // namespace rediscovery::bench
