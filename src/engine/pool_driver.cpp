#include "engine/pool_driver.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::engine {

using core::ConnectionId;
using core::EvidenceKind;
using core::PoolFsm;

PoolDriver::PoolDriver(PoolPort& port, const DriverPlan& plan, std::uint64_t seed, core::TimePoint now)
    : port_(port), plan_(plan), discovery_(*this, plan.discovery, seed, now), silence_check_at_(now) {}

void PoolDriver::start(core::TimePoint now) { discovery_.start(now); }

void PoolDriver::stop(core::TimePoint now) { discovery_.stop(now); }

void PoolDriver::on_lookup(Name name, const core::LookupResult& result, core::TimePoint now) {
  discovery_.on_lookup(name, result, now);
}

void PoolDriver::on_push(const std::vector<core::Endpoint>& endpoints, core::TimePoint now) {
  discovery_.on_push(endpoints, now);
}

void PoolDriver::on_push_lost(const std::string& problem, core::TimePoint now) {
  discovery_.on_push_lost(problem, now);
}

void PoolDriver::on_tick(core::TimePoint now) {
  if (now >= silence_check_at_) {
    report_silence(now);
    // A quarter: silence is noticed at most that much later than configured.
    silence_check_at_ =
        now + std::max<core::Duration>(plan_.silence_timeout / 4, std::chrono::milliseconds(5));
  }
  discovery_.on_tick(now);
  port_.pool(PoolFsm::Tick{}, 0);
}

core::TimePoint PoolDriver::next_deadline() const {
  return std::min(discovery_.next_deadline().value_or(silence_check_at_), silence_check_at_);
}

// ---- what comes of a connection ------------------------------------------------------------------------

ConnectionId PoolDriver::dial(Use use, const core::Endpoint& endpoint, std::uint64_t generation) {
  const ConnectionId id = ++last_id_;
  connections_.emplace(id, Connection{use, endpoint, generation});
  port_.dial(id, endpoint);
  return id;
}

void PoolDriver::close(ConnectionId id) {
  connections_.erase(id);
  port_.close(id);
}

void PoolDriver::on_dialled(ConnectionId id, const core::NodeReport& report, core::TimePoint now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const core::Endpoint endpoint = found->second.endpoint;
  switch (found->second.use) {
    case Use::verification:
      proof_ = id;
      discovery_.on_verified(endpoint, report, now);
      if (std::exchange(proof_, std::nullopt)) close(id);
      return;
    case Use::standby:
      proof_ = id;
      discovery_.on_standby_opened(endpoint, report, now);
      proof_.reset();
      return;
    case Use::opening:
      opened(id, report, now);
      return;
    case Use::member:
      return;
  }
}

void PoolDriver::on_dial_failed(ConnectionId id, const std::string& problem, bool refused_user,
                                core::TimePoint now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const core::Endpoint endpoint = found->second.endpoint;
  switch (found->second.use) {
    case Use::verification:
      close(id);
      discovery_.on_verify_failed(endpoint, problem, refused_user, now);
      return;
    case Use::standby:
      standbys_.erase(endpoint);
      close(id);
      discovery_.on_standby_failed(endpoint, now);
      return;
    case Use::opening:
      not_opened(id, EvidenceKind::unreachable, problem, now);
      return;
    case Use::member:
      return;
  }
}

void PoolDriver::on_ended(ConnectionId id, core::TimePoint now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection connection = found->second;
  if (connection.use == Use::standby) {
    standbys_.erase(connection.endpoint);
    close(id);
    discovery_.on_standby_cut(connection.endpoint, now);
  } else if (connection.use == Use::member) {
    discovery_.on_evidence({connection.generation, EvidenceKind::lost,
                            connection.endpoint.to_string() + ": the server closed a connection"},
                           now);
    port_.pool(PoolFsm::Lost{id}, 0);
  }
}

void PoolDriver::on_answered(ConnectionId id, const core::NodeReport& report, core::TimePoint now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection connection = found->second;
  if (connection.use == Use::standby) {
    proof_ = id;
    discovery_.on_standby_answered(connection.endpoint, report, now);
    proof_.reset();
  } else if (connection.use == Use::member) {
    const bool healthy = report.role == core::Role::master;
    if (!healthy) {
      discovery_.on_evidence({connection.generation, EvidenceKind::read_only,
                              connection.endpoint.to_string() + " is a replica now"},
                             now);
    }
    port_.pool(PoolFsm::Checked{id, healthy}, 0);
  }
}

void PoolDriver::on_no_answer(ConnectionId id, const std::string& problem, bool timed_out,
                              core::TimePoint now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection connection = found->second;
  if (connection.use == Use::standby) {
    if (timed_out) {
      discovery_.on_standby_failed(connection.endpoint, now);
    } else {
      on_ended(id, now);
    }
  } else if (connection.use == Use::member) {
    const auto kind = timed_out ? EvidenceKind::silent : EvidenceKind::lost;
    discovery_.on_evidence({connection.generation, kind, problem}, now);
    port_.pool(PoolFsm::Checked{id, false}, 0);
  }
}

