#include "core/network.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscovery::core {
namespace {

using namespace std::string_literals;

bool contains(std::string_view network, std::string_view address) {
  return Network::parse(network).value().contains(address);
}

TEST(Network, HoldsTheAddressesThatShareItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_FALSE(contains("fd00::/8", "fe80::1"));
}

TEST(Network, CanEndInTheMiddleOfAByte) {
  EXPECT_TRUE(contains("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(contains("10.0.0.4/31", "10.0.0.5"));
  EXPECT_FALSE(contains("10.0.0.4/31", "10.0.0.6"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
}

TEST(Network, IgnoresTheBitsBehindItsPrefix) { EXPECT_TRUE(contains("10.1.2.3/8", "10.9.9.9")); }

TEST(Network, CanBeOneAddressOrAll) {
  EXPECT_TRUE(contains("10.0.0.5", "10.0.0.5"));
  EXPECT_FALSE(contains("10.0.0.5", "10.0.0.4"));
  EXPECT_TRUE(contains("10.0.0.5/32", "10.0.0.5"));
  EXPECT_TRUE(contains("::1/128", "0:0:0:0:0:0:0:1"));
  EXPECT_FALSE(contains("::1", "::2"));
  EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
  EXPECT_TRUE(contains("::/0", "ffff::"));
}

TEST(Network, HoldsNoAddressOfTheOtherFamilyAndNoName) {
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_FALSE(contains("::/0", "10.0.0.5"));
  EXPECT_FALSE(contains("0.0.0.0/0", "localhost"));
  EXPECT_FALSE(contains("0.0.0.0/0", ""));
}

TEST(Network, RefusesWhatIsNotANetwork) {
  for (const auto* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+1", "10.0.0.0/8x", "10.0.0/8",
        "::/129", "ten/8", "10.0.0.0/8/8", "10.0.0.0 /8", "10.0.0.0/99999999999999999999"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
  EXPECT_FALSE(Network::parse("10.0.0.0\0.example/8"s)) << "the C library stops reading at a zero byte";
}

TEST(Network, WithoutAnyNetworkEverythingIsAllowed) {
  const Endpoint inside{"10.0.0.5", 6379, ""};
  const Endpoint outside{"192.168.0.1", 6379, ""};
  const std::vector<Network> networks{*Network::parse("fd00::/8"), *Network::parse("10.0.0.0/8")};
  EXPECT_TRUE(is_allowed(outside, {}));
  EXPECT_TRUE(is_allowed(inside, networks));
  EXPECT_FALSE(is_allowed(outside, networks));
}

}  // namespace
}  // namespace rediscovery::core
