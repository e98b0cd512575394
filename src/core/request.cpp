#include "core/request.hpp"

#include <utility>

namespace rediscovery::core {
namespace {

// The command by the script's text in place of its hash (https://redis.io/commands/eval/).
Command by_text(const Command& command) {
  std::vector<std::string> words = command.words();
  words[0] = "EVAL";
  words[1] = *command.script();
  Command text(std::move(words));
  text.idempotent(command.is_idempotent()).acknowledged_by(command.replicas(), command.within());
  if (command.read_from()) text.from(*command.read_from());
  return text;
}

}  // namespace

Request::Request(Command command) : own_(std::move(command)) { ask_for_acknowledgement(); }

Request::Request(const Command* command) : lent_(command), own_(std::vector<std::string>()) {
  ask_for_acknowledgement();
}

void Request::ask_for_acknowledgement() {
  if (first().replicas() == 0) return;
  kind_ = Kind::acknowledged;
  more_.push_back(
      Command{"WAIT", std::to_string(first().replicas()), std::to_string(first().within().count())});
}

Request::Request(Transaction transaction) : kind_(Kind::transaction), own_(std::vector<std::string>()) {
  more_.reserve(transaction.commands().size() + 2);
  more_.push_back(Command{"MULTI"});
  // In a transaction NOSCRIPT would come with EXEC, when the others have run.
  for (auto& command : std::move(transaction).commands())
    more_.push_back(command.script() ? by_text(command) : std::move(command));
  more_.push_back(Command{"EXEC"});
}

std::string Request::objection() const {
  if (kind_ != Kind::transaction) {
    if (first().words().empty()) return "the command has no words";
    if (kind_ == Kind::acknowledged && first().within().count() < 1) {
      return "acknowledged_by: the time must be at least 1 ms";
    }
    if (read_from().value_or(ReadFrom::master) != ReadFrom::master && !traits().only_reads) {
      return first().words().front() + " is not known to only read, and has to go to the master";
    }
    return "";
  }
  if (more_.size() == 2) return "the transaction has no commands";
  for (std::size_t i = 1; i + 1 < more_.size(); ++i) {
    const auto& words = more_[i].words();
    if (words.empty()) return "a command of the transaction has no words";
    if (traits_of(words).needs_lease) return words.front() + " cannot be part of a transaction";
    if (more_[i].replicas() > 0) return "acknowledged_by: not for a part of a transaction";
    if (more_[i].read_from()) return "from: not for a part of a transaction, which runs on the master";
  }
  return "";
}

CommandTraits Request::traits() const {
  if (kind_ != Kind::transaction) return traits_of(first().words());
  CommandTraits traits;
  traits.may_be_partial = true;
  return traits;
}

ReadFrom Request::read_from(ReadFrom otherwise, const CommandTraits& traits) const {
  if (!traits.only_reads) return ReadFrom::master;
  // A cursor of one node means other keys at another, and whoever blocks holds up others' reads.
  const bool only_if_told = traits.has_cursor || traits.may_block;
  return read_from().value_or(only_if_told ? ReadFrom::master : otherwise);
}

std::size_t Request::bytes() const {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    for (const auto& word : command(i).words()) bytes += word.size() + 16;
  }
  return bytes;
}

std::optional<Outcome> Request::on_reply(Reply reply) {
  ++replies_;
  switch (kind_) {
    case Kind::command:
      if (take_text_for(reply)) return Outcome(std::move(reply), true, true);
      return Outcome(std::move(reply));
    case Kind::acknowledged:
      return on_acknowledgement(std::move(reply));
    case Kind::transaction:
      break;
  }
  return on_transaction(std::move(reply));
}

// NOSCRIPT proves that nothing was run (https://redis.io/commands/evalsha/).
bool Request::take_text_for(const Reply& reply) {
  if (!first().script() || !reply.is_error() || !reply.text().starts_with("NOSCRIPT")) return false;
  own_ = by_text(first());
  lent_ = nullptr;
  return true;
}

std::optional<Outcome> Request::on_acknowledgement(Reply reply) {
  if (replies_ == 1) {
    answer_ = std::move(reply);
    return std::nullopt;
  }
  Reply answer = *std::exchange(answer_, std::nullopt);
  if (answer.is_error()) {
    const bool again = take_text_for(answer);
    return Outcome(std::move(answer), again, again);
  }
  const auto acknowledged = reply.to_integer();
  if (acknowledged && *acknowledged >= static_cast<std::int64_t>(first().replicas())) {
    return Outcome(std::move(answer));
  }
  const std::string wanted = std::to_string(first().replicas()) + " replicas within " +
                             std::to_string(first().within().count()) + " ms";
  const std::string found =
      acknowledged ? "acknowledged by " + std::to_string(*acknowledged) : std::string(reply.text());
  return Outcome(Error(ErrorCode::unacknowledged, Executed::maybe,
                       "the master has run it, but not for " + wanted + ": " + found));
}

std::optional<Outcome> Request::on_transaction(Reply reply) {
  if (replies_ < more_.size()) {
    if (reply.is_error() && refusal_.empty()) {
      refusal_ = reply.text();
      // Without MULTI the commands behind it run one by one, and nothing can call them back.
      if (replies_ == 1) refusal_.insert(0, "MULTI was refused, and the commands ran one by one: ");
    }
    return std::nullopt;
  }
  if (!reply.is_error()) return Outcome(std::move(reply));
  if (!reply.text().starts_with("EXECABORT")) {
    return Outcome(refusal_.empty() ? std::move(reply) : Reply::error(refusal_));
  }
  // What was refused while it was queued, or, since Redis 7, what EXEC itself stumbled over.
  constexpr std::string_view kBecause = "because of: ";
  if (refusal_.empty()) {
    const auto at = reply.text().find(kBecause);
    refusal_ = at == std::string_view::npos ? reply.text() : reply.text().substr(at + kBecause.size());
  }
  return Outcome(Reply::error(refusal_), true);
}

}  // namespace rediscovery::core
