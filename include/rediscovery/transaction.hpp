// Commands that run as one: MULTI … EXEC.
#pragma once

#include <utility>
#include <vector>

#include <rediscovery/command.hpp>

namespace rediscovery {

// A value: the commands between MULTI and EXEC, which are sent in one piece on one connection
// (https://redis.io/docs/latest/develop/interact/transactions/). For what depends on WATCH, use a lease.
//
// Its result is EXEC's reply: an array with a reply for each command, where a command that failed while it
// ran left a Reply::Type::error, and the others took effect all the same. A transaction that was refused as a
// whole (a command unknown or READONLY: EXECABORT) had no effect, and is tried again where a command would
// be. One that was written is never sent again: without an answer it is in doubt.
class Transaction {
 public:
  Transaction() = default;
  explicit Transaction(std::vector<Command> commands) : commands_(std::move(commands)) {}

  Transaction& add(Command command) & {
    commands_.push_back(std::move(command));
    return *this;
  }
  Transaction&& add(Command command) && {
    commands_.push_back(std::move(command));
    return std::move(*this);
  }

  [[nodiscard]] const std::vector<Command>& commands() const& noexcept { return commands_; }
  [[nodiscard]] std::vector<Command>&& commands() && noexcept { return std::move(commands_); }

 private:
  std::vector<Command> commands_;
};

}  // namespace rediscovery
