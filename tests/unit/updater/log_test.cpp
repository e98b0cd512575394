#include "updater/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rediscovery::updater {
namespace {

TEST(Log, OneLineForEachThingWhateverTheText) {
  std::ostringstream out;
  Log log(out);
  log.write(Level::audit, "a\nb\x1b[1m\tc");
  EXPECT_THAT(out.str(), ::testing::EndsWith("Z audit: a b [1m c\n"));
}

TEST(Log, TheTimeIsUtcWithMilliseconds) {
  const auto text = utc_timestamp();
  ASSERT_EQ(text.size(), std::string("2026-11-22T12:15:14.123Z").size());
  EXPECT_EQ(text[10], 'T');
  EXPECT_EQ(text[19], '.');
  EXPECT_EQ(text.back(), 'Z');
}

}  // namespace
}  // namespace rediscovery::updater
