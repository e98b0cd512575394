// Watch DNS for what has been written, while whoever wrote it goes on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "core/rng.hpp"
#include "updater/reconcile.hpp"

namespace rediscovery::updater {

// A DNS server that is dead takes three quarters of a second for each change, in which another master may
// fail. One thread for each change that is being watched: there are few, and not for long.
class Witnesses {
 public:
  // With the change's visibility filled in; on any thread, once for each change.
  using Done = std::function<void(const Change& change, const std::string& trigger)>;

  // `config` must outlive this. `stop_fd` becoming readable ends the watching, and what was not seen by then
  // is done all the same.
  Witnesses(const Config& config, int stop_fd, std::uint64_t seed, Done done);
  // Waits for all.
  ~Witnesses();
  Witnesses(const Witnesses&) = delete;
  Witnesses& operator=(const Witnesses&) = delete;

  // Returns at once, unless too many are under way. One thread.
  void watch(Change change, std::string trigger);

 private:
  struct Watch {
    std::atomic<bool> over{false};
    std::thread thread;
  };

  const Config& config_;
  int stop_fd_;
  core::Rng rng_;
  Done done_;
  std::list<Watch> watches_;  // the oldest first
};

}  // namespace rediscovery::updater
