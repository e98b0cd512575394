// Looks on while the run lasts: at the histories of the Redis nodes, and at what the processes hold.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "chaos/histories.hpp"
#include "chaos/world.hpp"

namespace rediscovery::chaos {

struct Holding {
  double seconds = 0;  // since the start
  long resident_kb = 0;
  long threads = 0;
  long descriptors = 0;
};
// Of a running process; all zero if there is none.
[[nodiscard]] Holding holding_of(pid_t process);

class Observer {
 public:
  explicit Observer(World& world);
  void stop();

  [[nodiscard]] Histories histories() const;
  // Of each writer and updater, once a second.
  [[nodiscard]] std::map<std::string, std::vector<Holding>> holdings() const;

 private:
  void watch_node(testing::Node& node, const std::stop_token& stop);
  void watch_processes(const std::stop_token& stop);

  World& world_;
  mutable std::mutex mutex_;
  Histories histories_;  // guarded by mutex_, as the other
  std::map<std::string, std::vector<Holding>> holdings_;
  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace rediscovery::chaos
