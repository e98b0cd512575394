// Ctrl-C, as something that can be asked for.
#pragma once

#include <atomic>

namespace rediscovery::demo {

// Create one, before the first thread. SIGINT, SIGTERM and SIGHUP are then no more than a request to stop,
// for the program to take everything down in order. The second one ends it at once; the servers are taken
// down all the same, by the keeper.
class StopRequest {
 public:
  StopRequest();
  [[nodiscard]] bool made() const { return *made_; }

 private:
  std::atomic<bool>* made_;  // for the waiting thread, which lives as long as the process
};

}  // namespace rediscovery::demo