// ---- members of the pool -------------------------------------------------------------------------------

void PoolDriver::connect(std::uint64_t generation) {
  if (generation != discovery_.master().generation()) return;  // PoolFsm has forgotten it too
  dial(Use::opening, discovery_.master().master(), generation);
}

void PoolDriver::opened(ConnectionId id, const core::NodeReport& report, core::TimePoint now) {
  const Connection& connection = connections_.at(id);
  const auto& followed = discovery_.master();
  if (connection.generation == followed.generation()) {
    const std::string endpoint = connection.endpoint.to_string();
    if (report.role != core::Role::master) {
      return not_opened(id, EvidenceKind::read_only, endpoint + " is a replica now", now);
    }
    if (report.run_id != followed.report().run_id) {
      return not_opened(id, EvidenceKind::lost, endpoint + " is another process now", now);
    }
  }
  const std::uint64_t generation = connection.generation;
  join(id, generation);
  port_.pool(PoolFsm::Opened{id, generation}, generation);
}

void PoolDriver::not_opened(ConnectionId id, EvidenceKind kind, const std::string& problem,
                            core::TimePoint now) {
  const std::uint64_t generation = connections_.at(id).generation;
  close(id);
  // The evidence first: it pauses the pool, which would otherwise try the same again at once.
  discovery_.on_evidence({generation, kind, problem}, now);
  port_.pool(PoolFsm::ConnectFailed{generation}, 0);
}

void PoolDriver::join(ConnectionId id, std::uint64_t generation) {
  Connection& connection = connections_.at(id);
  connection.use = Use::member;
  connection.generation = generation;
  tell(EventKind::connection_opened, connection.endpoint.to_string(), "", {});
}

void PoolDriver::check(ConnectionId id) {
  if (connections_.contains(id)) port_.ask(id);
}

void PoolDriver::discard(ConnectionId id, const std::string& reason) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const std::string endpoint = found->second.endpoint.to_string();
  close(id);
  tell(EventKind::connection_closed, endpoint, reason, {});
}

void PoolDriver::on_evidence(const core::MasterFsm::Evidence& evidence, core::TimePoint now) {
  discovery_.on_evidence(evidence, now);
}

void PoolDriver::report_silence(core::TimePoint now) {
  std::vector<ConnectionId> silent = port_.silent_since(now - plan_.silence_timeout);
  std::sort(silent.begin(), silent.end());
  std::vector<ConnectionId> newly_silent;
  for (auto& [id, connection] : connections_) {
    const bool is_silent = std::binary_search(silent.begin(), silent.end(), id);
    if (is_silent && !connection.reported_as_silent) newly_silent.push_back(id);
    connection.reported_as_silent = is_silent;
  }
  std::sort(newly_silent.begin(), newly_silent.end());
  for (const ConnectionId id : newly_silent) {
    // Whatever it was, it may be gone by now: reports have consequences.
    if (!connections_.contains(id)) continue;
    port_.give_up_asking(id);
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.use != Use::member) continue;
    discovery_.on_evidence(
        {found->second.generation, EvidenceKind::silent,
         found->second.endpoint.to_string() + ": a command has been unanswered for too long"},
        now);
  }
}

// ---- what Discovery asks for ---------------------------------------------------------------------------

void PoolDriver::start_lookup(Name name) { port_.start_lookup(name); }

void PoolDriver::cancel_lookup(Name name) { port_.cancel_lookup(name); }

void PoolDriver::verify(const core::Endpoint& endpoint) { dial(Use::verification, endpoint, 0); }

void PoolDriver::dial_standby(const core::Endpoint& endpoint) {
  standbys_[endpoint] = dial(Use::standby, endpoint, 0);
}

void PoolDriver::ask_standby(const core::Endpoint& endpoint) {
  if (const auto found = standbys_.find(endpoint); found != standbys_.end()) port_.ask(found->second);
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
}

void PoolDriver::adopted(const core::MasterFsm::Adopt& adoption) {
  const ConnectionId id = *std::exchange(proof_, std::nullopt);
  // A standby there is either this very connection, or not needed any more.
  if (const auto found = standbys_.find(adoption.endpoint); found != standbys_.end()) {
    const ConnectionId standby = found->second;
    standbys_.erase(found);
    if (standby != id) close(standby);
  }
  join(id, adoption.generation);
  port_.pool(PoolFsm::Adopted{adoption.generation, id, adoption.old}, adoption.generation);
}

void PoolDriver::user_refused(const std::string& problem) {
  port_.pool(PoolFsm::Refused{Error(ErrorCode::authentication, Executed::no, problem)}, 0);
}

void PoolDriver::tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                      core::Duration took) {
  port_.tell(kind, endpoint, reason, took);
}

}  // namespace rediscovery::engine
