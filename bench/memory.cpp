// What a client costs in memory while it rests, and what a command allocates.
#include <malloc.h>
#include <uv.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <rediscovery/async_client.hpp>
#include <rediscovery/pool.hpp>

#include "support/cluster.hpp"

using namespace std::chrono_literals;

// Every allocation of the process is counted, hiredis' and libuv's included: glibc lets these be replaced.
namespace {
std::atomic<std::uint64_t> allocations{0};
void* counted(void* memory) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return memory;
}
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* malloc(std::size_t size) { return counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return counted(__libc_calloc(count, size)); }
void* realloc(void* memory, std::size_t size) { return counted(__libc_realloc(memory, size)); }
}

namespace rediscovery::bench {
namespace {

std::size_t bytes_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

template <typename Client>
void wait_connected(const Client& client, std::size_t connections) {
  while (client.stats().idle + client.stats().in_use < connections) std::this_thread::sleep_for(1ms);
}

// Of many, so that what the process has once does not count.
template <typename Make>
void report_idle(const char* what, Make make) {
  constexpr std::size_t kClients = 50;
  const auto keep = make();
  const std::size_t before = bytes_in_use();
  std::vector<decltype(make())> clients;
  for (std::size_t i = 0; i < kClients; ++i) clients.push_back(make());
  std::printf("%-52s %8zu bytes\n", what, (bytes_in_use() - before) / kClients);
}

void report_allocations(const char* what, std::uint64_t commands,
                        const std::function<void(std::uint64_t)>& run) {
  run(1'000);  // until all that is kept has been made
  const std::uint64_t before = allocations;
  run(commands);
  std::printf("%-52s %8.2f allocations\n", what,
              static_cast<double>(allocations - before) / static_cast<double>(commands));
}

class Traffic {
 public:
  Traffic(AsyncClient& client, uv_loop_t* loop, std::string value)
      : client_(client), loop_(loop), value_(std::move(value)) {}
  void run(std::uint64_t commands) {
    left_ = commands;
    for (std::uint64_t i = 0; i < 500 && left_ > 0; ++i) send();
    while (in_flight_ > 0) uv_run(loop_, UV_RUN_ONCE);
  }

 private:
  void send() {
    --left_;
    ++in_flight_;
    client_.execute({"SET", "key", value_}, 10s, [this](const Result<Reply>& reply) {
      if (!reply) std::abort();
      --in_flight_;
      if (left_ > 0) send();
    });
  }
  AsyncClient& client_;
  uv_loop_t* loop_;
  std::string value_;
  std::uint64_t left_ = 0;
  std::uint64_t in_flight_ = 0;
};

void run() {
  testing::ClusterOptions cluster_options;
  cluster_options.redis_nodes = 1;
  cluster_options.sentinels = 0;
  cluster_options.consul = false;
  testing::Cluster cluster(cluster_options);
  Options options;
  options.master = cluster.redis(0).endpoint();

  report_idle("an idle Pool with one connection", [&] {
    auto pool = std::make_unique<Pool>(options);
    wait_connected(*pool, 1);
    return pool;
  });
  report_idle("an idle Pool with nine more connections", [&] {
    Options ten = options;
    ten.min_idle = 10;
    auto pool = std::make_unique<Pool>(ten);
    wait_connected(*pool, 10);
    return pool;
  });
  report_idle("an idle AsyncClient with a thread of its own", [&] {
    auto client = std::make_unique<AsyncClient>(options);
    wait_connected(*client, 1);
    return client;
  });

  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    AsyncClient client(options, &loop);
    for (const std::size_t size : {8U, 32U}) {
      Traffic traffic(client, &loop, std::string(size, 'v'));
      const std::string what = "AsyncClient, SET of " + std::to_string(size) + " bytes, 500 in flight";
      report_allocations(what.c_str(), 200'000, [&](std::uint64_t commands) { traffic.run(commands); });
    }
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);

  Pool pool(options);
  report_allocations("Pool::execute, SET of 8 bytes", 20'000, [&](std::uint64_t commands) {
    for (std::uint64_t i = 0; i < commands; ++i) {
      if (!pool.execute({"SET", "key", "vvvvvvvv"}, 10s)) std::abort();
    }
  });
}

}  // namespace
}  // namespace rediscovery::bench

int main() {
  mallopt(M_ARENA_MAX, 1);  // mallinfo2() knows the main arena only
  rediscovery::bench::run();
  return 0;
}
