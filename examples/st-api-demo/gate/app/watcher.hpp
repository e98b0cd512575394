// A thread that waits for Consul to say that something may have changed. It says no more than that.
#pragma once

#include <string>
#include <thread>

#include "app/stop.hpp"
#include "consul/consul.hpp"

namespace st_gate {

class Watcher {
 public:
  // `path`: "/v1/health/service/NAME" or "/v1/kv/PREFIX?recurse". Wakes `stop` at each change, and after
  // Consul was away.
  Watcher(const ConsulSettings& consul, std::string path, Stop& stop);
  // Stops at once.
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  void run();
  void pause(Millis span);

  ConsulClient consul_;
  std::string path_;
  Stop& stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace st_gate
