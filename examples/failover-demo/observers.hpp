// Threads that look at the servers from outside, independently of the library, and note what happens.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "moment.hpp"
#include "stage.hpp"

namespace rediscovery::demo {

class Observers {
 public:
  // Both must outlive this. Returns when all are watching.
  Observers(Stage& stage, Moments& moments);

  // Consul's DNS names this address now: for the one who has moved the name, and knows it best.
  void note_name(const std::string& ip);

 private:
  // `watch` on a thread of its own. What it throws is told instead of ending the demo.
  void start(std::function<void(const std::stop_token&)> watch);
  void watch_role(const std::stop_token& stop, const testing::Node& node, std::string role);
  void note_role(const testing::Node& node, const std::string& role, Clock::time_point at,
                 Clock::duration late_by);
  // `connection` is subscribed already.
  void watch_sentinel(const std::stop_token& stop, testing::RedisConnection& connection);
  void watch_name(const std::stop_token& stop);
  void watch_pool(const std::stop_token& stop);

  Stage& stage_;
  Moments& moments_;
  std::vector<std::jthread> threads_;  // last: they use the above
};

}  // namespace rediscovery::demo
