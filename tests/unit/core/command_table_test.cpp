#include "core/command_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace rediscovery::core {
namespace {

using Names = std::initializer_list<const char*>;

// A command with nothing remarkable: sent once, its silence means something, no lease.
bool is_plain(const CommandTraits& traits) {
  return !traits.only_reads && !traits.may_block && !traits.may_be_partial && !traits.needs_lease;
}

// A few of each kind; that the table agrees with the server about every command is shown against a real one
// (tests/integration/pool/command_table_test.cpp).
constexpr Names kReads = {"BITCOUNT", "GET", "HGETALL", "INFO", "ROLE", "XREAD", "ZUNION"};
constexpr Names kBlock = {"BLMOVE", "BLPOP", "BZPOPMIN", "WAIT", "WAITAOF"};
constexpr Names kPartial = {"EVAL", "EVALSHA", "EXEC", "FCALL"};
constexpr Names kLease = {"ASKING", "AUTH", "EXEC", "HELLO", "MULTI", "SELECT", "SUBSCRIBE", "WATCH"};

TEST(CommandTable, KnowsCommandsThatOnlyRead) {
  for (const auto* name : kReads) {
    const auto traits = traits_of({name});
    EXPECT_TRUE(traits.only_reads) << name;
    EXPECT_FALSE(traits.may_block || traits.may_be_partial || traits.needs_lease) << name;
  }
}

TEST(CommandTable, KnowsCommandsThatBlock) {
  for (const auto* name : kBlock) {
    EXPECT_TRUE(traits_of({name}).may_block) << name;
    EXPECT_FALSE(traits_of({name}).only_reads) << name;
  }
}

TEST(CommandTable, KnowsCommandsThatMayHaveHadEffectsBeforeItsError) {
  for (const auto* name : kPartial) EXPECT_TRUE(traits_of({name}).may_be_partial) << name;
}

TEST(CommandTable, KnowsEveryCommandThatChangesItsConnection) {
  for (const auto* name : kLease) {
    EXPECT_TRUE(traits_of({name}).needs_lease) << name;
    EXPECT_FALSE(traits_of({name}).only_reads) << name;
  }
}

// The costliest mistake: a write in the list of reads would be run twice.
TEST(CommandTable, TakesNoWriteForARead) {
  for (const auto* name :
       {"APPEND",  "BITFIELD",   "BITOP",       "COPY",        "DECR",        "DEL",
        "EVAL",    "EXPIRE",     "FLUSHALL",    "GEOADD",      "GEORADIUS",   "GEOSEARCHSTORE",
        "GETDEL",  "GETEX",      "GETSET",      "HINCRBY",     "HSET",        "INCR",
        "LMOVE",   "LPOP",       "LPUSH",       "MIGRATE",     "MOVE",        "MSET",
        "PERSIST", "PFADD",      "PFMERGE",     "PUBLISH",     "RENAME",      "RESTORE",
        "RPOP",    "SADD",       "SET",         "SETEX",       "SINTERSTORE", "SMOVE",
        "SORT",    "SPOP",       "SPUBLISH",    "SUNIONSTORE", "UNLINK",      "XACK",
        "XADD",    "XAUTOCLAIM", "XCLAIM",      "XGROUP",      "XREADGROUP",  "ZADD",
        "ZINCRBY", "ZPOPMIN",    "ZRANGESTORE", "ZUNIONSTORE"}) {
    EXPECT_FALSE(traits_of({name}).only_reads) << name;
  }
}

TEST(CommandTable, DoesNotCareAboutCase) {
  EXPECT_TRUE(traits_of({"get", "k"}).only_reads);
  EXPECT_TRUE(traits_of({"hGetAll", "k"}).only_reads);
  EXPECT_TRUE(traits_of({"blpop", "k", "0"}).may_block);
  EXPECT_TRUE(traits_of({"evalsha", "…"}).may_be_partial);
  EXPECT_TRUE(traits_of({"multi"}).needs_lease);
  EXPECT_TRUE(traits_of({"xread", "block", "0", "streams", "s", "$"}).may_block);
}

TEST(CommandTable, GivesUnknownCommandsNoTrait) {
  for (const auto* name : {"", "FOO", "GET ", " GET", "GETT", "GE", "JSON.GET", "\xff\xfe", "ZZZ", "AAA"}) {
    EXPECT_TRUE(is_plain(traits_of({name}))) << name;
  }
  EXPECT_TRUE(is_plain(traits_of({std::string("GET\0", 4), "k"}))) << "a name with a zero byte is no GET";
  EXPECT_TRUE(is_plain(traits_of({}))) << "nor has no command at all";
}

TEST(CommandTable, WhatGoesOnAtACursorIsKnown) {
  for (const auto* name : {"SCAN", "hscan", "SSCAN", "ZSCAN"}) {
    EXPECT_TRUE(traits_of({name, "0"}).has_cursor) << name;
    EXPECT_TRUE(traits_of({name, "0"}).only_reads) << name;
  }
  EXPECT_FALSE(traits_of({"GET", "k"}).has_cursor);
}

TEST(CommandTable, ReadingStreamsBlocksOnlyWithBlock) {
  const auto may_block = [](const std::vector<std::string>& words) { return traits_of(words).may_block; };
  EXPECT_FALSE(may_block({"XREAD", "COUNT", "2", "STREAMS", "s", "0"}));
  EXPECT_TRUE(may_block({"XREAD", "BLOCK", "0", "STREAMS", "s", "$"}));
  EXPECT_TRUE(may_block({"XREAD", "COUNT", "2", "BLOCK", "0", "STREAMS", "s", "$"}));
  EXPECT_FALSE(may_block({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"}));
  EXPECT_TRUE(may_block({"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"}));
  EXPECT_TRUE(may_block({"XREADGROUP", "BLOCK", "0", "GROUP", "g", "c", "STREAMS", "s", ">"}));
  EXPECT_TRUE(may_block({"XREADGROUP", "COUNT", "5", "BLOCK", "0", "GROUP", "g", "c", "STREAMS", "s", ">"}));
  EXPECT_TRUE(traits_of({"XREAD", "BLOCK", "0", "STREAMS", "s", "$"}).only_reads) << "blocking or not";
  EXPECT_FALSE(may_block({"XREAD"}));
}

// Otherwise a hung master would not be noticed under them.
TEST(CommandTable, TakesNoKeyOrGroupForTheOptionBlock) {
  EXPECT_FALSE(traits_of({"XREAD", "STREAMS", "block", "0"}).may_block);
  EXPECT_FALSE(traits_of({"XREADGROUP", "GROUP", "block", "c", "STREAMS", "s", ">"}).may_block);
  EXPECT_FALSE(traits_of({"XREADGROUP", "GROUP", "g", "block", "STREAMS", "s", ">"}).may_block);
}

TEST(CommandTable, OtherCommandsDoNotBlockForTheWordBlock) {
  EXPECT_FALSE(traits_of({"SET", "BLOCK", "0"}).may_block);
}

}  // namespace
}  // namespace rediscovery::core
