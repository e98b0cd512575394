// Finding and following the master: the look-up and the choice, put together.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rediscovery/event.hpp>

#include "core/master_fsm.hpp"
#include "core/network.hpp"
#include "core/peers.hpp"
#include "core/resolve_fsm.hpp"
#include "core/standby_fsm.hpp"

namespace rediscovery::engine {

// The two names that are looked up.
enum class Name : std::uint8_t { master, replicas };

// What Discovery asks of the world around it. Answers come through Discovery's on_…() functions, never from
// inside these calls.
class DiscoveryPort {
 public:
  virtual ~DiscoveryPort() = default;

  virtual void start_lookup(Name name) = 0;
  virtual void cancel_lookup(Name name) = 0;
  // Connect, shake hands, and come back with on_verified() or on_verify_failed().
  virtual void verify(const core::Endpoint& endpoint) = 0;

  // The same for a standby, with on_standby_…(); the connection is kept, and watched for its end.
  virtual void dial_standby(const core::Endpoint& endpoint) = 0;
  // ROLE and INFO on the standby's connection; comes back with on_standby_answered() or on_standby_failed().
  virtual void ask_standby(const core::Endpoint& endpoint) = 0;
  // Nothing more is to be heard of it, also if it is being dialled.
  virtual void close_standby(const core::Endpoint& endpoint) = 0;

  // Hand out no connection until confirmed() or adopted().
  virtual void suspected() = 0;
  // Called from inside on_verified(), about the connection that was verified. If neither this nor adopted()
  // is, that connection is not wanted.
  virtual void confirmed() = 0;
  // The same; from inside on_standby_opened() and on_standby_answered() it is about the standby's connection.
  virtual void adopted(const core::MasterFsm::Adopt& adoption) = 0;
  // A node refuses our credentials while no master is known to be healthy.
  virtual void user_refused(const std::string& problem) = 0;
  virtual void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                    core::Duration took) = 0;
};

struct DiscoveryPlan {
  core::ResolvePolicy resolve;
  core::MasterPolicy master;
  core::StandbyPolicy standby;
  std::vector<core::Endpoint> fixed_masters;   // if any, the master is one of these and no name is looked up
  std::vector<core::Endpoint> fixed_replicas;  // the same for the standbys
  bool has_replicas = false;                   // whether there is anything to look replicas up by
  std::vector<core::Network> allowed;          // if any, answers outside of these are ignored
};

// Runs ResolveFsm, MasterFsm and StandbyFsm against a port. One thread; no clock, no I/O: time is an
// argument.
class Discovery {
 public:
  Discovery(DiscoveryPort& port, const DiscoveryPlan& plan, std::uint64_t seed, core::TimePoint now);

  void start(core::TimePoint now);
  void stop(core::TimePoint now);

  void on_lookup(Name name, const core::LookupResult& result, core::TimePoint now);
  // A push: what the master's name stands for since a moment ago.
  void on_push(const std::vector<core::Endpoint>& endpoints, core::TimePoint now);
  // No push will come for a while: what the last one said does not count any more.
  void on_push_lost(const std::string& problem, core::TimePoint now);
  void on_verified(const core::Endpoint& endpoint, const core::NodeReport& report, core::TimePoint now);
  void on_verify_failed(const core::Endpoint& endpoint, const std::string& problem, bool refused_user,
                        core::TimePoint now);
  void on_standby_opened(const core::Endpoint& endpoint, const core::NodeReport& report, core::TimePoint now);
  void on_standby_answered(const core::Endpoint& endpoint, const core::NodeReport& report,
                           core::TimePoint now);
  void on_standby_failed(const core::Endpoint& endpoint, const std::string& problem, bool refused_user,
                         core::TimePoint now);
  // The server has ended a standby's connection.
  void on_standby_cut(const core::Endpoint& endpoint, core::TimePoint now);
  // What the followed master has said of itself on a connection of the pool.
  void on_report(const core::NodeReport& report, core::TimePoint now);
  void on_evidence(const core::MasterFsm::Evidence& evidence, core::TimePoint now);
  void on_tick(core::TimePoint now);
  // When to call on_tick(); nullopt: nothing to wait for.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const;

  [[nodiscard]] const core::MasterFsm& master() const { return master_; }
  [[nodiscard]] const core::StandbyFsm& standbys() const { return standby_; }
  // Whether the replicas' name, or what is configured in its place, lists it. Not every standby is: some are
  // kept on the master's word, for its successor's sake, and nobody is to read from those.
  [[nodiscard]] bool is_named_replica(const core::Endpoint& endpoint) const;
  // The last thing that went wrong since the master was last known to be healthy, for error messages.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  void resolve(Name name, const core::ResolveFsm::Event& event, core::TimePoint now);
  void published(Name name, const core::ResolveFsm::Publish& publish, core::TimePoint now);
  void decide(const core::MasterFsm::Event& event, core::TimePoint now);
  void perform(const core::MasterFsm::Action& action, core::TimePoint now);
  void replicas_named(const std::vector<core::Endpoint>& endpoints, core::TimePoint now);
  [[nodiscard]] bool believes_peers() const;
  // What a standby's node has said of itself.
  void heard(const core::Endpoint& endpoint, const core::NodeReport& report, core::TimePoint now);
  void ask_peers(core::TimePoint now);
  void leave_peers(core::TimePoint now);
  // Where a standby is to be: at the named replicas, and at the master's peers.
  [[nodiscard]] std::vector<core::Endpoint> wanted_standbys(core::TimePoint now) const;
  void name_standbys(core::TimePoint now);
  void stand_by(const core::StandbyFsm::Event& event, core::TimePoint now);
  void complain(EventKind kind, const std::string& about, const std::string& reason,
                core::Duration took = {});
  core::LookupResult without_forbidden(const core::LookupResult& result) const;
  core::NodeReport without_forbidden(const core::NodeReport& report) const;

  DiscoveryPort& port_;
  const DiscoveryPlan plan_;
  core::Rng rng_;
  core::ResolveFsm resolve_master_;
  core::ResolveFsm resolve_replicas_;
  core::MasterFsm master_;
  core::StandbyFsm standby_;
  core::Peers peers_;
  std::vector<core::Endpoint> asked_peers_;  // since the master is suspect
  std::vector<core::Endpoint> named_replicas_;
  std::array<core::TimePoint, 2> asked_at_{};  // the look-up under way, by Name
  std::string trouble_;
  // The last complaint about each endpoint or name: the same one, every few milliseconds, is told once.
  std::map<std::string, std::string> complaints_;
  // The same of the standbys that refuse our user, until they do not: whatever becomes of the master.
  std::map<core::Endpoint, std::string> refused_by_;
};

}  // namespace rediscovery::engine
