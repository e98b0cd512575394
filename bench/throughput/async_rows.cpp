// AsyncClient on a loop of the application's: no thread but the one that measures.
#include <uv.h>

#include <chrono>

#include <rediscovery/async_client.hpp>

#include "row.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

class Client {
 public:
  explicit Client(const Server& server) {
    uv_loop_init(&loop_);
    Options options;
    options.master = server.ip + ":" + std::to_string(server.port);
    client_.emplace(options, &loop_);
  }
  ~Client() {
    client_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // So many commands, all in flight; each is followed by another when it is answered.
  void commands(benchmark::State& state, int count) {
    wanted_ = true;
    for (int i = 0; i < count; ++i) send();
    for ([[maybe_unused]] auto _ : state) {
      for (const auto until = answered_ + count; answered_ < until;) step();
    }
    state.SetItemsProcessed(state.iterations() * count);
    wanted_ = false;
    while (in_flight_ > 0) step();
  }

 private:
  void send() {
    ++in_flight_;
    client_->execute({"SET", words_.next_key(), words_.value()}, 10s, [this](const Result<Reply>& reply) {
      failed_ = failed_ || !reply;
      --in_flight_;
      ++answered_;
      if (wanted_ && !failed_) send();
    });
  }

  void step() {
    uv_run(&loop_, UV_RUN_ONCE);
    require(!failed_, "AsyncClient: SET failed");
  }

  uv_loop_t loop_{};
  std::optional<AsyncClient> client_;
  Words words_;
  bool failed_ = false;
  bool wanted_ = false;
  int in_flight_ = 0;
  std::int64_t answered_ = 0;
};

Row row(const std::string& group, const Server& server, int count) {
  return {group, "AsyncClient", 1,
          [server, count](benchmark::State& state) { Client(server).commands(state, count); }};
}

}  // namespace

std::vector<Row> async_rows(const Server& server) {
  return {row(kManyInFlight, server, 500), row(kSomeInFlight, server, 16)};
}

}  // namespace rediscovery::bench
