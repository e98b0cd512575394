#include "chaos/outages.hpp"

#include <gtest/gtest.h>

namespace rediscovery::chaos {
namespace {

Journal acknowledged_at(std::initializer_list<Micros> times) {
  Journal journal;
  for (const auto at : times) {
    Write write;
    write.done = at;
    journal.writes.push_back(write);
  }
  return journal;
}

TEST(Outages, AreTheTimeBetweenTwoAcknowledgements) {
  const Outages outages(acknowledged_at({10, 20, 70, 80}));
  EXPECT_EQ(outages.longest(0, 100), 50);
  EXPECT_EQ(outages.longest(30, 60), 50) << "one that lasts longer than that time";
  EXPECT_EQ(outages.longest(72, 79), 10);
}

TEST(Outages, WhatFailedEndsNone) {
  Journal journal = acknowledged_at({10, 90});
  Write failed;
  failed.done = 50;
  failed.outcome = Outcome::not_executed;
  journal.writes.push_back(failed);
  EXPECT_EQ(Outages(journal).longest(0, 100), 80);
}

}  // namespace
}  // namespace rediscovery::chaos
