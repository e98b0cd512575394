#include "chaos/journal.hpp"

#include <array>
#include <charconv>
#include <initializer_list>
#include <istream>
#include <sstream>
#include <stdexcept>

namespace rediscovery::chaos {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"push", "bit", "transaction"};
constexpr std::array<std::string_view, 4> kOutcomes{"ok", "no", "maybe", "error"};

template <typename Enum, std::size_t size>
std::optional<Enum> named(const std::array<std::string_view, size>& names, const std::string& name) {
  for (std::size_t i = 0; i < size; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

bool read_line(const std::string& line, Journal& into) {
  std::istringstream fields(line);
  std::string what;
  fields >> what;
  if (what == "history") {
    History history;
    fields >> history.id >> history.cut;
    const bool good = !fields.fail();
    fields >> history.parent;
    into.histories.push_back(history);
    return good;
  }
  if (what == "write") {
    const auto write = parse_write(line);
    if (!write) return false;
    into.writes.push_back(*write);
    return write->mark.history == Mark::kNone || write->mark.history < into.histories.size();
  }
  if (what == "event") {
    Heard event;
    fields >> event.at >> event.kind >> event.generation >> event.endpoint;
    const bool good = !fields.fail();
    std::getline(fields >> std::ws, event.reason);
    into.events.push_back(event);
    return good;
  }
  return false;
}

std::string bulk(std::string_view word) {
  std::string text = "$";
  text.append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  return text;
}

std::uint64_t encoded_length(std::initializer_list<std::string_view> words) {
  std::uint64_t length = std::string_view("*N\r\n").size();
  for (const auto word : words) length += bulk(word).size();
  return length;
}

}  // namespace

std::string line_of(const History& history) {
  return "history " + history.id + " " + std::to_string(history.cut) +
         (history.parent.empty() ? "" : " " + history.parent) + "\n";
}

std::string line_of(const Write& write) {
  std::ostringstream line;
  line << "write " << write.thread << " " << kKinds[static_cast<std::size_t>(write.kind)] << " "
       << write.number << " " << write.sent << " " << write.done << " " << write.generation_before << " "
       << write.generation_after << " " << kOutcomes[static_cast<std::size_t>(write.outcome)];
  if (write.mark.history != Mark::kNone) line << " " << write.mark.history << " " << write.mark.offset;
  line << "\n";
  return line.str();
}

std::string line_of(const Heard& event) {
  std::ostringstream line;
  line << "event " << event.at << " " << event.kind << " " << event.generation << " "
       << (event.endpoint.empty() ? "-" : event.endpoint) << " " << event.reason << "\n";
  return line.str();
}

std::optional<Write> parse_write(const std::string& line) {
  std::istringstream fields(line);
  std::string what;
  std::string kind_name;
  std::string outcome_name;
  Write write;
  fields >> what >> write.thread >> kind_name >> write.number >> write.sent >> write.done >>
      write.generation_before >> write.generation_after >> outcome_name;
  const auto kind = named<WriteKind>(kKinds, kind_name);
  const auto outcome = named<Outcome>(kOutcomes, outcome_name);
  if (fields.fail() || what != "write" || !kind || !outcome) return std::nullopt;
  write.kind = *kind;
  write.outcome = *outcome;
  Mark mark;
  if (fields >> mark.history >> mark.offset) write.mark = mark;
  return write;
}

void read_journal(std::istream& lines, Journal& into) {
  for (std::string line; std::getline(lines, line);) {
    if (lines.eof()) return;  // without its end
    if (!read_line(line, into)) throw std::runtime_error(into.writer + ": not a line of a journal: " + line);
  }
}

std::string push_key(std::string_view writer, std::uint32_t thread) {
  return "push:" + std::string(writer) + ":" + std::to_string(thread);
}

std::string bit_key(std::string_view writer, std::uint32_t thread) {
  return "bit:" + std::string(writer) + ":" + std::to_string(thread);
}

std::uint64_t stream_length(std::string_view writer, const Write& write) {
  const std::string number = std::to_string(write.number);
  if (write.kind == WriteKind::bit)
    return encoded_length({"SETBIT", bit_key(writer, write.thread), number, "1"});
  return encoded_length({"RPUSH", push_key(writer, write.thread), number});
}

Position parse_position(std::string_view info) {
  const auto field = [info](std::string_view name) {
    const std::size_t at = info.find("\n" + std::string(name) + ":");
    if (at == std::string_view::npos) return std::string();
    const std::size_t begin = at + name.size() + 2;
    return std::string(info.substr(begin, info.find_first_of("\r\n", begin) - begin));
  };
  const auto number = [&](std::string_view name) {
    const std::string text = field(name);
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
  };
  Position position;
  position.master = field("role") == "master";
  position.history.id = field("master_replid");
  position.offset = number("master_repl_offset");
  // -1 and zeros: none. The offset is that of the first byte which is not the parent's any more.
  if (const auto second = number("second_repl_offset"); second > 0) {
    position.history.parent = field("master_replid2");
    position.history.cut = second - 1;
  }
  return position;
}

}  // namespace rediscovery::chaos
