#include <rediscovery/event.hpp>

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace rediscovery {
namespace {

std::string written(const Event& event) {
  std::ostringstream out;
  out << event;
  return out.str();
}

TEST(Event, HasAStableNameForEveryKind) {
  const std::set<std::string_view> expected{
      "resolved", "lookup_failed",  "suspect",           "verified",          "adopted",
      "refused",  "authentication", "connection_opened", "connection_closed", "drained"};
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(EventKind::drained); ++kind) {
    names.insert(to_string(static_cast<EventKind>(kind)));
  }
  EXPECT_EQ(names, expected);
  EXPECT_EQ(to_string(static_cast<EventKind>(200)), "unknown");
}

TEST(Event, IsWrittenOnOneLineWithWhatItHas) {
  Event event;
  event.kind = EventKind::adopted;
  event.generation = 3;
  EXPECT_EQ(written(event), "adopted generation 3");
  event.endpoint = "10.0.0.5:6379";
  EXPECT_EQ(written(event), "adopted generation 3 10.0.0.5:6379");
  event.reason = "descends from the master before";
  event.took = std::chrono::microseconds(1500);
  EXPECT_EQ(written(event), "adopted generation 3 10.0.0.5:6379: descends from the master before (1500 us)");
}

}  // namespace
}  // namespace rediscovery
