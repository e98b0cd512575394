// The second lane: a client of the same name, made as most are made, without the library.
//
// It is meant to be fair: a careful use of a plain Redis client on a DNS name.
// - A small pool of connections (as many as the library's pool has at most), each of which resolves the name
//   when it connects. A request that finds none free waits for one, up to its deadline of 3 s: st-api's.
// - Time-outs of 1 s for a DNS answer (asked twice), for connecting and for each command: not the infinite
//   ones that several libraries begin with.
// - An error is the caller's: the request fails, nothing is tried again. The connection is closed, and the
//   next request opens a new one, so resolves the name again.
// - The same after READONLY, by which a demoted master gives itself away. Many clients keep such a connection
//   for ever.
// Each request does what st-api does for one: it looks up the purchase, writes a session, and keeps the
// history.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "live/lane_meter.hpp"
#include "support/redis_connection.hpp"

namespace rediscovery::demo::live {

class PlainClient {
 public:
  struct Settings {
    std::string name;  // the master's
    std::string dns_ip;
    std::uint16_t dns_port = 53;
    std::vector<std::pair<std::string, std::string>> purchases;  // user and film, requested in turn
    int rate = 1;
    Clock::time_point start;  // when the first request is due
    std::size_t connections = 16;
    std::chrono::seconds session_lifetime{60};  // as st-api is told on the page
  };

  // Begins at once. `meter` must outlive this.
  PlainClient(Settings settings, LaneMeter& meter);
  ~PlainClient();
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

 private:
  struct Request {
    std::size_t number = 0;
    Clock::time_point due;
  };
  using Connection = std::optional<testing::RedisConnection>;

  void send_all(const std::stop_token& stop);
  void serve_all(const std::stop_token& stop);
  [[nodiscard]] Ended serve(const Request& request, Connection& connection) const;
  void write(const Request& request, Connection& connection, bool& in_doubt) const;
  [[nodiscard]] testing::RedisConnection connect(Clock::time_point deadline) const;
  [[nodiscard]] std::string resolve(Clock::time_point deadline) const;

  const Settings settings_;
  LaneMeter& meter_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Request> waiting_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace rediscovery::demo::live
