#include "updater/status_line.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

TEST(StatusLine, SaysWhatIsFollowedWhileAllIsWell) {
  EXPECT_EQ(status_line(2, 3, {}), "following 2 masters by 3 Sentinels");
  EXPECT_EQ(status_line(1, 1, {}), "following 1 master by 1 Sentinel");
}

TEST(StatusLine, NamesWhoIsInTroubleAndWhy) {
  EXPECT_EQ(status_line(2, 3, {{"mymaster", "Consul does not answer"}}),
            "2 masters, 1 in trouble: mymaster: Consul does not answer");
  EXPECT_EQ(status_line(3, 3, {{"a", "this"}, {"b", "that"}}), "3 masters, 2 in trouble: a: this; b: that");
}

TEST(StatusLine, IsALineAlsoWithManyInTrouble) {
  std::map<std::string, std::string> troubles;
  for (int i = 0; i < 500; ++i) troubles["master-" + std::to_string(i)] = std::string(100, 'x');
  const auto line = status_line(500, 3, troubles);
  EXPECT_LT(line.size(), 300U);
  EXPECT_TRUE(line.starts_with("500 masters, 500 in trouble: master-0: xxx"));
}

}  // namespace
}  // namespace rediscovery::updater
