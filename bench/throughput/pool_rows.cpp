// The pool, used as an application would: one for all threads, a command made for each call.
#include <chrono>
#include <memory>
#include <thread>

#include <rediscovery/pool.hpp>

#include "row.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<Pool> connected(const Server& server, std::size_t connections) {
  Options options;
  options.master = server.ip + ":" + std::to_string(server.port);
  options.min_idle = connections;
  options.max_connections = connections;
  auto pool = std::make_shared<Pool>(options);
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (pool->stats().idle < connections) {
    require(std::chrono::steady_clock::now() < until, "the pool has not opened its connections in 10 s");
    std::this_thread::sleep_for(1ms);
  }
  return pool;
}

void execute(benchmark::State& state, Pool& pool) {
  Words words;
  for ([[maybe_unused]] auto _ : state) {
    const auto reply = pool.execute({"SET", words.next_key(), words.value()}, 1s);
    require(reply.has_value(), "the pool: SET failed");
  }
  state.SetItemsProcessed(state.iterations());
}

Row row(const std::string& group, const Server& server, int threads) {
  const auto pool = connected(server, static_cast<std::size_t>(threads));
  return {group, "Pool::execute", threads, [pool](benchmark::State& state) { execute(state, *pool); }};
}

}  // namespace

std::vector<Row> pool_rows(const Server& server) {
  return {row(kOneThread, server, 1), row(kSixteenThreads, server, 16)};
}

}  // namespace rediscovery::bench
