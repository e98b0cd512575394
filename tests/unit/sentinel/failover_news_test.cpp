#include "sentinel/failover_news.hpp"

#include <gtest/gtest.h>

#include "sentinel/event.hpp"

namespace rediscovery::sentinel {
namespace {

const core::Endpoint kSentinel{"10.0.1.1", 26379, {}};
const core::Endpoint kSix{"10.0.0.6", 6379, {}};

class FailoverNewsTest : public ::testing::Test {
 protected:
  std::optional<FailoverEvent> on(std::string_view type, std::string_view description) {
    return news_.on(type, description);
  }
  void begin(const std::string& master, int epoch) {
    EXPECT_EQ(on("+new-epoch", std::to_string(epoch)), std::nullopt);
    EXPECT_EQ(on("+try-failover", "master " + master + " 10.0.0.5 6379"), std::nullopt);
  }
  std::optional<FailoverEvent> select(const std::string& master) {
    return on("+selected-slave", "slave 10.0.0.6:6379 10.0.0.6 6379 @ " + master + " 10.0.0.5 6379");
  }

  FailoverNews news_{kSentinel};
};

TEST_F(FailoverNewsTest, TheSelectedReplicaComesWithTheFailoversEpoch) {
  begin("mymaster", 8);
  EXPECT_EQ(on("+sdown", "slave 10.0.0.7:6379 10.0.0.7 6379 @ mymaster 10.0.0.5 6379"), std::nullopt);
  EXPECT_EQ(select("mymaster"), FailoverEvent(Selected{"mymaster", kSentinel, 8, kSix}));
}

TEST_F(FailoverNewsTest, AReplicaByItsHostNameIsWhatTheNameStandsFor) {
  const std::string named = "slave redis-6:6379 redis-6 6379 @ mymaster redis-5 6379";
  begin("mymaster", 8);
  EXPECT_EQ(on("+selected-slave", named), std::nullopt) << "without an address there is nobody to watch";
  news_ = FailoverNews(kSentinel, [](std::string_view name) {
    return name == "redis-6" ? std::optional<std::string>("10.0.0.6") : std::nullopt;
  });
  begin("mymaster", 8);
  EXPECT_EQ(on("+selected-slave", named), FailoverEvent(Selected{"mymaster", kSentinel, 8, kSix}));
}

TEST_F(FailoverNewsTest, EachOfSeveralFailoversHasItsOwnEpoch) {
  begin("a", 8);
  begin("b", 9);
  EXPECT_EQ(select("a"), FailoverEvent(Selected{"a", kSentinel, 8, kSix}));
  EXPECT_EQ(select("b"), FailoverEvent(Selected{"b", kSentinel, 9, kSix}));
}

// A vote for somebody else raises the epoch as well.
TEST_F(FailoverNewsTest, AnEpochThatComesLaterIsNotThisFailovers) {
  begin("mymaster", 8);
  (void)on("+new-epoch", "9");
  EXPECT_EQ(select("mymaster"), FailoverEvent(Selected{"mymaster", kSentinel, 8, kSix}));
}

TEST_F(FailoverNewsTest, AFailoverWhoseBeginningWasMissedIsNoNews) {
  EXPECT_EQ(select("mymaster"), std::nullopt);
  (void)on("+try-failover", "master mymaster 10.0.0.5 6379");
  EXPECT_EQ(select("mymaster"), std::nullopt);
  begin("mymaster", 8);
  news_.forget();
  EXPECT_EQ(select("mymaster"), std::nullopt);
}

TEST_F(FailoverNewsTest, AnEpochBelongsToOneFailoverOnly) {
  begin("a", 8);
  (void)on("+try-failover", "master b 10.0.0.5 6379");
  EXPECT_EQ(select("b"), std::nullopt);
  (void)on("+try-failover", "master a 10.0.0.5 6379");
  EXPECT_EQ(select("a"), std::nullopt);
}

TEST_F(FailoverNewsTest, ItEndsWithThePromotionSeenOrGivenUp) {
  for (const auto& [type, description] : std::vector<std::pair<std::string, std::string>>{
           {"+promoted-slave", "slave 10.0.0.6:6379 10.0.0.6 6379 @ mymaster 10.0.0.5 6379"},
           {"-failover-abort-not-elected", "master mymaster 10.0.0.5 6379"},
           {"-failover-abort-no-good-slave", "master mymaster 10.0.0.5 6379"},
           {"-failover-abort-slave-timeout", "master mymaster 10.0.0.5 6379"}}) {
    begin("mymaster", 8);
    EXPECT_EQ(on(type, description), FailoverEvent(Ended{"mymaster", kSentinel})) << type;
    EXPECT_EQ(select("mymaster"), std::nullopt) << type;
  }
}

TEST_F(FailoverNewsTest, MalformedEventsAreNoNews) {
  for (const char* epoch : {"", "x", "-1", "8 ", "99999999999999999999999"}) {
    (void)on("+new-epoch", epoch);
    (void)on("+try-failover", "master mymaster 10.0.0.5 6379");
    EXPECT_EQ(select("mymaster"), std::nullopt) << epoch;
  }
  for (const char* replica : {"slave x redis-2 6379", "slave x 10.0.0.6 0", "slave x 10.0.0.6 65536",
                              "slave x 10.0.0.6 x", "sentinel x 10.0.0.6 6379"}) {
    begin("mymaster", 8);
    EXPECT_EQ(on("+selected-slave", std::string(replica) + " @ mymaster 10.0.0.5 6379"), std::nullopt)
        << replica;
  }
  EXPECT_EQ(on("+selected-slave", ""), std::nullopt);
}

TEST_F(FailoverNewsTest, AnAddressInIPv6) {
  begin("mymaster", 8);
  const auto event = on("+selected-slave", "slave [fd00::6]:6379 fd00::6 6379 @ mymaster fd00::5 6379");
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Selected>(*event).replica.to_string(), "[fd00::6]:6379");
}

// They are patterns of PSUBSCRIBE: none may hold a character that is special there.
TEST(FailoverTypes, AreLiteralPatterns) {
  for (const auto& type : failover_types())
    EXPECT_EQ(type.find_first_of("*?[]\\"), std::string::npos) << type;
}

}  // namespace
}  // namespace rediscovery::sentinel
