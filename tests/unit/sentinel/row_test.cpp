#include "sentinel/row.hpp"

#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

Reply texts(std::initializer_list<const char*> words) {
  std::vector<Reply> elements;
  for (const char* word : words) elements.push_back(Reply::string(word));
  return Reply::array(std::move(elements));
}

TEST(Row, PairsBecomeFields) {
  const auto row = Row::parse(texts({"name", "mymaster", "port", "6379", "flags", "slave,s_down"}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->text("name"), "mymaster");
  EXPECT_EQ(row->number("port"), 6379U);
  EXPECT_EQ(row->text("absent"), "");
  EXPECT_EQ(row->number("absent"), std::nullopt);
  EXPECT_EQ(row->number("name"), std::nullopt);
}

TEST(Row, AMapIsARowToo) {
  const auto row = Row::parse(Reply::map({Reply::string("a"), Reply::status("b")}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->text("a"), "b");
}

TEST(Row, FlagsAreComparedWhole) {
  const auto row = Row::parse(texts({"flags", "slave,s_down,disconnected"}));
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->has_flag("slave"));
  EXPECT_TRUE(row->has_flag("s_down"));
  EXPECT_TRUE(row->has_flag("disconnected"));
  EXPECT_FALSE(row->has_flag("down"));
  EXPECT_FALSE(row->has_flag("s_dow"));
  EXPECT_FALSE(row->has_flag(""));
  EXPECT_FALSE(Row::parse(texts({}))->has_flag("slave"));
}

TEST(Row, NumbersMustBeWhollyNumbersThatFit) {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "99999999999999999999"}) {
    EXPECT_EQ(Row::parse(texts({"n", text}))->number("n"), std::nullopt) << text;
  }
  EXPECT_EQ(Row::parse(texts({"n", "18446744073709551615"}))->number("n"), 18446744073709551615U);
}

TEST(Row, WhatIsNoRowIsRefused) {
  EXPECT_FALSE(Row::parse(Reply()));
  EXPECT_FALSE(Row::parse(Reply::string("x")));
  EXPECT_FALSE(Row::parse(Reply::error("ERR")));
  EXPECT_FALSE(Row::parse(texts({"odd"})));
  EXPECT_FALSE(Row::parse(Reply::array({Reply::string("a"), Reply::integer(1)})));
  EXPECT_FALSE(Row::parse(Reply::array({Reply::string("a"), Reply()})));
  EXPECT_FALSE(Row::parse(Reply::array({Reply::array({}), Reply::string("a")})));
}

}  // namespace
}  // namespace rediscovery::sentinel
