// One run: a world, its pools and their callers, faults for a while, then peace, and the final account.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/back.hpp"
#include "sim/faults.hpp"
#include "sim/ledger.hpp"
#include "sim/sentinel.hpp"
#include "sim/settings.hpp"

namespace rediscovery::sim {

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Settings& settings);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // The whole story; false if an invariant did not hold.
  bool run();

  // ---- the same in pieces, for a test that stages its own story -------------------------------------------
  void start();
  // Runs until that much time has passed, or something is violated.
  void pass(Duration time);
  // Commands arrive at every pool from now on, until `stop_load()`.
  void start_load();
  void stop_load() { is_loading_ = false; }
  // Waits until Sentinel and Consul agree and the pools have had their time; checks that all of them serve.
  void settle();
  // Closes the pools and checks that everybody got an answer.
  void close();

  // REQUIRES: the simulation outlives the references.
  Context& context() { return context_; }
  Cluster& cluster() { return cluster_; }
  Network& network() { return network_; }
  Names& names() { return names_; }
  Sentinel& sentinel() { return sentinel_; }
  Ledger& ledger() { return ledger_; }
  Faults& faults() { return faults_; }
  Back& pool(PoolIndex index = 0) { return *pools_.at(index); }
  [[nodiscard]] const core::MasterFsm& master_of(PoolIndex index = 0) const;

 private:
  void arrive(PoolIndex pool, std::size_t left);
  [[nodiscard]] bool follows(PoolIndex index) const;
  [[nodiscard]] bool all_follow() const;
  // Sends commands through every pool; whether all of them were served, by the true master.
  bool probe();
  // The same with a read, for the pools that are to read from replicas, of which there are some.
  bool probe_reads();
  [[nodiscard]] bool reads_from_replicas(PoolIndex index) const;
  // Publishes something at the true master; whether all subscribers of the pools that follow it hear it.
  bool probe_subscriptions();
  void complain();
  void check_follows(PoolIndex index);

  Context context_;
  const Settings settings_;
  Cluster cluster_;
  Network network_;
  Names names_;
  Sentinel sentinel_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Back>> pools_;
  Faults faults_;
  bool is_loading_ = false;
};

}  // namespace rediscovery::sim
