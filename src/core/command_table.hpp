// What the pool must know about a Redis command to send it safely.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::core {

struct CommandTraits {
  bool only_reads = false;      // running it twice changes nothing
  bool has_cursor = false;      // goes on where its last answer ended, at the node that gave it
  bool may_block = false;       // may stay unanswered for as long as it likes: its silence means nothing
  bool may_be_partial = false;  // scripts and EXEC: an error may come after some effects
  bool needs_lease = false;  // changes what later commands on the connection mean, or answers more than once
};

// By the command's name and, where it matters, its arguments (XREAD BLOCK). Unknown commands have
// no trait: they are sent, and never sent twice. Source: the flags in COMMAND's output of Redis 7.0.
[[nodiscard]] CommandTraits traits_of(const std::vector<std::string>& words);

// Redis' commands and their options do not distinguish case.
[[nodiscard]] std::string upper(std::string_view word);

}  // namespace rediscovery::core
