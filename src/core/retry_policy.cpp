#include "core/retry_policy.hpp"

#include <ostream>

namespace rediscovery::core {
namespace {

// Redis' error code is the first word, in capitals.
bool has_code(std::string_view text, std::string_view code) {
  return text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

Verdict refused_by_server(Verdict::Next next, std::optional<EvidenceKind> evidence,
                          const CommandTraits& traits) {
  Verdict verdict{next, Executed::no, evidence, evidence.has_value()};
  if (traits.may_be_partial) {
    verdict.next = Verdict::Next::give_back;
    verdict.executed = Executed::maybe;
  }
  return verdict;
}

}  // namespace

Verdict judge_error_reply(std::string_view text, const CommandTraits& traits) {
  using Next = Verdict::Next;
  if (has_code(text, "READONLY")) {
    return refused_by_server(Next::when_master_known, EvidenceKind::read_only, traits);
  }
  if (has_code(text, "LOADING") || has_code(text, "MASTERDOWN")) {
    return refused_by_server(Next::when_master_known, EvidenceKind::unavailable, traits);
  }
  if (has_code(text, "UNBLOCKED")) {
    // An operator has ended this command, and no other (https://redis.io/commands/client-unblock/).
    if (text.find("CLIENT UNBLOCK") != std::string_view::npos)
      return {Next::give_back, Executed::no, {}, false};
    return {Next::when_master_known, Executed::no, EvidenceKind::read_only, true};
  }
  if (has_code(text, "NOREPLICAS") || has_code(text, "BUSY") || has_code(text, "TRYAGAIN")) {
    return refused_by_server(Next::here_after_pause, std::nullopt, traits);
  }
  // The transaction was refused as a whole, because one of its commands had been.
  if (has_code(text, "EXECABORT")) return {Next::give_back, Executed::no, std::nullopt, false};
  return {Next::give_back, Executed::yes, std::nullopt, false};
}

Verdict judge_failure(const Error& error, const CommandTraits& traits, bool idempotent) {
  if (error.code() == ErrorCode::unacknowledged) {
    return {Verdict::Next::give_back, error.executed(), std::nullopt, false};
  }
  Verdict verdict{Verdict::Next::give_back, error.executed(), EvidenceKind::lost, true};
  if (error.code() == ErrorCode::timeout) {
    if (traits.may_block) {
      verdict.evidence.reset();  // its silence means nothing
    } else {
      verdict.evidence = EvidenceKind::silent;
    }
    return verdict;
  }
  // Half of a script is not the whole of it twice: the promise does not reach that far.
  const bool may_run_twice = traits.only_reads || (idempotent && !traits.may_be_partial);
  if (error.executed() == Executed::no || may_run_twice) verdict.next = Verdict::Next::when_master_known;
  return verdict;
}

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  switch (verdict.next) {
    case Verdict::Next::give_back:
      out << "give back";
      break;
    case Verdict::Next::when_master_known:
      out << "again when the master is known";
      break;
    case Verdict::Next::here_after_pause:
      out << "again here after a pause";
      break;
  }
  out << ", executed " << to_string(verdict.executed);
  if (verdict.evidence) out << ", evidence " << to_string(*verdict.evidence);
  return out << (verdict.spent ? ", spent" : "");
}

}  // namespace rediscovery::core
