// Running one command on whatever is the master, within the caller's time.
#include <utility>

#include "core/backoff.hpp"
#include "core/retry_policy.hpp"
#include "engine/loop.hpp"
#include "pool/pool_state.hpp"

namespace rediscovery {
namespace {

// Between attempts on one and the same master (it is loading, a script keeps it busy, too few replicas): from
// a millisecond to a twentieth of a second, an eighth of what this has lasted.
constexpr core::Backoff kAgainHere{std::chrono::milliseconds(1), std::chrono::milliseconds(50), 8};

Error with_executed(const Error& error, Executed executed) {
  return {error.code(), executed, error.message()};
}

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
                                  const core::CommandTraits& traits, core::TimePoint deadline) {
  // Cheap, and makes the difference between "not executed" and "in doubt" for a connection that was cut while
  // it was idle.
  if (!connection.link->looks_usable()) {
    return Error(ErrorCode::connection_lost, Executed::no,
                 connection.link->endpoint().to_string() + ": closed by the server while it was idle");
  }
  if (!traits.may_block) connection.asked(engine::now());
  auto reply = connection.link->call(command, deadline);
  connection.answered();
  return reply;
}

Result<Reply> PoolState::execute(const Command& command, std::chrono::milliseconds timeout) {
  const auto traits = core::traits_of(command.words());
  if (auto error = refuse(command, traits, timeout)) return *error;

  const core::TimePoint started = engine::now();
  const core::TimePoint deadline = core::saturating_add(started, timeout);
  core::Rng jitter(static_cast<std::uint64_t>(started.time_since_epoch().count()));
  Executed executed = Executed::no;  // by the attempts so far
  std::uint64_t last_generation = 0;

  const auto fail = [&](const Error& error) -> Result<Reply> {
    Counters::add(counters.failed);
    if (executed == Executed::no) executed = error.executed();
    if (executed == Executed::maybe) Counters::add(counters.in_doubt);
    return with_executed(error, executed);
  };

  while (true) {
    auto borrowed = borrow(deadline, timeout);
    if (!borrowed) return fail(borrowed.error());
    const ConnectionPtr connection = std::move(*borrowed);
    const bool same_master = connection->generation == last_generation;
    last_generation = connection->generation;

    auto reply = exchange(*connection, command, traits, deadline);
    if (reply && !reply->is_error()) {
      give_back(connection, true);
      Counters::add(counters.commands);
      return reply;
    }

    const core::Verdict verdict = reply ? core::judge_error_reply(reply->text(), traits)
                                        : core::judge_failure(reply.error(), traits, command.is_idempotent());
    const Error error = reply ? Error(ErrorCode::server_error, verdict.executed, std::string(reply->text()))
                              : with_executed(reply.error(), verdict.executed);
    if (verdict.evidence) evidence(*connection, *verdict.evidence, error.message());
    give_back(connection, !verdict.spent);

    if (verdict.next == core::Verdict::Next::give_back) {
      if (error.code() != ErrorCode::server_error) return fail(error);
      Counters::add(counters.commands);
      return error;
    }
    if (verdict.executed == Executed::maybe) executed = Executed::maybe;
    const bool wait = verdict.next == core::Verdict::Next::here_after_pause || same_master;
    const core::TimePoint now = engine::now();
    if (wait && !pause(std::min(deadline, now + kAgainHere.after(now - started, jitter)))) {
      return fail(Error(ErrorCode::closed, executed, "the pool was closed; before that: " + error.message()));
    }
    if (engine::now() >= deadline) return fail(error);
    Counters::add(counters.retries);
  }
}

}  // namespace rediscovery
