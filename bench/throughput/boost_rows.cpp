// Boost.Redis at its fastest: one thread, callbacks, no type-erased executor, requests that keep their
// memory, answers that are not kept.
#include <boost/asio/io_context.hpp>
#include <boost/redis/connection.hpp>
#include <boost/redis/ignore.hpp>
#include <deque>

#include "row.hpp"

namespace rediscovery::bench {
namespace {

namespace asio = boost::asio;
namespace redis = boost::redis;
using boost::system::error_code;

class Client {
 public:
  explicit Client(const Server& server) {
    config_.addr = {server.ip, std::to_string(server.port)};
    config_.health_check_interval = std::chrono::seconds::zero();
    connection_.async_run(config_, redis::logger{redis::logger::level::disabled}, [](error_code) {});
  }
  ~Client() {
    connection_.cancel();
    context_.run();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // One request that holds so many commands, sent again when it is answered.
  void batches(benchmark::State& state, int count) {
    redis::request request;
    for ([[maybe_unused]] auto _ : state) {
      request.clear();
      for (int i = 0; i < count; ++i) push(request);
      bool done = false;
      connection_.async_exec(request, redis::ignore, [&](error_code error, std::size_t) {
        error_ = error;
        done = true;
      });
      while (!done) step();
    }
    state.SetItemsProcessed(state.iterations() * count);
  }

  // So many requests of one command each, all in flight; each is followed by another when it is answered.
  void requests(benchmark::State& state, int count) {
    std::deque<redis::request> slots(static_cast<std::size_t>(count));
    wanted_ = true;
    for (auto& slot : slots) send(slot);
    for ([[maybe_unused]] auto _ : state) {
      for (const auto until = answered_ + count; answered_ < until;) step();
    }
    state.SetItemsProcessed(state.iterations() * count);
    wanted_ = false;
    while (in_flight_ > 0) step();
  }

 private:
  void push(redis::request& request) { request.push("SET", words_.next_key(), words_.value()); }

  void send(redis::request& slot) {
    slot.clear();
    push(slot);
    ++in_flight_;
    connection_.async_exec(slot, redis::ignore, [this, &slot](error_code error, std::size_t) {
      if (error) error_ = error;
      --in_flight_;
      ++answered_;
      if (wanted_ && !error) send(slot);
    });
  }

  void step() {
    context_.run_one();
    require(!error_, "Boost.Redis: " + error_.message());
  }

  redis::config config_;
  asio::io_context context_{1};
  redis::basic_connection<asio::io_context::executor_type> connection_{context_};
  Words words_;
  error_code error_;
  bool wanted_ = false;
  int in_flight_ = 0;
  std::int64_t answered_ = 0;
};

Row requests_row(const std::string& group, const Server& server, int count) {
  return {group, "Boost.Redis, " + std::to_string(count) + " requests", 1,
          [server, count](benchmark::State& state) { Client(server).requests(state, count); }};
}

}  // namespace

std::vector<Row> boost_rows(const Server& server) {
  return {
      requests_row(kManyInFlight, server, 500),
      {kManyInFlight, "Boost.Redis, one request of 500 commands", 1,
       [server](benchmark::State& state) { Client(server).batches(state, 500); }},
      requests_row(kSomeInFlight, server, 16),
  };
}

}  // namespace rediscovery::bench
