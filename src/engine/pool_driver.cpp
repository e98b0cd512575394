#include "engine/pool_driver.hpp"

#include <algorithm>
#include <vector>

#include "core/overloaded.hpp"

namespace rediscovery::engine {

using core::ConnectionFsm;
using core::ConnectionId;
using core::EvidenceKind;
using core::PoolFsm;

PoolDriver::PoolDriver(PoolPort& port, const DriverPlan& plan, std::uint64_t seed, core::TimePoint now)
    : port_(port),
      plan_(plan),
      now_(now),
      discovery_(*this, plan.discovery, seed, now),
      silence_check_at_(now) {}

void PoolDriver::start(core::TimePoint now) {
  now_ = now;
  discovery_.start(now);
}

void PoolDriver::stop(core::TimePoint now) {
  now_ = now;
  discovery_.stop(now);
  // Those that were opened while the pool was closing: whoever was told of them is told of their end.
  std::vector<ConnectionId> members;
  for (const auto& [id, connection] : connections_) {
    if (connection.use == Use::member) members.push_back(id);
  }
  for (const ConnectionId id : members) discard(id, "the pool was closed", now);
}

void PoolDriver::on_lookup(Name name, const core::LookupResult& result, core::TimePoint now) {
  now_ = now;
  if (name == Name::master) work_.resolving.end(now);
  discovery_.on_lookup(name, result, now);
}

void PoolDriver::on_push(const std::vector<core::Endpoint>& endpoints, core::TimePoint now) {
  now_ = now;
  discovery_.on_push(endpoints, now);
}

void PoolDriver::on_push_lost(const std::string& problem, core::TimePoint now) {
  now_ = now;
  discovery_.on_push_lost(problem, now);
}

void PoolDriver::on_evidence(const core::MasterFsm::Evidence& evidence, core::TimePoint now) {
  now_ = now;
  discovery_.on_evidence(evidence, now);
}

void PoolDriver::on_connected(ConnectionId id, core::TimePoint now) {
  now_ = now;
  live(id, ConnectionFsm::Connected{});
}

void PoolDriver::on_greeted(ConnectionId id, const core::NodeReport& report, core::TimePoint now) {
  now_ = now;
  live(id, ConnectionFsm::Greeted{report});
}

void PoolDriver::on_answered(ConnectionId id, const core::NodeReport& report, core::TimePoint now) {
  now_ = now;
  live(id, ConnectionFsm::Answered{report});
}

void PoolDriver::on_failed(ConnectionId id, const std::string& problem, bool refused_user,
                           core::TimePoint now) {
  now_ = now;
  live(id, ConnectionFsm::Failed{problem, refused_user});
}

void PoolDriver::on_ended(ConnectionId id, core::TimePoint now) {
  now_ = now;
  live(id, ConnectionFsm::Ended{});
}

void PoolDriver::on_tick(core::TimePoint now) {
  now_ = now;
  if (now >= silence_check_at_) {
    look_for_silence();
    silence_check_at_ = port_.is_used() ? now + silence_check_interval() : core::TimePoint::max();
  }
  tick_connections();
  discovery_.on_tick(now);
  port_.pool(PoolFsm::Tick{}, 0);
}

void PoolDriver::wake(core::TimePoint now) {
  now_ = now;
  silence_check_at_ = std::min(silence_check_at_, now + silence_check_interval());
}

// A quarter: silence is noticed at most that much later than configured.
core::Duration PoolDriver::silence_check_interval() const {
  return std::max<core::Duration>(plan_.connection.silence_timeout / 4, std::chrono::milliseconds(5));
}

core::TimePoint PoolDriver::next_deadline() const {
  core::TimePoint next = std::min(discovery_.next_deadline().value_or(silence_check_at_), silence_check_at_);
  if (!due_.empty()) next = std::min(next, due_.begin()->first);
  return next;
}

// ---- a connection's life -------------------------------------------------------------------------------

ConnectionId PoolDriver::dial(Use use, const core::Endpoint& endpoint, std::uint64_t generation) {
  const ConnectionId id = ++last_id_;
  Connection connection{use, generation, ConnectionFsm(plan_.connection, endpoint, now_), now_};
  if (use != Use::standby) work_.connecting.begin(now_);
  keep_due(id, connections_.emplace(id, std::move(connection)).first->second);
  port_.dial(id, endpoint);
  return id;
}

void PoolDriver::close(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (found->second.due) due_.erase({*found->second.due, id});
  if (found->second.use != Use::standby) count_work(found->second.life.state(), ConnectionFsm::State::over);
  connections_.erase(found);
  port_.close(id);
}

void PoolDriver::live(ConnectionId id, const ConnectionFsm::Event& event) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  const ConnectionFsm::State before = connection.life.state();
  const auto action = connection.life.on(event, now_);
  if (connection.use != Use::standby) count_work(before, connection.life.state());
  keep_due(id, connection);
  if (action) perform(id, *action);  // which may close it
}

