// What a writer notes of each of its writes, and the text it is kept in: a line each, so that a writer needs
// no memory for it, and whoever looks for a loss can read what happened around it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::chaos {

using Micros = std::int64_t;  // of the steady clock, which all processes of a machine share

enum class WriteKind : std::uint8_t {
  push,         // RPUSH: twice would be seen
  bit,          // SETBIT, marked as idempotent
  transaction,  // MULTI, INFO replication, RPUSH, EXEC: tells the history and offset that it was added to
};
enum class Outcome : std::uint8_t {
  acknowledged,
  not_executed,  // an error which promises that
  in_doubt,
  error,  // the server executed it, and answered with an error
};

// A replication history, and out of which it was promoted. `cut` is what it has of its parent's: the offset.
struct History {
  std::string id;
  std::string parent;  // empty: none
  std::uint64_t cut = 0;

  friend bool operator==(const History&, const History&) = default;
};

// A history's offset at some moment between `sent` and `done` of what carries it.
struct Mark {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t history = kNone;  // index into the journal's histories
  std::uint64_t offset = 0;

  friend bool operator==(const Mark&, const Mark&) = default;
};

struct Write {
  std::uint32_t thread = 0;
  WriteKind kind = WriteKind::push;
  std::uint64_t number = 0;  // of its thread; all kinds together
  Micros sent = 0;           // before the call
  Micros done = 0;           // after it, or in its callback
  std::uint64_t generation_before = 0;
  std::uint64_t generation_after = 0;
  Outcome outcome = Outcome::acknowledged;
  Mark mark;  // of acknowledged transactions

  friend bool operator==(const Write&, const Write&) = default;
};

// A library's event.
struct Heard {
  Micros at = 0;
  std::string kind;
  std::uint64_t generation = 0;
  std::string endpoint;  // "-": none
  std::string reason;

  friend bool operator==(const Heard&, const Heard&) = default;
};

struct Journal {
  std::string writer;
  // One loop calls its callbacks and changes the generation: their order is that of what happened.
  bool one_loop = false;
  bool knows_replicas = false;  // by name, and so is told of each one's promotion when it happens
  std::vector<History> histories;
  std::vector<Write> writes;
  std::vector<Heard> events;
};

[[nodiscard]] std::string line_of(const History& history);
[[nodiscard]] std::string line_of(const Write& write);
[[nodiscard]] std::string line_of(const Heard& event);

// nullopt: it is the line of something else, or not whole.
[[nodiscard]] std::optional<Write> parse_write(const std::string& line);
// Throws std::runtime_error naming a line that is none of these. The last one may be incomplete: a writer
// that was killed.
void read_journal(std::istream& lines, Journal& into);

// The keys that a writer's thread writes to.
[[nodiscard]] std::string push_key(std::string_view writer, std::uint32_t thread);
[[nodiscard]] std::string bit_key(std::string_view writer, std::uint32_t thread);
// Bytes of a write in the replication stream, without what may stand around it (SELECT, MULTI, EXEC).
[[nodiscard]] std::uint64_t stream_length(std::string_view writer, const Write& write);

// Of the text of INFO replication; the offset is 0 if it says nothing of the kind.
struct Position {
  History history;
  std::uint64_t offset = 0;
  bool master = false;
};
[[nodiscard]] Position parse_position(std::string_view info);

}  // namespace rediscovery::chaos
