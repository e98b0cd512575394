#include "consul/base64.hpp"

#include <gtest/gtest.h>

namespace rediscovery::consul {
namespace {

TEST(Base64, KnownPairsBothWays) {
  const std::pair<std::string_view, std::string_view> pairs[] = {
      {"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : pairs) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, EveryByteSurvives) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
}

TEST(Base64, WhatIsNotBase64IsRefused) {
  for (const auto* text : {"Z", "Zg", "Zg=", "Z===", "====", "Zm9*", "Zm 9", "Zg==Zg==", "Z=g="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace rediscovery::consul
