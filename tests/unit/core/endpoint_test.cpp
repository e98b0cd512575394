#include "core/endpoint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace rediscovery::core {
namespace {

using namespace std::string_literals;

TEST(Endpoint, ReadsIpv4WithPort) {
  const auto endpoint = parse_endpoint("10.0.0.5:6380");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->address, "10.0.0.5");
  EXPECT_EQ(endpoint->port, 6380);
  EXPECT_EQ(endpoint->name, "");
}

TEST(Endpoint, ReadsBracketedIpv6AndWritesItTheSameWay) {
  const auto endpoint = parse_endpoint("[0:0:0:0:0:0:0:1]:6379");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->to_string(), "[::1]:6379");
}

TEST(Endpoint, HasOneSpellingForEveryWayToWriteAnAddress) {
  EXPECT_EQ(parse_endpoint("[2001:DB8::0:1]:1"), parse_endpoint("[2001:db8:0:0:0:0:0:1]:1"));
  EXPECT_EQ(parse_endpoint("[::ffff:10.0.0.5]:1")->address, "::ffff:10.0.0.5");
}

TEST(Endpoint, ReadsBackWhatItWrites) {
  for (const auto* text : {"10.0.0.5:6379", "[::1]:1", "[2001:db8::1]:65535", "255.255.255.255:80"}) {
    EXPECT_EQ(parse_endpoint(text)->to_string(), text);
  }
}

TEST(Endpoint, TakesTheDefaultPortOnlyWhenNoneIsGiven) {
  EXPECT_EQ(parse_endpoint("10.0.0.5", 53)->port, 53);
  EXPECT_EQ(parse_endpoint("::1", 53)->port, 53);
  EXPECT_EQ(parse_endpoint("[::1]", 53)->port, 53);
  EXPECT_EQ(parse_endpoint("10.0.0.5:5353", 53)->port, 5353);
  EXPECT_EQ(parse_endpoint("[::1]:5353", 53)->port, 5353);
}

TEST(Endpoint, TakesNoDefaultPortInPlaceOfAWrongOne) {
  for (const auto* text : {"10.0.0.5:", "10.0.0.5:0", "10.0.0.5:65536", "[::1]:", "[::1]:0", "[::1]:x"}) {
    EXPECT_FALSE(parse_endpoint(text, 53)) << text;
  }
}

TEST(Endpoint, RefusesWhatIsNotANumericAddressWithAPort) {
  for (const auto* text : {"",
                           ":",
                           ":6379",
                           "10.0.0.5",
                           "10.0.0.5:",
                           "10.0.0.5:0",
                           "10.0.0.5:65536",
                           "10.0.0.5:6379x",
                           "10.0.0:6379",
                           "host:6379",
                           "[::1]",
                           "[::1]6379",
                           "[::1",
                           "::1",
                           "10.0.0.5:-1",
                           "10.0.0.5:+1",
                           " 10.0.0.5:1",
                           "10.0.0.5 :1",
                           "10.0.0.5: 1",
                           "[]:1",
                           "[fe80::1%eth0]:1",
                           "10.0.0.256:1",
                           "1:2:3"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

// The C library stops reading at the first zero byte; what follows must not be forgotten but refused.
TEST(Endpoint, RefusesAnAddressWithAZeroByteInIt) {
  EXPECT_FALSE(parse_endpoint("10.0.0.5\0.example:6379"s));
  EXPECT_FALSE(is_numeric_address("10.0.0.5\0"s));
}

TEST(Endpoint, TellsNumericAddressesFromNames) {
  for (const auto* text : {"10.0.0.5", "::", "::1", "2001:db8::1"})
    EXPECT_TRUE(is_numeric_address(text)) << text;
  for (const auto* text : {"", "localhost", "10.0.0", "10.0.0.5:1", "[::1]", "0x7f.1"}) {
    EXPECT_FALSE(is_numeric_address(text)) << text;
  }
}

TEST(Endpoint, IsItsAddressAndPortWhateverNameLedToIt) {
  EXPECT_EQ((Endpoint{"10.0.0.5", 6379, "a"}), (Endpoint{"10.0.0.5", 6379, "b"}));
  EXPECT_NE((Endpoint{"10.0.0.5", 6379, "a"}), (Endpoint{"10.0.0.5", 6380, "a"}));
  EXPECT_NE((Endpoint{"10.0.0.5", 6379, "a"}), (Endpoint{"10.0.0.6", 6379, "a"}));
}

TEST(Endpoint, IsOrderedByAddressAndPortAsItIsCompared) {
  std::vector<Endpoint> endpoints{{"10.0.0.2", 1, "a"}, {"10.0.0.1", 2, "b"}, {"10.0.0.1", 1, "c"}};
  std::sort(endpoints.begin(), endpoints.end());
  EXPECT_EQ(endpoints,
            (std::vector<Endpoint>{{"10.0.0.1", 1, ""}, {"10.0.0.1", 2, ""}, {"10.0.0.2", 1, ""}}));
  EXPECT_EQ((Endpoint{"10.0.0.1", 1, "a"} <=> Endpoint{"10.0.0.1", 1, "b"}), std::strong_ordering::equal);
}

TEST(Endpoint, IsWrittenWithoutItsName) {
  std::ostringstream out;
  out << Endpoint{"::1", 6379, "master.test"};
  EXPECT_EQ(out.str(), "[::1]:6379");
}

TEST(EndpointList, KeepsItsOrderAndTakesTheDefaultPortForEachWithoutOne) {
  EXPECT_EQ(parse_endpoint_list("10.0.0.2:7000,10.0.0.1,[::1]:7002", 6379),
            (std::vector<Endpoint>{{"10.0.0.2", 7000, ""}, {"10.0.0.1", 6379, ""}, {"::1", 7002, ""}}));
}

TEST(EndpointList, IsNoneAsSoonAsOnePartIsNoEndpoint) {
  for (const auto* text : {"", "master.test", "10.0.0.1,master.test", "10.0.0.1,", ",10.0.0.1",
                           "10.0.0.1,,10.0.0.2", "10.0.0.1, 10.0.0.2", "10.0.0.1:0"}) {
    EXPECT_EQ(parse_endpoint_list(text, 6379), std::vector<Endpoint>{}) << text;
  }
}

}  // namespace
}  // namespace rediscovery::core
