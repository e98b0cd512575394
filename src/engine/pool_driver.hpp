// Everything a pool's background decides, without doing any of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/connection_fsm.hpp"
#include "core/pool_fsm.hpp"
#include "core/work.hpp"
#include "engine/discovery.hpp"

namespace rediscovery::engine {

// The world as PoolDriver needs it: names, connections, and the pool's other half. Answers come through
// PoolDriver's on_…() functions, never from inside these calls.
class PoolPort {
 public:
  virtual ~PoolPort() = default;

  virtual void start_lookup(Name name) = 0;
  virtual void cancel_lookup(Name name) = 0;

  // Connect and shake hands; comes back with on_connected() and on_greeted(), or on_failed(). From
  // on_greeted() on, the connection is watched, and its end by the server's hand comes as on_ended(). Nothing
  // is timed here: PoolDriver closes what takes too long.
  virtual void dial(core::ConnectionId id, const core::Endpoint& endpoint) = 0;
  // ROLE and INFO on an idle connection; comes back with on_answered(), on_failed() or on_ended().
  virtual void ask(core::ConnectionId id) = 0;
  // The node's history is followed no more: no success that it reports to a write from now on is passed on as
  // such. Unless `writes_only`, the caller who waits on it, if any, is woken. (Where the history goes on at
  // another address, and the time for draining is over, what comes in that very moment is in doubt without
  // need.)
  virtual void cut(core::ConnectionId id, bool writes_only) = 0;
  // Nothing more is to be heard of it, also if it is being dialled.
  virtual void close(core::ConnectionId id) = 0;
  // Since when something asked on it, member or standby, has been unanswered and nothing was heard of the
  // server there; nullopt: no caller waits for an answer, or it is not open yet.
  [[nodiscard]] virtual std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const = 0;
  // Whether a caller has, or had since the last time this was asked, a connection. If not, the next one to
  // get one is announced by PoolDriver::wake().
  [[nodiscard]] virtual bool is_used() = 0;

  // What a node has said of itself just now, on a member of the pool, or on a standby at a named replica.
  virtual void reported(core::ConnectionId id, const core::NodeReport& report) = 0;

  // For PoolFsm. With Adopted, Confirmed and Opened, the connection joins the pool under its generation.
  virtual void pool(const core::PoolFsm::Event& event, std::uint64_t generation) = 0;
  virtual void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                    core::Duration took) = 0;
};

struct DriverPlan {
  DiscoveryPlan discovery;
  core::ConnectionPolicy connection;
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
  void on_connected(core::ConnectionId id, core::TimePoint now);
  void on_greeted(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now);
  void on_answered(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now);
  void on_failed(core::ConnectionId id, const std::string& problem, bool refused_user, core::TimePoint now);
  void on_ended(core::ConnectionId id, core::TimePoint now);
  void on_tick(core::TimePoint now);
  // When to call on_tick() at the latest.
  [[nodiscard]] core::TimePoint next_deadline() const;

  // Somebody uses a connection again: see PoolPort::is_used().
  void wake(core::TimePoint now);

  // What PoolFsm decides.
  void connect(std::uint64_t generation, core::TimePoint now);
  void check(core::ConnectionId id, core::TimePoint now);
  void discard(core::ConnectionId id, const std::string& reason, core::TimePoint now);
  // What callers report.
  void on_evidence(const core::MasterFsm::Evidence& evidence, core::TimePoint now);

  [[nodiscard]] const Discovery& discovery() const { return discovery_; }
  [[nodiscard]] const core::Work& work() const { return work_; }

 private:
  enum class Use : std::uint8_t { verification, standby, opening, member };
  struct Connection {
    Use use;
    std::uint64_t generation;  // opening, member
    core::ConnectionFsm life;
    core::TimePoint dialled_at;
    std::optional<core::TimePoint> due = std::nullopt;  // as it stands in due_
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
  // An event in a connection's life, and what follows from it. Nothing follows if it is gone.
  void live(core::ConnectionId id, const core::ConnectionFsm::Event& event);
  void perform(core::ConnectionId id, const core::ConnectionFsm::Action& action);
  void count_work(core::ConnectionFsm::State before, core::ConnectionFsm::State after);
  void keep_due(core::ConnectionId id, Connection& connection);

  void opened(core::ConnectionId id, const core::NodeReport& report);
  void not_opened(core::ConnectionId id, const core::ConnectionFsm::NotOpened& outcome);
  void reported(core::ConnectionId id, const core::NodeReport& report);
  void silent(core::ConnectionId id, const std::string& problem);
  // If it still is what the report was asked for as; and a standby's only if it may be read from.
  void tell_report(core::ConnectionId id, Use use, const core::NodeReport& report);
  void broken(core::ConnectionId id, const core::ConnectionFsm::Broken& outcome);
  void cut_by_server(core::ConnectionId id);

  void admit(core::ConnectionId id, const core::NodeReport& report);
  void not_admitted(core::ConnectionId id, core::EvidenceKind kind, const std::string& problem);
  void join(core::ConnectionId id, std::uint64_t generation);
  void retire_members(core::OldMaster old);
  void look_for_silence();
  [[nodiscard]] core::Duration silence_check_interval() const;
  void tick_connections();

  PoolPort& port_;
  const DriverPlan plan_;
  core::TimePoint now_;  // of the event that is being handled
  Discovery discovery_;
  core::ConnectionId last_id_ = 0;
  std::map<core::ConnectionId, Connection> connections_;
  std::set<std::pair<core::TimePoint, core::ConnectionId>> due_;  // the connections' deadlines
  std::map<core::Endpoint, core::ConnectionId> standbys_;
  core::Work work_;
  // Moved by checking alone: no event may put it off. Never while nobody uses a connection.
  core::TimePoint silence_check_at_;
  std::optional<core::ConnectionId> proof_;  // the connection whose report Discovery is judging
};

}  // namespace rediscovery::engine
