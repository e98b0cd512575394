// One command's way through its attempts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "core/request.hpp"
#include "core/retry_policy.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

// Says after each attempt whether the command is finished or tried again, and remembers over all of them
// whether the server may have run it. No I/O, no clock: whoever carries commands, blocking or not, asks this.
class Attempts {
 public:
  // What follows from one attempt.
  struct Step {
    std::optional<Result<Reply>> result;  // finished; empty: try again on a connection of the pool's choice …
    TimePoint not_before{};               // … but not sooner than this
    bool holds_up = false;  // nor anything asked for later: the pause is the master's, and not this command's
    std::optional<EvidenceKind> evidence;  // against the master of that attempt
    std::string detail;                    // for people, with the evidence
    bool spent = false;                    // the connection is not to be used again
  };

  Attempts(const Request& request, TimePoint started, TimePoint deadline);

  [[nodiscard]] const CommandTraits& traits() const { return traits_; }

  // `outcome` is the attempt's, made on a connection of that generation.
  [[nodiscard]] Step after(Outcome outcome, std::uint64_t generation, TimePoint now, Rng& rng);
  // The error to give back when there is no further attempt, e.g. because no connection could be had.
  [[nodiscard]] Error give_up(const Error& error) const;

 private:
  CommandTraits traits_;
  bool idempotent_;
  TimePoint started_;
  TimePoint deadline_;
  Executed executed_ = Executed::no;              // by the attempts so far
  std::optional<std::uint64_t> last_generation_;  // that of the attempt before
};

}  // namespace rediscovery::core