void PoolDriver::count_work(ConnectionFsm::State before, ConnectionFsm::State after) {
  if (before == after) return;
  if (before == ConnectionFsm::State::connecting) work_.connecting.end(now_);
  if (before == ConnectionFsm::State::greeting) work_.verifying.end(now_);
  if (after == ConnectionFsm::State::greeting) work_.verifying.begin(now_);
}

void PoolDriver::keep_due(ConnectionId id, Connection& connection) {
  const auto due = connection.life.next_deadline();
  if (due == connection.due) return;
  if (connection.due) due_.erase({*connection.due, id});
  if (due) due_.emplace(*due, id);
  connection.due = due;
}

void PoolDriver::tick_connections() {
  while (!due_.empty() && due_.begin()->first <= now_) {
    const ConnectionId id = due_.begin()->second;
    if (connections_.at(id).life.state() == ConnectionFsm::State::asking) {
      if (const auto since = port_.unanswered_since(id)) live(id, ConnectionFsm::Unanswered{*since});
    }
    live(id, ConnectionFsm::Tick{});
  }
}

void PoolDriver::perform(ConnectionId id, const ConnectionFsm::Action& action) {
  std::visit(core::Overloaded{
                 [&](const ConnectionFsm::Opened& opened) { this->opened(id, opened.report); },
                 [&](const ConnectionFsm::NotOpened& outcome) { not_opened(id, outcome); },
                 [&](const ConnectionFsm::SendQuestion&) { port_.ask(id); },
                 [&](const ConnectionFsm::Report& report) { reported(id, report.report); },
                 [&](const ConnectionFsm::Silent& outcome) { silent(id, outcome.problem); },
                 [&](const ConnectionFsm::Broken& outcome) { broken(id, outcome); },
                 [&](const ConnectionFsm::CutByServer&) { cut_by_server(id); },
                 [&](const ConnectionFsm::CutOff& cut) { port_.cut(id, cut.writes_only); },
             },
             action);
}

void PoolDriver::opened(ConnectionId id, const core::NodeReport& report) {
  const Connection& connection = connections_.at(id);
  const core::Endpoint endpoint = connection.life.endpoint();
  switch (connection.use) {
    case Use::verification:
      proof_ = id;
      discovery_.on_verified(endpoint, report, now_);
      if (std::exchange(proof_, std::nullopt)) close(id);
      return;
    case Use::standby:
      proof_ = id;
      discovery_.on_standby_opened(endpoint, report, now_);
      proof_.reset();
      tell_report(id, Use::standby, report);
      return;
    case Use::opening:
      admit(id, report);
      return;
    case Use::member:
      return;
  }
}

void PoolDriver::not_opened(ConnectionId id, const ConnectionFsm::NotOpened& outcome) {
  const Connection& connection = connections_.at(id);
  const core::Endpoint endpoint = connection.life.endpoint();
  switch (connection.use) {
    case Use::verification:
      close(id);
      discovery_.on_verify_failed(endpoint, outcome.problem, outcome.refused_user, now_);
      return;
    case Use::standby:
      close_standby(endpoint);
      discovery_.on_standby_failed(endpoint, outcome.problem, outcome.refused_user, now_);
      return;
    case Use::opening:
      not_admitted(id, EvidenceKind::unreachable, outcome.problem);
      return;
    case Use::member:
      return;
  }
}

