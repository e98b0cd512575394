// The core behind every way of starting the updater: read the Sentinels, read Consul, plan, apply one
// transaction, verify.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "updater/plan.hpp"
#include "updater/visibility.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater {

// A transaction that Consul has accepted.
struct Change {
  Plan plan;
  std::uint64_t index = 0;
  std::optional<Visibility> visibility;  // of the master, if the plan touches it and DNS is asked
};

// What Consul had, and when it was asked.
struct ConsulReading {
  ConsulState state;
  std::vector<core::Endpoint> endpoints;  // whose nodes were asked for
  core::TimePoint at;
};

struct ReconcileOptions {
  bool dry_run = false;             // plan only
  bool accept_epoch_reset = false;  // see make_plan()
  std::string writer;               // who, for the fence and the audit
  core::TimePoint deadline;
  // Set if the world speaks for this Sentinel: see PlanInput.
  std::optional<sentinel::Identity> observed_leader;
  // A reading from before, so that a switch that is urgent has nothing left to do but its transaction. It is
  // used once, and for nothing else: a transaction compares the fence's index with the one that was read, and
  // what it has changed is read again. Whatever else would follow from it is decided by a fresh reading.
  std::optional<ConsulReading> ahead;
  // What the report before left unconfirmed: a later reading may show that it was made.
  std::vector<Plan> unconfirmed = {};
  // Whether a change waits until DNS shows it; otherwise it is the caller's to look.
  bool awaits_visibility = true;
  // Called with what the Sentinels agree on, before anything is made of it.
  std::function<void(sentinel::Consensus&)> on_consensus = [](sentinel::Consensus&) {};
  // Called once for each change as soon as it is known to have been made, and DNS shows it or does not:
  // before the verification, which may fail.
  std::function<void(const Change&)> on_change = [](const Change&) {};
};

struct Report {
  Plan plan;                            // the last one made
  std::optional<consul::Error> error;   // why it ended early
  std::vector<consul::ErrorKind> met;   // everything Consul did not do, also what was done in the end
  std::vector<Change> changes;          // all that on_change was called for
  std::vector<Plan> unconfirmed;        // written, and still it is not known whether Consul has made them
  sentinel::Consensus consensus;        // of the last reading
  std::optional<ConsulReading> consul;  // the last one
};

// Level-triggered: what started it does not matter, only what the Sentinels say now. After a transaction
// everything is read again; it is done when there is nothing left to change. A lost race is run again, a
// bounded number of times, with jitter.
[[nodiscard]] Report reconcile(World& world, const Config& config, const MasterConfig& master,
                               const ReconcileOptions& options, core::Rng& rng);

// What reconcile() would read of Consul now.
[[nodiscard]] std::optional<ConsulReading> read_ahead(World& world, const MasterConfig& master,
                                                      core::TimePoint deadline);

// The same again and again, with backoff, while the outcome is transient and the deadline has not come.
[[nodiscard]] Report reconcile_until_done(World& world, const Config& config, const MasterConfig& master,
                                          ReconcileOptions options, core::Rng& rng);

[[nodiscard]] bool is_transient(const Report& report);

// 0: done or superseded; 1: transient, trying again makes sense; 2: a person must change something first.
[[nodiscard]] int exit_code(const Report& report);

}  // namespace rediscovery::updater
