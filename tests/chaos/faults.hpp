// Lets faults happen, and ends them: one thread for each lane.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "chaos/journal.hpp"
#include "chaos/namespace.hpp"
#include "chaos/schedule.hpp"
#include "chaos/world.hpp"

namespace rediscovery::chaos {

struct Happened {
  FaultKind kind{};
  Micros began = 0;
  Micros ended = 0;
  std::string whom;     // the server's name
  std::string skipped;  // why it did not happen; empty: it did
  std::string problem;  // what did not heal; empty: all did
};

class Faults {
 public:
  // Begins at once.
  Faults(World& world, Namespace& network, const std::vector<Fault>& schedule);
  // Ends what still lasts, begins nothing new, and waits for that.
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  void stop();
  // So far; in the order of their ends.
  [[nodiscard]] std::vector<Happened> happened() const;
  // Names of the faults that last now, for people.
  [[nodiscard]] std::string present() const;

 private:
  using Heal = std::function<void()>;
  void run_lane(const std::vector<Fault>& faults, const std::stop_token& stop);
  Happened run_one(const Fault& fault, const std::stop_token& stop);
  // What is to be called to end it; throws std::runtime_error if it cannot be.
  Heal begin(const Fault& fault, Happened& note);
  Heal begin_redis(const Fault& fault, Happened& note);
  Heal begin_sentinel(const Fault& fault, Happened& note);
  Heal begin_consul(const Fault& fault, Happened& note);
  Heal begin_dns(const Fault& fault);
  Heal begin_updater(const Fault& fault, Happened& note);
  Heal cut(const std::string& one, const std::string& other);
  Heal hang(testing::Server& server);
  // False: stopped meanwhile.
  bool wait_until(std::chrono::steady_clock::time_point at, const std::stop_token& stop);

  World& world_;
  Namespace& network_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Happened> happened_;    // guarded by mutex_
  std::vector<std::string> present_;  // guarded by mutex_
  std::vector<std::jthread> lanes_;   // last: they use the others
};

}  // namespace rediscovery::chaos
