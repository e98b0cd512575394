#include "core/command_table.hpp"

#include <algorithm>
#include <array>

namespace rediscovery::core {
namespace {

constexpr auto kOnlyRead = std::to_array<std::string_view>({
    "BITCOUNT",
    "BITFIELD_RO",
    "BITPOS",
    "COMMAND",
    "DBSIZE",
    "DUMP",
    "ECHO",
    "EXISTS",
    "EXPIRETIME",
    "GEODIST",
    "GEOHASH",
    "GEOPOS",
    "GEORADIUSBYMEMBER_RO",
    "GEORADIUS_RO",
    "GEOSEARCH",
    "GET",
    "GETBIT",
    "GETRANGE",
    "HEXISTS",
    "HGET",
    "HGETALL",
    "HKEYS",
    "HLEN",
    "HMGET",
    "HRANDFIELD",
    "HSCAN",
    "HSTRLEN",
    "HVALS",
    "INFO",
    "KEYS",
    "LASTSAVE",
    "LCS",
    "LINDEX",
    "LLEN",
    "LOLWUT",
    "LPOS",
    "LRANGE",
    "MGET",
    "PEXPIRETIME",
    "PFCOUNT",
    "PING",
    "PTTL",
    "RANDOMKEY",
    "ROLE",
    "SCAN",
    "SCARD",
    "SDIFF",
    "SINTER",
    "SINTERCARD",
    "SISMEMBER",
    "SMEMBERS",
    "SMISMEMBER",
    "SORT_RO",
    "SRANDMEMBER",
    "SSCAN",
    "STRLEN",
    "SUBSTR",
    "SUNION",
    "TIME",
    "TOUCH",
    "TTL",
    "TYPE",
    "XLEN",
    "XPENDING",
    "XRANGE",
    "XREAD",
    "XREVRANGE",
    "ZCARD",
    "ZCOUNT",
    "ZDIFF",
    "ZINTER",
    "ZINTERCARD",
    "ZLEXCOUNT",
    "ZMSCORE",
    "ZRANDMEMBER",
    "ZRANGE",
    "ZRANGEBYLEX",
    "ZRANGEBYSCORE",
    "ZRANK",
    "ZREVRANGE",
    "ZREVRANGEBYLEX",
    "ZREVRANGEBYSCORE",
    "ZREVRANK",
    "ZSCAN",
    "ZSCORE",
    "ZUNION",
});

constexpr auto kCursors = std::to_array<std::string_view>({
    "HSCAN",
    "SCAN",
    "SSCAN",
    "ZSCAN",
});

constexpr auto kBlocks = std::to_array<std::string_view>({
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "WAIT",
    "WAITAOF",
});

constexpr auto kPartial = std::to_array<std::string_view>({
    "EVAL",
    "EVALSHA",
    "EXEC",
    "FCALL",
});

constexpr auto kNeedsLease = std::to_array<std::string_view>({
    "ASKING",    "AUTH",         "CLIENT",     "DISCARD",     "EXEC",         "HELLO",
    "MONITOR",   "MULTI",        "PSUBSCRIBE", "PSYNC",       "PUNSUBSCRIBE", "QUIT",
    "READONLY",  "READWRITE",    "REPLCONF",   "RESET",       "SELECT",       "SSUBSCRIBE",
    "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC",       "UNSUBSCRIBE", "UNWATCH",      "WATCH",
});

struct Row {
  std::string_view name;
  CommandTraits traits;
};

// The lists as one, sorted by name: every command is looked up here, so it is looked up once. Made by the
// compiler. A name on two lists leaves a row without a name.
constexpr auto kTable = [] {
  std::array<Row, kOnlyRead.size() + kCursors.size() + kBlocks.size() + kPartial.size() + kNeedsLease.size()>
      rows{};
  auto end = rows.begin();
  const auto add = [&](const auto& names, bool CommandTraits::*trait) {
    for (const auto name : names) {
      const auto row = std::find_if(rows.begin(), end, [&](const Row& known) { return known.name == name; });
      if (row == end) ++end;
      row->name = name;
      row->traits.*trait = true;
    }
  };
  add(kOnlyRead, &CommandTraits::only_reads);
  add(kCursors, &CommandTraits::has_cursor);
  add(kBlocks, &CommandTraits::may_block);
  add(kPartial, &CommandTraits::may_be_partial);
  add(kNeedsLease, &CommandTraits::needs_lease);
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
  return rows;
}();

// XREAD and XREADGROUP: options in any order before STREAMS, then keys of any name.
bool reads_streams_with_block(const std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string word = upper(words[i]);
    if (word == "STREAMS") return false;
    if (word == "BLOCK") return true;
    if (word == "COUNT") i += 1;
    if (word == "GROUP") i += 2;  // a group and a consumer, of any name
  }
  return false;
}

}  // namespace

std::string upper(std::string_view word) {
  std::string result(word);
  // Not std::toupper: it asks the application's locale, for every letter of every command.
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

CommandTraits traits_of(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  const std::string name = upper(words.front());
  const auto row =
      std::lower_bound(kTable.begin(), kTable.end(), name,
                       [](const Row& known, std::string_view wanted) { return known.name < wanted; });
  CommandTraits traits;
  if (row != kTable.end() && row->name == name) traits = row->traits;
  if (name == "XREAD" || name == "XREADGROUP") traits.may_block = reads_streams_with_block(words);
  return traits;
}

}  // namespace rediscovery::core
