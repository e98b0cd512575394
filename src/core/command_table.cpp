#include "core/command_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace rediscovery::core {
namespace {

// Each list is sorted: it is searched by halving. The compiler checks that below.
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

template <typename List>
constexpr bool is_sorted(const List& list) {
  return std::is_sorted(list.begin(), list.end());
}
static_assert(is_sorted(kOnlyRead) && is_sorted(kBlocks) && is_sorted(kPartial) && is_sorted(kNeedsLease));

template <typename List>
bool contains(const List& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

// XREAD and XREADGROUP GROUP <group> <consumer>: options come before STREAMS, then keys of any name.
bool reads_streams_with_block(const std::vector<std::string>& words, std::size_t first_option) {
  for (std::size_t i = first_option; i < words.size(); ++i) {
    const std::string word = upper(words[i]);
    if (word == "STREAMS") return false;
    if (word == "BLOCK") return true;
  }
  return false;
}

}  // namespace

std::string upper(std::string_view word) {
  std::string result(word);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

CommandTraits traits_of(const std::vector<std::string>& words) {
  CommandTraits traits;
  if (words.empty()) return traits;
  const std::string name = upper(words.front());
  traits.only_reads = contains(kOnlyRead, name);
  traits.may_block = contains(kBlocks, name);
  traits.may_be_partial = contains(kPartial, name);
  traits.needs_lease = contains(kNeedsLease, name);
  if (name == "XREAD") traits.may_block = reads_streams_with_block(words, 1);
  if (name == "XREADGROUP") traits.may_block = reads_streams_with_block(words, 4);
  return traits;
}

}  // namespace rediscovery::core
