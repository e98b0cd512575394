// What to do with a command that failed: return it, or try again.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

#include <rediscovery/error.hpp>

#include "core/command_table.hpp"
#include "core/master_fsm.hpp"

namespace rediscovery::core {

// What became of one attempt, and what follows from it.
//
//   the attempt ended with          executed   again?                                evidence     connection
//   READONLY                        no *       once the master is known              read_only    spent
//   LOADING, MASTERDOWN             no *       once the master is known              unavailable  spent
//   UNBLOCKED (by a demotion)       no         once the master is known              read_only    spent
//   NOREPLICAS, BUSY, TRYAGAIN      no *       here, after a pause                   -            kept
//   EXECABORT                       no         never                                 -            kept
//   any other error reply           yes        never                                 -            kept
//   lost, protocol; not all sent    no         once the master is known              lost         spent
//   lost, protocol; all sent        maybe      if it only reads or is idempotent **  lost         spent
//   written, but replicas lack      maybe      never                                 -            kept
//   caller's time over              no/maybe   never: there is no time               silent       spent
//   *  maybe, and never again, if it is a script or EXEC: it may have had effects before the error.
//   ** never again if it is a script or EXEC
struct Verdict {
  enum class Next : std::uint8_t { give_back, when_master_known, here_after_pause };
  Next next = Next::give_back;
  Executed executed = Executed::yes;
  std::optional<EvidenceKind> evidence;
  bool spent = false;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};
std::ostream& operator<<(std::ostream& out, const Verdict& verdict);

// For an error reply of the server.
[[nodiscard]] Verdict judge_error_reply(std::string_view text, const CommandTraits& traits);
// For an attempt without a reply; `error` is the connection's.
[[nodiscard]] Verdict judge_failure(const Error& error, const CommandTraits& traits, bool idempotent);

}  // namespace rediscovery::core
