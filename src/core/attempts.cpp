#include "core/attempts.hpp"

#include <algorithm>

#include "core/backoff.hpp"

namespace rediscovery::core {
namespace {

// Between attempts on one and the same master (it is loading, a script keeps it busy, too few replicas): from
// a millisecond to a twentieth of a second, an eighth of what this has lasted.
constexpr Backoff kAgainHere{std::chrono::milliseconds(1), std::chrono::milliseconds(50), 8};

}  // namespace

Attempts::Attempts(const Command& command, TimePoint started, TimePoint deadline)
    : traits_(traits_of(command.words())),
      idempotent_(command.is_idempotent()),
      started_(started),
      deadline_(deadline) {}

Attempts::Step Attempts::after(Result<Reply> outcome, std::uint64_t generation, TimePoint now, Rng& rng) {
  Step step;
  if (outcome && !outcome->is_error()) {
    step.result = std::move(outcome);
    return step;
  }
  const Verdict verdict = outcome ? judge_error_reply(outcome->text(), traits_)
                                  : judge_failure(outcome.error(), traits_, idempotent_);
  const Error error = outcome ? Error(ErrorCode::server_error, verdict.executed, std::string(outcome->text()))
                              : Error(outcome.error().code(), verdict.executed, outcome.error().message());
  step.evidence = verdict.evidence;
  step.detail = error.message();
  step.spent = verdict.spent;
  if (verdict.next == Verdict::Next::give_back) {
    step.result = give_up(error);
    return step;
  }
  if (verdict.executed == Executed::maybe) executed_ = Executed::maybe;
  // The first attempt after a refusal is made at once: the master may just have moved. One master that
  // refuses twice is given time.
  const bool same_master = std::exchange(last_generation_, generation) == generation;
  const bool pause = verdict.next == Verdict::Next::here_after_pause || same_master;
  step.not_before = pause ? now + kAgainHere.after(now - started_, rng) : now;
  if (step.not_before >= deadline_) step.result = give_up(error);
  return step;
}

Error Attempts::give_up(const Error& error) const {
  return {error.code(), std::max(executed_, error.executed()), error.message()};
}

}  // namespace rediscovery::core
