// The pool beside hiredis alone, and under many threads.
#include <hiredis/hiredis.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>

#include <benchmark/benchmark.h>

#include <rediscovery/pool.hpp>

#include "servers.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

// One for all threads of a measurement, with all its connections open.
std::unique_ptr<Pool> make_pool(std::size_t connections) {
  Options options;
  options.master = servers().redis(0).endpoint();
  options.min_idle = connections;
  options.max_connections = connections;
  auto pool = std::make_unique<Pool>(options);
  testing::wait_until([&] { return pool->stats().idle == connections; }, 10s, "the pool's connections");
  return pool;
}

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

// Connections, not less than there are cores, and not as many as there are threads: so that some wait.
constexpr std::size_t kConnections = 16;
std::unique_ptr<Pool> shared_pool;
void set_up(const benchmark::State& /*state*/) { shared_pool = make_pool(kConnections); }
void tear_down(const benchmark::State& /*state*/) { shared_pool.reset(); }

void acquire_release(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    auto lease = shared_pool->acquire(10s);
    must(lease.has_value(), "acquire");
    benchmark::DoNotOptimize(lease);
  }
  state.SetItemsProcessed(state.iterations());
}

void execute(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state)
    must(shared_pool->execute({"SET", "bench:key", "a value of usual length, 32 byte"}, 10s).has_value(),
         "execute");
  state.SetItemsProcessed(state.iterations());
}

void raw_hiredis(benchmark::State& state) {
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(
      redisConnect(servers().redis(0).ip().c_str(), servers().redis(0).port()), redisFree);
  must(context && context->err == 0, "redisConnect");
  constexpr std::array<const char*, 3> kWords{"SET", "bench:key", "a value of usual length, 32 byte"};
  constexpr std::array<std::size_t, 3> kSizes{3, 9, 32};
  for ([[maybe_unused]] auto _ : state) {
    const std::unique_ptr<void, decltype(&freeReplyObject)> reply(
        redisCommandArgv(context.get(), 3, const_cast<const char**>(kWords.data()), kSizes.data()),
        freeReplyObject);
    must(reply != nullptr, "redisCommandArgv");
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(raw_hiredis)->Name("hiredis, redisCommandArgv SET")->UseRealTime();
BENCHMARK(execute)
    ->Name("Pool::execute SET")
    ->Setup(set_up)
    ->Teardown(tear_down)
    ->ThreadRange(1, 64)
    ->UseRealTime();
BENCHMARK(acquire_release)
    ->Name("Pool::acquire, and back")
    ->Setup(set_up)
    ->Teardown(tear_down)
    ->ThreadRange(1, 64)
    ->UseRealTime();

}  // namespace
}  // namespace rediscovery::bench
