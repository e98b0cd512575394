#include "sim/settings.hpp"

#include "core/rng.hpp"

namespace rediscovery::sim {
namespace {

// A draw of its own, so that the world's chance does not depend on how many settings there are.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : rng_(seed ^ 0x5E771265ULL) {}
  bool chance(unsigned percent) { return rng_.next() % 100 < percent; }
  std::size_t number(std::size_t low, std::size_t high) { return low + rng_.next() % (high - low + 1); }
  Duration time(Duration low, Duration high) { return rng_.between(low, high); }

 private:
  core::Rng rng_;
};

AsyncSettings draw_async(Draw& draw, const core::PoolPolicy& policy) {
  AsyncSettings async;
  async.dispatch.pipelines = draw.chance(60) ? 1 : draw.number(2, 4);
  async.dispatch.max_waiting = policy.max_waiters;
  if (draw.chance(20)) async.dispatch.max_in_flight = draw.number(1, 4);
  if (draw.chance(10)) async.dispatch.max_bytes = draw.number(300, 3'000);
  async.dispatch.check_interval = policy.idle_check_interval;
  async.dispatch.max_lifetime = policy.max_lifetime;
  if (draw.chance(30)) async.window = draw.number(1, 8);
  return async;
}

void read_from_replicas(Draw& draw, engine::DispatchPolicy& dispatch) {
  constexpr ReadFrom kWays[] = {ReadFrom::replica, ReadFrom::any, ReadFrom::nearest};
  dispatch.read_from = kWays[draw.number(0, 2)];
  dispatch.replica_fallback = draw.chance(50);
  if (draw.chance(30)) dispatch.max_replica_lag = draw.number(1, 20);
}

PoolSettings draw_pool(Draw& draw) {
  PoolSettings pool;
  auto& discovery = pool.plan.discovery;
  discovery.master.promotion = draw.chance(75) ? Promotion::observed : Promotion::announced;
  discovery.has_replicas = draw.chance(80);
  discovery.resolve.refresh_floor = draw.time(100ms, 1s);
  discovery.resolve.refresh_ceiling = discovery.resolve.refresh_floor + draw.time(0ms, 1s);
  discovery.standby.calm_interval = draw.time(100ms, 5s);
  pool.plan.connection.silence_timeout = draw.time(30ms, 500ms);
  pool.policy.max_connections = draw.number(1, 16);
  pool.policy.min_idle = draw.number(0, pool.policy.max_connections);
  pool.policy.max_waiters = draw.chance(20) ? draw.number(0, 4) : 10'000;
  pool.policy.max_connecting = draw.number(1, 8);
  pool.policy.idle_check_interval = draw.time(100ms, 5s);
  if (draw.chance(30)) pool.policy.max_idle_time = draw.time(200ms, 2s);
  if (draw.chance(30)) pool.policy.max_lifetime = draw.time(500ms, 3s);
  pool.plan.connection.connect_timeout = draw.time(20ms, 250ms);
  pool.has_push = draw.chance(40);
  pool.push_high = draw.chance(30) ? 2s : 5ms;
  pool.is_fixed = draw.chance(10);
  if (draw.chance(50)) pool.async = draw_async(draw, pool.policy);
  if (pool.async && discovery.has_replicas && draw.chance(40)) read_from_replicas(draw, pool.async->dispatch);
  if (pool.async) pool.async->subscribes = draw.chance(30);
  return pool;
}

}  // namespace

Settings Settings::draw(std::uint64_t seed) {
  Draw draw(seed);
  Settings settings;
  settings.cluster.nodes = draw.chance(70) ? 3 : draw.number(2, 5);
  settings.cluster.replication_high = draw.chance(20) ? 200ms : 1ms;
  settings.cluster.loading = draw.chance(20) ? 300ms : 20ms;
  settings.cluster.needs_replicas = draw.chance(10);
  settings.cluster.serves_stale_data = draw.chance(80);
  settings.cluster.keeps_lineage_over_start = draw.chance(70);
  settings.sentinel.down_after = draw.time(100ms, 1s);
  settings.sentinel.convert_after = draw.time(300ms, 4s);
  settings.names.lag_high = draw.chance(30) ? 10ms : 1500ms;
  settings.names.lag_low = std::min<Duration>(settings.names.lag_low, settings.names.lag_high);
  settings.names.ttl = draw.chance(50) ? 0ms : draw.time(0ms, 2s);
  settings.names.updater_observes = draw.chance(30);
  settings.names.lists_dead_replicas = draw.chance(60);
  settings.names.leaves_out_percent = draw.chance(30) ? 50 : 0;
  for (std::size_t i = draw.chance(60) ? 1 : draw.number(2, 3); i > 0; --i)
    settings.pools.push_back(draw_pool(draw));
  settings.load.pause_high = draw.chance(50) ? draw.time(2ms, 20ms) : draw.time(20ms, 200ms);
  settings.latency_high = draw.chance(15) ? 5ms : 200us;
  settings.faults = draw.number(2, 16);
  settings.troubles = draw.time(2s, 10s);
  // A crowd: a hundred clients see the same switches. Rare, because it takes as long as a hundred others.
  if (draw.chance(1)) {
    while (settings.pools.size() < 100) settings.pools.push_back(draw_pool(draw));
    settings.load.pause_low = 100ms;
    settings.load.pause_high = 1s;
    settings.load.most = 20;
  }
  return settings;
}

}  // namespace rediscovery::sim
