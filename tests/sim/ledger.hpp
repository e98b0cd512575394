// The truth about every command: where it was sent, who executed it, what its caller was told. Checks rule 4
// (never twice) and rule 5 (the caller's deadline) as it goes along.
#pragma once

#include <map>
#include <vector>

#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "sim/cluster.hpp"

namespace rediscovery::sim {

class Ledger {
 public:
  struct Entry {
    CommandKind kind = CommandKind::read;
    TimePoint deadline{};
    unsigned sent = 0;
    bool was_in_doubt = false;  // an attempt ended without the server's word that it did nothing
    unsigned executed = 0;
    NodeIndex ran_on = 0;  // the last time
    bool completed = false;
    bool succeeded = false;
    Executed told = Executed::yes;  // what the caller was told, once it has completed
  };

  explicit Ledger(Context& context) : context_(context) {}

  CommandId open(CommandKind kind, TimePoint deadline);
  // It is written to a connection.
  void sent(CommandId command);
  // What was written has not left after all.
  void taken_back(CommandId command) { --entry(command).sent; }
  // That attempt has ended; `refused` is whether the server's answer proves that it was not executed.
  void answered(CommandId command, bool refused);
  void executed(CommandId command, NodeIndex node);
  // By `latest`, if that is later than its deadline.
  void completed(CommandId command, const Result<Reply>& result, TimePoint latest = {});

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::size_t open_commands() const { return open_; }
  // Acknowledged writes that are not in this history. Redis replicates asynchronously, so some are lost in a
  // failover whatever a client does: counted, and only checked where nothing but a planned switch happened.
  [[nodiscard]] std::size_t lost_writes(const std::vector<CommandId>& surviving) const;

 private:
  [[nodiscard]] Entry& entry(CommandId command) { return entries_.at(command - 1); }
  void violated(CommandId command, const std::string& what);

  Context& context_;
  std::vector<Entry> entries_;  // by id, from 1
  std::size_t open_ = 0;
};

[[nodiscard]] std::string_view to_string(CommandKind kind);

}  // namespace rediscovery::sim
