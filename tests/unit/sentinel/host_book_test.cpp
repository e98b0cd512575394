#include "sentinel/host_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HostBookTest : public ::testing::Test {
 protected:
  std::optional<std::string> after(const std::vector<std::string>& addresses) {
    book_.answered("redis-1", addresses, now_);
    return book_.address_of("redis-1");
  }
  HostBook::Due due() { return book_.due({"redis-1"}, now_); }

  HostBook book_;
  core::TimePoint now_ = core::TimePoint{} + 1h;
};

TEST_F(HostBookTest, OfSeveralAddressesEverybodyChoosesTheSameWhateverTheirOrder) {
  EXPECT_EQ(after({"10.0.0.7", "10.0.0.6"}), "10.0.0.6");
  book_ = HostBook();
  EXPECT_EQ(after({"10.0.0.6", "10.0.0.7"}), "10.0.0.6");
  book_ = HostBook();
  EXPECT_EQ(after({"::1", "fd00::6", "10.0.0.9"}), "10.0.0.9") << "IPv4 first";
}

TEST_F(HostBookTest, ItStaysWithAnAddressAsLongAsThatIsAnswered) {
  (void)after({"10.0.0.7"});
  EXPECT_EQ(after({"10.0.0.6", "10.0.0.7"}), "10.0.0.7");
  EXPECT_EQ(after({"10.0.0.6"}), "10.0.0.6");
}

TEST_F(HostBookTest, AFailedLookUpKeepsTheLastGoodAddress) {
  EXPECT_EQ(after({}), std::nullopt);
  (void)after({"10.0.0.7"});
  EXPECT_EQ(after({}), "10.0.0.7");
}

TEST_F(HostBookTest, AKnownNameIsAskedForAgainAfterSecondsAnUnknownOneSooner) {
  EXPECT_THAT(due().unknown, ElementsAre("redis-1"));
  (void)after({});
  EXPECT_THAT(due().unknown, IsEmpty());
  now_ += 1s;
  EXPECT_THAT(due().unknown, ElementsAre("redis-1"));
  (void)after({"10.0.0.7"});
  now_ += 4s;
  EXPECT_THAT(due().renewed, IsEmpty());
  now_ += 1s;
  EXPECT_THAT(due().renewed, ElementsAre("redis-1"));
  EXPECT_THAT(due().unknown, IsEmpty());
  (void)after({});
  EXPECT_THAT(due().renewed, IsEmpty()) << "nor is a resolver that is away asked all the time";
}

TEST_F(HostBookTest, NamesThatNobodyAsksForAnyMoreAreForgotten) {
  (void)after({"10.0.0.7"});
  now_ += 1h + 1s;
  book_.answered("redis-2", {"10.0.0.8"}, now_);
  EXPECT_EQ(book_.address_of("redis-1"), std::nullopt);
  EXPECT_EQ(book_.address_of("redis-2"), "10.0.0.8");
}

TEST(HostName, IsToldFromAddressesAndFromWhatSentinelWritesForNothing) {
  EXPECT_TRUE(is_host_name("redis-1"));
  EXPECT_TRUE(is_host_name("redis_1.Example.test."));
  for (const char* text : {"", "?", "10.0.0.5", "fd00::5", "redis 1", "a\nb", "ä"}) {
    EXPECT_FALSE(is_host_name(text)) << text;
  }
  EXPECT_TRUE(is_host_name(std::string(253, 'a')));
  EXPECT_FALSE(is_host_name(std::string(254, 'a')));
}

TEST(EndpointOf, ANameStaysWithTheEndpoint) {
  const AddressOf six = [](std::string_view name) {
    return name == "redis-6" ? std::optional<std::string>("fd00::6") : std::nullopt;
  };
  const auto named = endpoint_of("redis-6", "6379", six);
  EXPECT_EQ(named->to_string(), "[fd00::6]:6379");
  EXPECT_EQ(named->name, "redis-6");
  const auto numeric = endpoint_of("10.0.0.5", "6380", six);
  EXPECT_EQ(numeric->to_string(), "10.0.0.5:6380");
  EXPECT_EQ(numeric->name, "");
  EXPECT_EQ(endpoint_of("redis-7", "6379", six), std::nullopt);
  for (const char* port : {"", "0", "65536", "x", "1 "})
    EXPECT_EQ(endpoint_of("redis-6", port, six), std::nullopt);
}

}  // namespace
}  // namespace rediscovery::sentinel
