#include "sim/ledger.hpp"

#include <algorithm>
#include <sstream>

namespace rediscovery::sim {
namespace {

bool may_run_twice(CommandKind kind) { return kind == CommandKind::read || kind == CommandKind::set; }

}  // namespace

std::string_view to_string(CommandKind kind) {
  switch (kind) {
    case CommandKind::read:
      return "read";
    case CommandKind::set:
      return "set";
    case CommandKind::increment:
      return "increment";
    case CommandKind::script:
      return "script";
    case CommandKind::wrong:
      break;
  }
  return "wrong";
}

CommandId Ledger::open(CommandKind kind, TimePoint deadline) {
  Entry entry;
  entry.kind = kind;
  entry.deadline = deadline;
  entries_.push_back(entry);
  ++open_;
  ++context_.totals.commands;
  return entries_.size();
}

void Ledger::sent(CommandId command) {
  Entry& it = entry(command);
  ++it.sent;
  if (it.completed) violated(command, "was sent after its caller had been answered");
  if (context_.now() > it.deadline) violated(command, "was sent after its deadline");
  if (it.was_in_doubt && !may_run_twice(it.kind))
    violated(command, "was sent again although it was in doubt");
  if (it.sent > 1 && it.kind == CommandKind::script) violated(command, "is a script and was sent again");
}

void Ledger::answered(CommandId command, bool refused) {
  // One attempt that was in doubt leaves the whole in doubt, whatever the later ones bring.
  if (!refused) entry(command).was_in_doubt = true;
}

void Ledger::executed(CommandId command, NodeIndex node) {
  Entry& it = entry(command);
  ++it.executed;
  it.ran_on = node;
  if (it.sent == 0) violated(command, "was executed without having been sent");
  if (it.executed > 1 && !may_run_twice(it.kind)) violated(command, "was executed twice");
  if (it.completed && it.told == Executed::no) {
    violated(command, "was executed after its caller had been told that it was not");
  }
}

void Ledger::completed(CommandId command, const Result<Reply>& result, TimePoint latest) {
  Entry& it = entry(command);
  if (it.completed) return violated(command, "was answered twice");
  it.completed = true;
  --open_;
  it.succeeded = result.has_value();
  it.told = result ? Executed::yes : result.error().executed();
  context_.note(result ? "done" : "failed", command, [&] {
    std::ostringstream out;
    out << '#' << command << ' ' << to_string(it.kind) << ", sent " << it.sent << ", ran " << it.executed;
    if (!result) out << ": " << result.error();
    return out.str();
  });
  if (context_.now() > std::max(it.deadline, latest)) violated(command, "was answered after its deadline");
  if (it.told == Executed::yes && it.executed == 0)
    violated(command, "is said to be executed, and nobody did");
  if (it.told == Executed::no && it.executed > 0)
    violated(command, "is said not to be executed, and somebody did");
  ++(result ? context_.totals.succeeded : context_.totals.failed);
  if (it.told == Executed::maybe) ++context_.totals.in_doubt;
}

std::size_t Ledger::lost_writes(const std::vector<CommandId>& surviving) const {
  std::vector<bool> survives(entries_.size() + 1);
  for (const CommandId command : surviving) survives[command] = true;
  std::size_t lost = 0;
  for (CommandId id = 1; id <= entries_.size(); ++id) {
    const Entry& it = entries_[id - 1];
    if (it.succeeded && it.kind != CommandKind::read && !survives[id]) ++lost;
  }
  return lost;
}

void Ledger::violated(CommandId command, const std::string& what) {
  context_.violated("command #" + std::to_string(command) + " (" +
                    std::string(to_string(entry(command).kind)) + ") " + what);
}

}  // namespace rediscovery::sim
