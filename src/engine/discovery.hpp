// Finding and following the master: the look-up and the choice, put together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <rediscovery/event.hpp>

#include "core/master_fsm.hpp"
#include "core/resolve_fsm.hpp"

namespace rediscovery::engine {

// What Discovery asks of the world around it. Answers come through Discovery's on_…() functions, never from
// inside these calls.
class DiscoveryPort {
 public:
  virtual ~DiscoveryPort() = default;

  virtual void start_lookup() = 0;
  virtual void cancel_lookup() = 0;
  // Connect, shake hands, and come back with on_verified() or on_verify_failed().
  virtual void verify(const core::Endpoint& endpoint) = 0;

  // Hand out no connection until confirmed() or adopted().
  virtual void suspected() = 0;
  // Both are called from inside on_verified(), about the connection that was verified. If neither is, that
  // connection is not wanted.
  virtual void confirmed() = 0;
  virtual void adopted(const core::MasterFsm::Adopt& adoption) = 0;
  // A node refuses our credentials while no master is known to be healthy.
  virtual void user_refused(const std::string& problem) = 0;
  virtual void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                    core::Duration took) = 0;
};

// Runs ResolveFsm and MasterFsm against a port. One thread; no clock, no I/O: time is an argument.
class Discovery {
 public:
  // With `fixed`, that endpoint is the only candidate and nothing is ever looked up.
  Discovery(DiscoveryPort& port, const core::ResolvePolicy& policy, std::optional<core::Endpoint> fixed,
            std::uint64_t seed, core::TimePoint now);

  void start(core::TimePoint now);
  void stop(core::TimePoint now);

  void on_lookup(const core::LookupResult& result, core::TimePoint now);
  void on_verified(const core::Endpoint& endpoint, const core::NodeReport& report, core::TimePoint now);
  void on_verify_failed(const core::Endpoint& endpoint, const std::string& problem, bool refused_user,
                        core::TimePoint now);
  void on_evidence(const core::MasterFsm::Evidence& evidence, core::TimePoint now);
  void on_tick(core::TimePoint now);
  // When to call on_tick(); nullopt: nothing to wait for.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const;

  [[nodiscard]] const core::MasterFsm& master() const { return master_; }
  // The last thing that went wrong since the master was last known to be healthy, for error messages.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  void resolve(const core::ResolveFsm::Event& event, core::TimePoint now);
  void decide(const core::MasterFsm::Event& event, core::TimePoint now);
  void perform(const core::MasterFsm::Action& action);
  void complain(EventKind kind, const std::string& endpoint, const std::string& reason);

  DiscoveryPort& port_;
  std::optional<core::Endpoint> fixed_;
  core::Rng rng_;
  core::ResolveFsm resolve_;
  core::MasterFsm master_;
  std::string trouble_;
  // The last complaint about each endpoint: the same one, every few milliseconds, is told once.
  std::map<std::string, std::string> complaints_;
};

}  // namespace rediscovery::engine
