// Running one command on whatever is the master, within the caller's time.
#include <future>
#include <utility>

#include "core/attempts.hpp"
#include "engine/loop.hpp"
#include "pool/pool_state.hpp"

namespace rediscovery {
namespace {

std::optional<Error> refuse(const core::Request& request, const core::CommandTraits& traits,
                            std::chrono::milliseconds timeout) {
  const auto invalid = [](const std::string& what) {
    return Error(ErrorCode::invalid_argument, Executed::no, what);
  };
  if (auto objection = request.objection(); !objection.empty()) return invalid(objection);
  if (timeout <= std::chrono::milliseconds::zero()) return invalid("the timeout must be greater than 0 ms");
  if (traits.needs_lease) {
    return invalid(request.command(0).words().front() + " needs a connection of its own: use acquire()");
  }
  return std::nullopt;
}

// Sends what belongs together in one piece, and waits until all of it is answered.
core::Outcome call(redis::Connection& link, core::Request& request, core::TimePoint deadline) {
  request.sent();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < request.size(); ++i) bytes += link.append(request.command(i));
  if (auto error = link.send(deadline)) {
    const bool may_have_run = !request.runs_only_whole() && link.unsent() < bytes;
    return may_have_run ? Error(error->code(), Executed::maybe, error->message()) : *error;
  }
  while (true) {
    auto reply = link.receive(deadline);
    if (!reply) return reply.error();
    auto outcome = request.on_reply(std::move(*reply));
    if (!outcome) continue;
    if (!outcome->again_at_once) return std::move(*outcome);
    return call(link, request, deadline);
  }
}

}  // namespace

core::Outcome PoolState::exchange(PooledConnection& connection, core::Request& request,
                                  const core::CommandTraits& traits, core::TimePoint now,
                                  core::TimePoint deadline) {
  const auto lost = [&](Executed executed, const std::string& why) {
    return Error(ErrorCode::connection_lost, executed, connection.link->endpoint().address + ": " + why);
  };
  // Makes the difference between "not executed" and "in doubt" for a connection that was cut while it was
  // idle. Not worth its system call where it has hardly been.
  const bool was_idle = now - connection.answered_at > std::chrono::microseconds(20);
  const bool is_usable = was_idle ? connection.link->looks_usable() : connection.link->is_in_step();
  if (!is_usable || connection.has_ended()) {
    return lost(Executed::no, "the connection ended before the command was sent");
  }
  connection.asked(now, request.is_idempotent() && !traits.only_reads, !traits.may_block);
  core::Outcome outcome = call(*connection.link, request, deadline);
  connection.answered();
  if (outcome.result && !outcome.result->is_error() && !traits.only_reads && connection.has_ended()) {
    return lost(Executed::maybe, "answered after another master had taken over; the write may be lost");
  }
  return outcome;
}

Result<Reply> PoolState::execute(core::Request request, std::chrono::milliseconds timeout) {
  const core::TimePoint started = engine::now();
  const core::TimePoint deadline = core::saturating_add(started, timeout);
  core::Attempts attempts(request, started, deadline);
  if (auto error = refuse(request, attempts.traits(), timeout)) return *error;
  if (is_for_replicas(request, attempts.traits())) return read(std::move(request), started, deadline);
  core::Rng jitter(static_cast<std::uint64_t>(started.time_since_epoch().count()));
  TimeSpent spent;
  const auto finish = [&](Result<Reply> result, core::TimePoint ended) {
    counters.execute.record(ended - started);
    return count(std::move(result), spent);
  };

  for (core::TimePoint asked = started;; asked = engine::now()) {
    auto borrowed = borrow(asked, deadline, timeout, spent);
    if (!borrowed) return finish(attempts.give_up(borrowed.error()), engine::now());
    const ConnectionPtr connection = std::move(*borrowed);
    const core::TimePoint sent = engine::now();
    if (sent >= deadline) {
      give_back(connection, true, sent);
      return finish(attempts.give_up(time_is_over()), sent);
    }
    auto outcome = exchange(*connection, request, attempts.traits(), sent, deadline);
    const core::TimePoint answered = engine::now();
    if (outcome.result) connection->answered_at = answered;
    spent.answering += std::chrono::duration_cast<std::chrono::microseconds>(answered - sent);
    auto step = attempts.after(std::move(outcome), connection->generation, answered, jitter);
    if (step.evidence) evidence(*connection, request, *step.evidence, step.detail);
    give_back(connection, !step.spent, answered);
    if (step.result) return finish(std::move(*step.result), answered);
    if (step.not_before > engine::now() && !pause(step.not_before)) {
      return finish(attempts.give_up(Error(ErrorCode::closed, Executed::no,
                                           "the pool was closed; before that: " + step.detail)),
                    engine::now());
    }
    Counters::add(counters.retries);
  }
}

Result<Reply> PoolState::read(core::Request request, core::TimePoint started, core::TimePoint deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (fsm_.state() == core::PoolFsm::State::closed) {
      return Error(ErrorCode::closed, Executed::no, "the pool is closed");
    }
    ++reading_;
  }
  // Shared: when get() returns, whoever has answered may not be done with it.
  const auto answered = std::make_shared<std::promise<Result<Reply>>>();
  backstage_->read(std::move(request), deadline,
                   [answered](Result<Reply> answer) { answered->set_value(std::move(answer)); });
  Result<Reply> result = answered->get_future().get();
  {
    const std::lock_guard lock(mutex_);
    --reading_;
  }
  changed_.notify_all();
  counters.execute.record(engine::now() - started);
  counters.count(result);
  return result;
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
