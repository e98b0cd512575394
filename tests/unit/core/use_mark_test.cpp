#include "core/use_mark.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

TEST(UseMark, OnlyTheFirstUseAfterARestWakes) {
  UseMark mark;
  EXPECT_FALSE(mark.use()) << "nobody has asked yet";
  EXPECT_TRUE(mark.ask(false)) << "it was used in the meantime";
  EXPECT_FALSE(mark.use());
  EXPECT_TRUE(mark.ask(false));
  EXPECT_FALSE(mark.ask(false));
  EXPECT_TRUE(mark.use());
  EXPECT_FALSE(mark.use()) << "who rested is awake";
}

TEST(UseMark, WhatIsInUseWasUsed) {
  UseMark mark;
  EXPECT_TRUE(mark.ask(true));
  EXPECT_FALSE(mark.use());
}

}  // namespace
}  // namespace rediscovery::core