void PoolDriver::reported(ConnectionId id, const core::NodeReport& report) {
  const Connection& connection = connections_.at(id);
  const core::Endpoint endpoint = connection.life.endpoint();
  if (connection.use == Use::standby) {
    proof_ = id;
    discovery_.on_standby_answered(endpoint, report, now_);
    proof_.reset();
    tell_report(id, Use::standby, report);
  } else {
    tell_report(id, Use::member, report);
    const bool healthy = report.role == core::Role::master;
    if (!healthy) {
      discovery_.on_evidence(
          {connection.generation, EvidenceKind::read_only, endpoint.to_string() + " is a replica now"}, now_);
    } else if (connection.generation == discovery_.master().generation()) {
      discovery_.on_report(report, now_);
    }
    port_.pool(PoolFsm::Checked{id, healthy}, 0);
  }
}

// A replica that lets reads go unanswered is of no use; a master may be needed all the same.
void PoolDriver::silent(ConnectionId id, const std::string& problem) {
  const Connection& connection = connections_.at(id);
  if (connection.use == Use::standby) return broken(id, {true, problem});
  discovery_.on_evidence({connection.generation, EvidenceKind::silent, problem}, now_);
}

void PoolDriver::tell_report(ConnectionId id, Use use, const core::NodeReport& report) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.use != use) return;
  if (use == Use::standby && !discovery_.is_named_replica(found->second.life.endpoint())) return;
  port_.reported(id, report);
}

void PoolDriver::broken(ConnectionId id, const ConnectionFsm::Broken& outcome) {
  const Connection& connection = connections_.at(id);
  if (connection.use == Use::standby) {
    const core::Endpoint endpoint = connection.life.endpoint();
    close_standby(endpoint);
    discovery_.on_standby_failed(endpoint, outcome.problem, false, now_);
  } else {
    const auto kind = outcome.silent ? EvidenceKind::silent : EvidenceKind::lost;
    discovery_.on_evidence({connection.generation, kind, outcome.problem}, now_);
    port_.pool(PoolFsm::Checked{id, false}, 0);
  }
}

void PoolDriver::cut_by_server(ConnectionId id) {
  const Connection& connection = connections_.at(id);
  const core::Endpoint endpoint = connection.life.endpoint();
  if (connection.use == Use::standby) {
    close_standby(endpoint);
    discovery_.on_standby_cut(endpoint, now_);
  } else {
    discovery_.on_evidence({connection.generation, EvidenceKind::lost,
                            endpoint.to_string() + ": the server closed a connection"},
                           now_);
    port_.pool(PoolFsm::Lost{id}, 0);
  }
}

// ---- members of the pool -------------------------------------------------------------------------------

void PoolDriver::connect(std::uint64_t generation, core::TimePoint now) {
  now_ = now;
  if (generation != discovery_.master().generation()) return;  // PoolFsm has forgotten it too
  dial(Use::opening, discovery_.master().master(), generation);
}

void PoolDriver::admit(ConnectionId id, const core::NodeReport& report) {
  const Connection& connection = connections_.at(id);
  const std::uint64_t generation = connection.generation;
  const auto& followed = discovery_.master();
  if (generation == followed.generation()) {
    const std::string endpoint = connection.life.endpoint().to_string();
    if (report.role != core::Role::master) {
      return not_admitted(id, EvidenceKind::read_only, endpoint + " is a replica now");
    }
    if (report.run_id != followed.report().run_id) {
      return not_admitted(id, EvidenceKind::lost, endpoint + " is another process now");
    }
    discovery_.on_report(report, now_);
  }
  join(id, generation);
  port_.pool(PoolFsm::Opened{id, generation}, generation);
}

void PoolDriver::not_admitted(ConnectionId id, EvidenceKind kind, const std::string& problem) {
  const std::uint64_t generation = connections_.at(id).generation;
  close(id);
  // The evidence first: it pauses the pool, which would otherwise try the same again at once.
  discovery_.on_evidence({generation, kind, problem}, now_);
  port_.pool(PoolFsm::ConnectFailed{generation}, 0);
}

