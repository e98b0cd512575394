#include "updater/agenda.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace rediscovery::updater {
namespace {

// Long enough that no test ever sees it come.
core::TimePoint far_away() { return std::chrono::steady_clock::now() + std::chrono::hours(1); }

TEST(Agenda, EveryMasterIsDueAtTheStart) {
  Agenda agenda({"a", "b"});
  EXPECT_EQ(agenda.next()->master, "a");
  const auto second = agenda.next();
  EXPECT_EQ(second->master, "b");
  EXPECT_EQ(second->reason, "start");
}

TEST(Agenda, ManyEventsAreOneRun) {
  Agenda agenda({"a", "b"});
  (void)agenda.next();
  (void)agenda.next();
  agenda.mark("a", "first");
  agenda.mark("a", "second");
  agenda.mark("b", "third");
  EXPECT_EQ(agenda.next()->reason, "second");
  EXPECT_EQ(agenda.next()->master, "b");
}

TEST(Agenda, UnknownMastersAreIgnored) {
  Agenda agenda({"a"});
  (void)agenda.next();
  agenda.mark("stranger", "x");
  agenda.mark("a", "y");
  EXPECT_EQ(agenda.next()->master, "a");
}

// An event that comes while its master is reconciled must not be forgotten when the next run is scheduled.
TEST(Agenda, ALaterScheduleDoesNotPostponeAnEvent) {
  Agenda agenda({"a"});
  (void)agenda.next();
  agenda.mark("a", "event");
  agenda.schedule("a", far_away(), "interval");
  EXPECT_EQ(agenda.next()->reason, "event");
}

TEST(Agenda, AnEventBringsAScheduledRunForward) {
  Agenda agenda({"a", "b"});
  (void)agenda.next();
  (void)agenda.next();
  agenda.schedule("a", far_away(), "interval");
  agenda.schedule("b", far_away(), "interval");
  agenda.mark_all("subscribed");
  EXPECT_EQ(agenda.next()->reason, "subscribed");
  EXPECT_EQ(agenda.next()->reason, "subscribed");
}

TEST(Agenda, StopEndsWhoWaits) {
  Agenda agenda({"a"});
  (void)agenda.next();
  std::thread stopper([&agenda] { agenda.stop(); });
  EXPECT_FALSE(agenda.next());
  EXPECT_FALSE(agenda.next());
  stopper.join();
}

}  // namespace
}  // namespace rediscovery::updater
