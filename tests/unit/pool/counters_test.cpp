#include "pool/counters.hpp"

#include <gtest/gtest.h>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

TEST(Counters, ReplyAndServersErrorAreCommandsAndEverythingElseFailed) {
  Counters counters;
  counters.count(Reply::status("OK"));
  counters.count(Error(ErrorCode::server_error, Executed::yes, "WRONGTYPE"));
  counters.count(Error(ErrorCode::no_master, Executed::no, ""));
  Stats stats;
  counters.read_into(stats);
  EXPECT_EQ(stats.commands, 2U);
  EXPECT_EQ(stats.failed, 1U);
  EXPECT_EQ(stats.in_doubt, 0U);
}

TEST(Counters, AFailureThatMayHaveBeenExecutedIsAlsoInDoubt) {
  Counters counters;
  counters.count(Error(ErrorCode::connection_lost, Executed::maybe, ""));
  counters.count(Error(ErrorCode::timeout, Executed::no, ""));
  Stats stats;
  counters.read_into(stats);
  EXPECT_EQ(stats.commands, 0U);
  EXPECT_EQ(stats.failed, 2U);
  EXPECT_EQ(stats.in_doubt, 1U);
}

TEST(Counters, WhatWasCountedAndTimedIsRead) {
  Counters counters;
  Counters::add(counters.retries);
  Counters::add(counters.adoptions);
  Counters::add(counters.adoptions);
  counters.execute.record(3ms);
  Stats stats;
  stats.generation = 7;
  counters.read_into(stats);
  EXPECT_EQ(stats.retries, 1U);
  EXPECT_EQ(stats.adoptions, 2U);
  EXPECT_EQ(stats.execute.count(), 1U);
  EXPECT_EQ(stats.wait.count(), 0U);
  EXPECT_EQ(stats.generation, 7U) << "what is not counted is left as it is";
}

}  // namespace
}  // namespace rediscovery
