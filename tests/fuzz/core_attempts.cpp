// Never twice: a command that may have been executed is sent again only if it reads or is declared
// idempotent, whatever happens to its attempts in whatever order, and never after its time.
#include <rediscovery/command.hpp>

#include "core/attempts.hpp"
#include "core/request.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

struct What {
  Command command;
  bool may_run_twice;
  bool may_be_partial;
};

What some_command(Bytes& input) {
  switch (input.below(5)) {
    case 0:
      return {Command{"GET", "k"}, true, false};
    case 1:
      return {Command{"INCR", "k"}, false, false};
    case 2:
      return {Command{"SET", "k", "v"}.idempotent(), true, false};
    case 3:
      return {Command{"EVAL", "return 1", "0"}, false, true};
    default:
      return {Command{"NOSUCHCOMMAND", "k"}, false, false};
  }
}

// What one attempt ended with, and whether the command may have been run by it.
struct Ending {
  core::Outcome outcome;
  bool may_have_run;
};

Ending some_ending(Bytes& input, const What& what) {
  // The last two never come of a script: it does not block, and is not queued.
  static const std::array<const char*, 8> refusals = {"READONLY You can't write against a read only replica.",
                                                      "LOADING Redis is loading",
                                                      "MASTERDOWN Link down",
                                                      "NOREPLICAS Not enough",
                                                      "BUSY Redis is busy",
                                                      "TRYAGAIN Multiple keys",
                                                      "UNBLOCKED force unblock",
                                                      "EXECABORT Transaction discarded"};
  const std::size_t kind = input.below(16);
  if (kind < refusals.size()) return {Reply::error(refusals[kind]), what.may_be_partial && kind < 6};
  if (kind == 9) return {Reply::error("ERR " + std::string(input.until(0))), true};
  if (kind == 10) return {Reply::status("OK"), true};
  const auto code =
      std::array{ErrorCode::connection_lost, ErrorCode::protocol, ErrorCode::timeout}[input.below(3)];
  const auto executed = input.chance() ? Executed::maybe : Executed::no;
  return {Error(code, executed, "lost"), executed != Executed::no};
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  core::Rng rng(input.byte());
  core::TimePoint now = core::TimePoint{} + std::chrono::hours(1);
  const auto deadline = now + std::chrono::seconds(5);
  const auto what = fuzz::some_command(input);
  const core::Request request(&what.command);
  core::Attempts attempts(request, now, deadline);

  bool may_have_run = false;
  for (std::uint64_t generation = 1; !input.empty(); generation += input.below(2)) {
    now += fuzz::some_time(input);
    const auto ending = fuzz::some_ending(input, what);
    may_have_run = may_have_run || ending.may_have_run;
    const auto step = attempts.after(ending.outcome, generation, now, rng);
    if (step.result) {
      const bool told_unexecuted = !*step.result && step.result->error().executed() == Executed::no;
      EXPECT_FALSE(told_unexecuted && may_have_run) << "in doubt, and told as not executed";
      return 0;
    }
    EXPECT_TRUE(!may_have_run || what.may_run_twice) << "sent twice";
    const auto given_up = attempts.give_up(Error(ErrorCode::timeout, Executed::no, "no master"));
    EXPECT_TRUE(!may_have_run || given_up.executed() != Executed::no) << "forgotten that it is in doubt";
    EXPECT_LT(now, deadline) << "tried after its time";
  }
  return 0;
}