void PoolDriver::join(ConnectionId id, std::uint64_t generation) {
  Connection& connection = connections_.at(id);
  const bool was_standby = std::exchange(connection.use, Use::member) == Use::standby;
  connection.generation = generation;
  tell(EventKind::connection_opened, connection.life.endpoint().to_string(), "",
       was_standby ? core::Duration::zero() : now_ - connection.dialled_at);
}

void PoolDriver::check(ConnectionId id, core::TimePoint now) {
  now_ = now;
  live(id, ConnectionFsm::Ask{});
}

void PoolDriver::discard(ConnectionId id, const std::string& reason, core::TimePoint now) {
  now_ = now;
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const std::string endpoint = found->second.life.endpoint().to_string();
  const core::Duration age = now_ - found->second.dialled_at;
  close(id);
  tell(EventKind::connection_closed, endpoint, reason, age);
}

void PoolDriver::retire_members(core::OldMaster old) {
  for (auto& [id, connection] : connections_) {
    // Cutting a connection closes none, so this may go on from here.
    if (connection.use == Use::member) live(id, ConnectionFsm::Retire{old});
  }
}

void PoolDriver::look_for_silence() {
  std::vector<std::pair<ConnectionId, core::TimePoint>> unanswered;
  for (const auto& [id, connection] : connections_) {
    const bool is_standby = connection.use == Use::standby && connection.life.is_open();
    if (connection.use != Use::member && !is_standby) continue;
    if (const auto since = port_.unanswered_since(id)) unanswered.emplace_back(id, *since);
  }
  for (const auto& [id, since] : unanswered) live(id, ConnectionFsm::Unanswered{since});
}

// ---- what Discovery asks for ---------------------------------------------------------------------------

void PoolDriver::start_lookup(Name name) {
  if (name == Name::master) work_.resolving.begin(now_);
  port_.start_lookup(name);
}

void PoolDriver::cancel_lookup(Name name) {
  if (name == Name::master) work_.resolving.end(now_);
  port_.cancel_lookup(name);
}

void PoolDriver::verify(const core::Endpoint& endpoint) { dial(Use::verification, endpoint, 0); }

void PoolDriver::dial_standby(const core::Endpoint& endpoint) {
  standbys_[endpoint] = dial(Use::standby, endpoint, 0);
}

void PoolDriver::ask_standby(const core::Endpoint& endpoint) {
  if (const auto found = standbys_.find(endpoint); found != standbys_.end()) {
    live(found->second, ConnectionFsm::Ask{});
  }
}

void PoolDriver::close_standby(const core::Endpoint& endpoint) {
  const auto found = standbys_.find(endpoint);
  if (found == standbys_.end()) return;
  const ConnectionId id = found->second;
  standbys_.erase(found);
  close(id);
}

void PoolDriver::suspected() { port_.pool(PoolFsm::Suspended{}, 0); }

void PoolDriver::confirmed() {
  const ConnectionId id = *std::exchange(proof_, std::nullopt);
  const std::uint64_t generation = discovery_.master().generation();
  join(id, generation);
  port_.pool(PoolFsm::Confirmed{id}, generation);
  tell_report(id, Use::member, discovery_.master().report());
}

void PoolDriver::adopted(const core::MasterFsm::Adopt& adoption) {
  const ConnectionId id = *std::exchange(proof_, std::nullopt);
  // A standby there is either this very connection, or not needed any more.
  if (const auto found = standbys_.find(adoption.endpoint); found != standbys_.end()) {
    const ConnectionId standby = found->second;
    standbys_.erase(found);
    if (standby != id) close(standby);
  }
  // The old connections first: once the pool serves the new master, none of their writes may look
  // acknowledged.
  retire_members(adoption.old);
  join(id, adoption.generation);
  port_.pool(PoolFsm::Adopted{adoption.generation, id}, adoption.generation);
  tell_report(id, Use::member, discovery_.master().report());
}

void PoolDriver::user_refused(const std::string& problem) {
  port_.pool(PoolFsm::Refused{Error(ErrorCode::authentication, Executed::no, problem)}, 0);
}

void PoolDriver::tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                      core::Duration took) {
  port_.tell(kind, endpoint, reason, took);
}

}  // namespace rediscovery::engine
