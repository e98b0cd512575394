// The threads that listen to Sentinels, one for each.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "core/endpoint.hpp"
#include "core/rng.hpp"
#include "updater/stop_signal.hpp"

namespace rediscovery::updater {

// One thread at a time.
class Listeners {
 public:
  // Listens to one Sentinel until the descriptor becomes readable; on a thread of its own.
  using Listen = std::function<void(const core::Endpoint& sentinel, std::uint64_t seed, int stop_fd)>;

  Listeners(Listen listen, std::uint64_t seed) : listen_(std::move(listen)), rng_(seed) {}
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // Begins with those that are new and ends with those that are not named any more; returns what it ended.
  // Whom it goes on listening to loses no event.
  std::vector<core::Endpoint> follow(const std::vector<core::Endpoint>& sentinels);

 private:
  struct Listener {
    StopSignal stop;
    std::thread thread;
  };

  // All at once, so that they end side by side.
  static void end(std::vector<std::unique_ptr<Listener>> listeners);

  const Listen listen_;
  core::Rng rng_;
  std::map<core::Endpoint, std::unique_ptr<Listener>> listeners_;
};

}  // namespace rediscovery::updater
