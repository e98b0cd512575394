// A look-up of the master's name, beside one bare query.
#include <future>

#include <benchmark/benchmark.h>

#include "core/endpoint.hpp"
#include "dns/resolver.hpp"
#include "engine/loop.hpp"
#include "servers.hpp"

namespace rediscovery::bench {
namespace {

void bare_query(benchmark::State& state) {
  auto& cluster = servers();
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(cluster.resolve(cluster.master_service_name()));
}

// From another thread to the loop and back: what a pool does, and a hand-over each way.
void look_up(benchmark::State& state) {
  auto& cluster = servers();
  engine::Loop loop;
  std::unique_ptr<dns::Resolver> resolver;
  dns::ResolverOptions options;
  options.servers = {*core::parse_endpoint(cluster.consul().dns_address())};
  loop.run([&] { resolver = std::make_unique<dns::Resolver>(loop.uv(), options); });
  for ([[maybe_unused]] auto _ : state) {
    std::promise<std::size_t> found;
    loop.post([&] {
      resolver->lookup(cluster.master_service_name(),
                       [&](const core::LookupResult& result) { found.set_value(result.endpoints.size()); });
    });
    if (found.get_future().get() != 1) state.SkipWithError("the name does not resolve");
  }
  loop.stop([&] { resolver.reset(); });
}

BENCHMARK(bare_query)->Name("one DNS query over a socket of its own")->UseRealTime();
BENCHMARK(look_up)->Name("dns::Resolver::lookup, from another thread")->UseRealTime();

}  // namespace
}  // namespace rediscovery::bench
