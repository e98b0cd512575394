// Running one command on whatever is the master, within the caller's time.
#include <utility>

#include "core/attempts.hpp"
#include "engine/loop.hpp"
#include "pool/pool_state.hpp"

namespace rediscovery {
namespace {

std::optional<Error> refuse(const Command& command, const core::CommandTraits& traits,
                            std::chrono::milliseconds timeout) {
  if (command.words().empty()) {
    return Error(ErrorCode::invalid_argument, Executed::no, "the command has no words");
  }
  if (timeout <= std::chrono::milliseconds::zero()) {
    return Error(ErrorCode::invalid_argument, Executed::no, "the timeout must be greater than 0 ms");
  }
  if (traits.needs_lease) {
    return Error(ErrorCode::invalid_argument, Executed::no,
                 command.words().front() + " needs a connection of its own: use acquire()");
  }
  return std::nullopt;
}

}  // namespace

Result<Reply> PoolState::exchange(PooledConnection& connection, const Command& command,
                                  const core::CommandTraits& traits, core::TimePoint now,
                                  core::TimePoint deadline) {
  // Cheap, and makes the difference between "not executed" and "in doubt" for a connection that was cut while
  // it was idle.
  const std::string& endpoint = connection.link->endpoint().address;
  if (!connection.link->looks_usable() || connection.has_ended()) {
    return Error(ErrorCode::connection_lost, Executed::no,
                 endpoint + ": the connection ended before the command was sent");
  }
  connection.asked(now, traits.only_reads, !traits.may_block);
  auto reply = connection.link->call(command, deadline);
  connection.answered();
  if (reply && !reply->is_error() && !traits.only_reads && connection.has_ended()) {
    return Error(ErrorCode::connection_lost, Executed::maybe,
                 endpoint + ": answered after another master had taken over; the write may be lost");
  }
  return reply;
}

Result<Reply> PoolState::execute(const Command& command, std::chrono::milliseconds timeout) {
  const core::TimePoint started = engine::now();
  const core::TimePoint deadline = core::saturating_add(started, timeout);
  core::Attempts attempts(command, started, deadline);
  if (auto error = refuse(command, attempts.traits(), timeout)) return *error;
  core::Rng jitter(static_cast<std::uint64_t>(started.time_since_epoch().count()));
  TimeSpent spent;
  const auto finish = [&](Result<Reply> result, core::TimePoint ended) {
    counters.execute.record(ended - started);
    return count(std::move(result), spent);
  };

  while (true) {
    auto borrowed = borrow(deadline, timeout, spent);
    if (!borrowed) return finish(attempts.give_up(borrowed.error()), engine::now());
    const ConnectionPtr connection = std::move(*borrowed);
    const core::TimePoint sent = engine::now();
    if (sent >= deadline) {
      give_back(connection, true);
      return finish(attempts.give_up(time_is_over()), sent);
    }
    auto outcome = exchange(*connection, command, attempts.traits(), sent, deadline);
    const core::TimePoint answered = engine::now();
    spent.answering += std::chrono::duration_cast<std::chrono::microseconds>(answered - sent);
    auto step = attempts.after(std::move(outcome), connection->generation, answered, jitter);
    if (step.evidence) evidence(*connection, *step.evidence, step.detail);
    give_back(connection, !step.spent);
    if (step.result) return finish(std::move(*step.result), answered);
    if (step.not_before > engine::now() && !pause(step.not_before)) {
      return finish(attempts.give_up(Error(ErrorCode::closed, Executed::no,
                                           "the pool was closed; before that: " + step.detail)),
                    engine::now());
    }
    Counters::add(counters.retries);
  }
}

// Said before anything was sent, so it is no evidence against anybody.
Error PoolState::time_is_over() {
  return {ErrorCode::timeout, Executed::no, "the time was over before the command could be sent"};
}

Result<Reply> PoolState::count(Result<Reply> result, const TimeSpent& spent) {
  counters.count(result);
  if (!result) return result.error().with(spent);
  return result;
}

}  // namespace rediscovery
