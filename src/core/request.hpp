// What a caller asks for, as it goes over one connection: a command, or several that belong together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>
#include <rediscovery/transaction.hpp>

#include "core/command_table.hpp"

namespace rediscovery::core {

// What all the replies together amount to.
struct Outcome {
  // NOLINTBEGIN(google-explicit-constructor)
  Outcome(Result<Reply> result_, bool nothing_ran_ = false, bool again_at_once_ = false)
      : result(std::move(result_)), nothing_ran(nothing_ran_), again_at_once(again_at_once_) {}
  Outcome(Reply reply) : Outcome(Result<Reply>(std::move(reply))) {}
  Outcome(Error error) : Outcome(Result<Reply>(std::move(error))) {}
  // NOLINTEND(google-explicit-constructor)

  // A Reply::Type::error is the server's; an Error says that an answer came and is not the one asked for.
  Result<Reply> result;
  // A transaction that was refused as a whole: the error proves what it would prove of a single command.
  bool nothing_ran;
  // The server does not know the script; what is to be sent now is its text.
  bool again_at_once;
};

// A command; a command and WAIT; or MULTI, commands, EXEC. They leave in one piece on one connection, and
// have one result. No I/O: whoever carries it sends each command() and feeds the replies in their order.
class Request {
 public:
  // Everything must be sound: see objection(). The pointer's command must outlive this; it is not copied.
  Request(Command command);          // NOLINT(google-explicit-constructor)
  Request(const Command* command);   // NOLINT(google-explicit-constructor)
  Request(Transaction transaction);  // NOLINT(google-explicit-constructor)

  // Why it cannot be sent at all; empty: it can. Whether a connection may be shared for it is not asked here.
  [[nodiscard]] std::string objection() const;

  [[nodiscard]] std::size_t size() const {
    return kind_ == Kind::transaction ? more_.size() : 1 + more_.size();
  }
  // In the order in which they are sent. Requires index < size().
  [[nodiscard]] const Command& command(std::size_t index) const {
    if (kind_ == Kind::transaction) return more_[index];
    return index == 0 ? first() : more_[index - 1];
  }
  [[nodiscard]] CommandTraits traits() const;
  // What the command itself says.
  [[nodiscard]] std::optional<ReadFrom> read_from() const { return first().read_from(); }
  // Who may answer it, by these traits() of it, where the options say `otherwise`.
  [[nodiscard]] ReadFrom read_from(ReadFrom otherwise, const CommandTraits& traits) const;
  [[nodiscard]] bool is_idempotent() const { return first().is_idempotent(); }
  [[nodiscard]] std::size_t bytes() const;  // roughly
  // Nothing was run unless the last byte was sent: not so a write with its WAIT behind it.
  [[nodiscard]] bool runs_only_whole() const { return kind_ != Kind::acknowledged; }

  // A command alone has one reply, and unless that is an error it is the result: on_reply() need not be
  // asked.
  [[nodiscard]] bool is_single() const { return kind_ == Kind::command; }
  // It is being sent (again): replies are counted from the first.
  void sent() {
    replies_ = 0;
    refusal_.clear();
    answer_.reset();
  }
  // Since it was sent last, a part of it has been answered: the server is not silent.
  [[nodiscard]] bool was_answered() const { return replies_ > 0; }
  // nullopt: more replies are to come.
  [[nodiscard]] std::optional<Outcome> on_reply(Reply reply);

 private:
  enum class Kind : std::uint8_t { command, acknowledged, transaction };

  void ask_for_acknowledgement();
  [[nodiscard]] const Command& first() const { return lent_ != nullptr ? *lent_ : own_; }
  [[nodiscard]] std::optional<Outcome> on_acknowledgement(Reply reply);
  [[nodiscard]] std::optional<Outcome> on_transaction(Reply reply);
  [[nodiscard]] bool take_text_for(const Reply& reply);

  Kind kind_ = Kind::command;
  const Command* lent_ = nullptr;  // all but a transaction have this, or …
  Command own_;                    // … this
  std::vector<Command> more_;      // empty for a command alone, which is by far the most frequent
  std::size_t replies_ = 0;
  std::string refusal_;          // the first of a transaction's commands that was not queued, and why
  std::optional<Reply> answer_;  // a write's, while its acknowledgements are waited for
};

}  // namespace rediscovery::core
