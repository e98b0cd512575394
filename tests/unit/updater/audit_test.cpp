#include "updater/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "situation.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::microseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::redis;
using testing::Situation;

Change change_from_5_to_6() {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 8);
  auto plan = situation.plan();
  plan.after.writer = "me:2";
  return {plan, 102, {}};
}

std::string logged(const Change& change) {
  std::ostringstream out;
  Log log(out);
  log_change(log, change, "x");
  return out.str();
}

TEST(Audit, TheLineHasWhoWhatAndWhere) {
  EXPECT_THAT(audit_line(change_from_5_to_6(), "on-reconfig leader"),
              AllOf(HasSubstr("master=mymaster who=me:2 trigger=\"on-reconfig leader\" epoch=7->8 "
                              "from=10.0.0.5:6379 to=10.0.0.6:6379 index=102 changes=[+master 10.0.0.6:6379"),
                    HasSubstr("-master 10.0.0.5:6379"), Not(HasSubstr("dns="))));
}

TEST(Audit, TheLineSaysHowLongDnsTook) {
  auto change = change_from_5_to_6();
  change.visibility = Visibility{redis(6), microseconds(940), {}, {}};
  EXPECT_THAT(audit_line(change, "x"), ::testing::EndsWith("] dns=0.9ms"));
  EXPECT_THAT(logged(change), Not(HasSubstr("warning")));
}

TEST(Audit, WhatDnsDoesNotShowIsAWarningWithWhatItAnswers) {
  auto change = change_from_5_to_6();
  change.visibility = Visibility{redis(6), {}, {}, "it still answers 10.0.0.5:6379"};
  EXPECT_THAT(audit_line(change, "x"), ::testing::EndsWith("] dns=not_visible"));
  EXPECT_THAT(logged(change),
              HasSubstr("warning: mymaster: Consul has 10.0.0.6:6379 as the master, but its DNS "
                        "does not show it: it still answers 10.0.0.5:6379"));
}

}  // namespace
}  // namespace rediscovery::updater
