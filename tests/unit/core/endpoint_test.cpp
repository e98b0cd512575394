#include "core/endpoint.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

TEST(Endpoint, ReadsIpv4WithPort) {
  const auto endpoint = parse_endpoint("10.0.0.5:6380");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->address, "10.0.0.5");
  EXPECT_EQ(endpoint->port, 6380);
}

TEST(Endpoint, ReadsBracketedIpv6AndWritesItTheSameWay) {
  const auto endpoint = parse_endpoint("[0:0:0:0:0:0:0:1]:6379");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->to_string(), "[::1]:6379");
}

TEST(Endpoint, TakesTheDefaultPortOnlyWhenNoneIsGiven) {
  EXPECT_EQ(parse_endpoint("10.0.0.5", 53)->port, 53);
  EXPECT_EQ(parse_endpoint("::1", 53)->port, 53);
  EXPECT_EQ(parse_endpoint("[::1]", 53)->port, 53);
  EXPECT_EQ(parse_endpoint("10.0.0.5:5353", 53)->port, 5353);
}

TEST(Endpoint, RefusesWhatIsNotANumericAddressWithAPort) {
  for (const auto* text : {"", ":", ":6379", "10.0.0.5", "10.0.0.5:", "10.0.0.5:0", "10.0.0.5:65536", "10.0.0.5:6379x",
                           "10.0.0:6379", "host:6379", "[::1]", "[::1]6379", "[::1", "::1", "10.0.0.5:-1"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(Endpoint, IsItsAddressAndPortWhateverNameLedToIt) {
  EXPECT_EQ((Endpoint{"10.0.0.5", 6379, "a"}), (Endpoint{"10.0.0.5", 6379, "b"}));
  EXPECT_NE((Endpoint{"10.0.0.5", 6379, "a"}), (Endpoint{"10.0.0.5", 6380, "a"}));
}

}  // namespace
}  // namespace rediscovery::core
