#include "core/attempts.hpp"

#include <algorithm>

#include "core/backoff.hpp"

namespace rediscovery::core {
namespace {

// Between attempts on one and the same master (it is loading, a script keeps it busy, too few replicas): from
// a millisecond to a twentieth of a second, an eighth of what this has lasted.
constexpr Backoff kAgainHere{std::chrono::milliseconds(1), std::chrono::milliseconds(50), 8};

}  // namespace

Attempts::Attempts(const Request& request, TimePoint started, TimePoint deadline)
    : traits_(request.traits()),
      idempotent_(request.is_idempotent()),
      started_(started),
      deadline_(deadline) {}

Attempts::Step Attempts::after(Outcome outcome, std::uint64_t generation, TimePoint now, Rng& rng) {
  Step step;
  Result<Reply>& result = outcome.result;
  if (result && !result->is_error()) {
    step.result = std::move(result);
    return step;
  }
  CommandTraits traits = traits_;
  if (outcome.nothing_ran) traits.may_be_partial = false;
  const Verdict verdict =
      result ? judge_error_reply(result->text(), traits) : judge_failure(result.error(), traits, idempotent_);
  const Error error = result ? Error(ErrorCode::server_error, verdict.executed, std::string(result->text()))
                             : Error(result.error().code(), verdict.executed, result.error().message());
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
  step.holds_up = pause && verdict.next == Verdict::Next::when_master_known;
  if (step.not_before >= deadline_) step.result = give_up(error);
  return step;
}

Error Attempts::give_up(const Error& error) const {
  return {error.code(), std::max(executed_, error.executed()), error.message()};
}

}  // namespace rediscovery::core
