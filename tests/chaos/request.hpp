// The three kinds of writes as the library takes them, and what their results are noted as.
#pragma once

#include <string>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/transaction.hpp>

#include "chaos/recorder.hpp"

namespace rediscovery::chaos {

// Long enough for Sentinel's own failover.
inline constexpr std::chrono::milliseconds kDeadline{3000};

inline WriteKind kind_of(std::uint64_t number) { return static_cast<WriteKind>((number + 1) % 3); }

inline Command push_of(const std::string& writer, const Write& write) {
  return {"RPUSH", push_key(writer, write.thread), std::to_string(write.number)};
}
// Of all kinds but a transaction.
inline Command command_of(const std::string& writer, const Write& write) {
  if (write.kind == WriteKind::push) return push_of(writer, write);
  return Command{"SETBIT", bit_key(writer, write.thread), std::to_string(write.number), "1"}.idempotent();
}
inline Transaction transaction_of(const std::string& writer, const Write& write) {
  return Transaction().add({"INFO", "replication"}).add(push_of(writer, write));
}

inline void record(Recorder& recorder, Write& write, const Result<Reply>& result) {
  if (!result) {
    const Error& error = result.error();
    write.outcome = error.executed() == Executed::no      ? Outcome::not_executed
                    : error.executed() == Executed::maybe ? Outcome::in_doubt
                                                          : Outcome::error;
    recorder.add(write);
    if (error.code() == ErrorCode::server_error || error.code() == ErrorCode::protocol ||
        error.code() == ErrorCode::invalid_argument)
      recorder.add(Heard{write.done, "failed", write.generation_after, "", error.message()});
    return;
  }
  if (write.kind != WriteKind::transaction) return recorder.add(write);
  const auto& replies = result->elements();
  if (replies.size() != 2 || replies[1].is_error()) {
    write.outcome = Outcome::error;
    return recorder.add(write);
  }
  recorder.add(write, replies[0].text());
}

}  // namespace rediscovery::chaos
