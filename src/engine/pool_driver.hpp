// Everything a pool's background decides, without doing any of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/pool_fsm.hpp"
#include "engine/discovery.hpp"

namespace rediscovery::engine {

// The world as PoolDriver needs it: names, connections, and the pool's other half. Answers come through
// PoolDriver's on_…() functions, never from inside these calls.
class PoolPort {
 public:
  virtual ~PoolPort() = default;

  virtual void start_lookup(Name name) = 0;
  virtual void cancel_lookup(Name name) = 0;

  // Connect and shake hands; comes back with on_dialled() or on_dial_failed(). From on_dialled() on, the
  // connection is watched, and its end by the server's hand comes as on_ended().
  virtual void dial(core::ConnectionId id, const core::Endpoint& endpoint) = 0;
  // ROLE and INFO on an idle connection; comes back with on_answered() or on_no_answer().
  virtual void ask(core::ConnectionId id) = 0;
  // Nothing more is to be heard of it, also if it is being dialled.
  virtual void close(core::ConnectionId id) = 0;
  // The question asked on it has been open for too long: comes back with on_no_answer().
  virtual void give_up_asking(core::ConnectionId id) = 0;
  // Connections with a command or question that has been unanswered since before `limit`.
  [[nodiscard]] virtual std::vector<core::ConnectionId> silent_since(core::TimePoint limit) = 0;

  // For PoolFsm. With Adopted, Confirmed and Opened, the connection joins the pool under its generation.
  virtual void pool(const core::PoolFsm::Event& event, std::uint64_t generation) = 0;
  virtual void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                    core::Duration took) = 0;
};

struct DriverPlan {
  DiscoveryPlan discovery;
  // A command unanswered for this long is evidence that the master hangs.
  core::Duration silence_timeout = std::chrono::milliseconds(500);
};

// Runs Discovery, and takes every connection from its dial to its end: as the proof of a verification, as a
// standby, as a member of the pool. One thread; no clock, no I/O: time is an argument. The simulation drives
// exactly this.
class PoolDriver : private DiscoveryPort {
 public:
  PoolDriver(PoolPort& port, const DriverPlan& plan, std::uint64_t seed, core::TimePoint now);

  void start(core::TimePoint now);
  void stop(core::TimePoint now);

  void on_lookup(Name name, const core::LookupResult& result, core::TimePoint now);
  void on_push(const std::vector<core::Endpoint>& endpoints, core::TimePoint now);
  void on_push_lost(const std::string& problem, core::TimePoint now);
  void on_dialled(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now);
  void on_dial_failed(core::ConnectionId id, const std::string& problem, bool refused_user,
                      core::TimePoint now);
  void on_ended(core::ConnectionId id, core::TimePoint now);
  void on_answered(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now);
  void on_no_answer(core::ConnectionId id, const std::string& problem, bool timed_out, core::TimePoint now);
  void on_tick(core::TimePoint now);
  // When to call on_tick() at the latest.
  [[nodiscard]] core::TimePoint next_deadline() const;

  // What PoolFsm decides.
  void connect(std::uint64_t generation);
  void check(core::ConnectionId id);
  void discard(core::ConnectionId id, const std::string& reason);
  // What callers report.
  void on_evidence(const core::MasterFsm::Evidence& evidence, core::TimePoint now);

  // Whether the outcome of this dial still means something.
  [[nodiscard]] bool is_wanted(core::ConnectionId id) const { return connections_.contains(id); }
  [[nodiscard]] const Discovery& discovery() const { return discovery_; }

 private:
  enum class Use : std::uint8_t { verification, standby, opening, member };
  struct Connection {
    Use use;
    core::Endpoint endpoint;
    std::uint64_t generation = 0;  // opening, member
    bool reported_as_silent = false;
  };

  // DiscoveryPort
  void start_lookup(Name name) override;
  void cancel_lookup(Name name) override;
  void verify(const core::Endpoint& endpoint) override;
  void dial_standby(const core::Endpoint& endpoint) override;
  void ask_standby(const core::Endpoint& endpoint) override;
  void close_standby(const core::Endpoint& endpoint) override;
  void suspected() override;
  void confirmed() override;
  void adopted(const core::MasterFsm::Adopt& adoption) override;
  void user_refused(const std::string& problem) override;
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
            core::Duration took) override;

  core::ConnectionId dial(Use use, const core::Endpoint& endpoint, std::uint64_t generation);
  void close(core::ConnectionId id);
  void join(core::ConnectionId id, std::uint64_t generation);
  void opened(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now);
  void not_opened(core::ConnectionId id, core::EvidenceKind kind, const std::string& problem,
                  core::TimePoint now);
  void report_silence(core::TimePoint now);

  PoolPort& port_;
  const DriverPlan plan_;
  Discovery discovery_;
  core::ConnectionId last_id_ = 0;
  std::unordered_map<core::ConnectionId, Connection> connections_;
  std::map<core::Endpoint, core::ConnectionId> standbys_;
  core::TimePoint silence_check_at_;  // moved by checking alone: no event may put it off
  std::optional<core::ConnectionId> proof_;  // the connection whose report Discovery is judging
};

}  // namespace rediscovery::engine
