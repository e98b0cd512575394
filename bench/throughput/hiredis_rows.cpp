// hiredis as it comes: what there is to reach.
#include <hiredis/hiredis.h>

#include <array>
#include <memory>

#include "row.hpp"

namespace rediscovery::bench {
namespace {

struct Free {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(void* reply) const { freeReplyObject(reply); }
};

class Connection {
 public:
  explicit Connection(const Server& server) : context_(redisConnect(server.ip.c_str(), server.port)) {
    require(context_ && context_->err == 0, "hiredis: no connection");
  }

  void append_set() {
    Set set = next();
    redisAppendCommandArgv(context_.get(), 3, set.starts.data(), set.sizes.data());
  }
  void read() {
    void* reply = nullptr;
    const bool good = redisGetReply(context_.get(), &reply) == REDIS_OK;
    check(good ? reply : nullptr);
  }
  void set() {
    Set set = next();
    check(redisCommandArgv(context_.get(), 3, set.starts.data(), set.sizes.data()));
  }

 private:
  struct Set {
    std::array<const char*, 3> starts;
    std::array<std::size_t, 3> sizes;
  };
  Set next() {
    const std::string& key = words_.next_key();
    return {{"SET", key.data(), words_.value().data()}, {3, key.size(), words_.value().size()}};
  }
  static void check(void* object) {
    const std::unique_ptr<void, Free> owner(object);
    require(object != nullptr && static_cast<redisReply*>(object)->type == REDIS_REPLY_STATUS,
            "hiredis: SET failed");
  }

  std::unique_ptr<redisContext, Free> context_;
  Words words_;
};

void pipelined(benchmark::State& state, const Server& server, int count) {
  Connection connection(server);
  for ([[maybe_unused]] auto _ : state) {
    for (int i = 0; i < count; ++i) connection.append_set();
    for (int i = 0; i < count; ++i) connection.read();
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void blocking(benchmark::State& state, const Server& server) {
  Connection connection(server);
  for ([[maybe_unused]] auto _ : state) connection.set();
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

std::vector<Row> hiredis_rows(const Server& server) {
  const auto one_at_a_time = [server](benchmark::State& state) { blocking(state, server); };
  return {
      {kManyInFlight, "hiredis, 500 written, then 500 read", 1,
       [server](benchmark::State& state) { pipelined(state, server, 500); }},
      {kOneThread, "hiredis", 1, one_at_a_time},
      {kSixteenThreads, "hiredis", 16, one_at_a_time},
  };
}

}  // namespace rediscovery::bench
