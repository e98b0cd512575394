#include "sentinel/event.hpp"

#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

TEST(Event, TheMasterIsFoundInEveryForm) {
  EXPECT_EQ(master_of("+switch-master", "mymaster 10.0.0.5 6379 10.0.0.6 6379"), "mymaster");
  EXPECT_EQ(master_of("+sdown", "master mymaster 10.0.0.5 6379"), "mymaster");
  EXPECT_EQ(master_of("+odown", "master mymaster 10.0.0.5 6379 #quorum 2/2"), "mymaster");
  EXPECT_EQ(master_of("+sdown", "slave 10.0.0.7:6379 10.0.0.7 6379 @ mymaster 10.0.0.6 6379"), "mymaster");
  EXPECT_EQ(master_of("+promoted-slave", "slave 10.0.0.6:6379 10.0.0.6 6379 @ mymaster 10.0.0.5 6379"),
            "mymaster");
  EXPECT_EQ(master_of("+sdown", "sentinel 8f0a 10.0.0.1 26379 @ mymaster 10.0.0.5 6379"), "mymaster");
  EXPECT_EQ(master_of("+set", "master mymaster 10.0.0.5 6379 quorum 3"), "mymaster");
}

TEST(Event, OtherDescriptionsNameNoMaster) {
  for (const char* text :
       {"", " ", "7", "#tilt mode entered", "master", "master mymaster", "slave 10.0.0.7:6379 10.0.0.7 6379",
        "slave a b c # mymaster 10.0.0.6 6379", "mymaster 10.0.0.5 6379 10.0.0.6 6379"}) {
    EXPECT_EQ(master_of("+sdown", text), std::nullopt) << text;
  }
  EXPECT_EQ(master_of("+switch-master", "mymaster 10.0.0.5 6379 10.0.0.6"), std::nullopt);
}

TEST(Event, TriggersAreWhatCanMoveARole) {
  for (const char* type :
       {"+switch-master", "+promoted-slave", "+sdown", "-sdown", "+slave", "+convert-to-slave"}) {
    EXPECT_TRUE(is_trigger(type)) << type;
  }
  for (const char* type :
       {"", "+tilt", "+vote-for-leader", "+sentinel", "-script-error", "+switch-master2", "*"}) {
    EXPECT_FALSE(is_trigger(type)) << type;
  }
}

// They are patterns of PSUBSCRIBE: none may hold a character that is special there.
TEST(Event, TriggersAreLiteralPatterns) {
  for (const auto& type : trigger_types()) EXPECT_EQ(type.find_first_of("*?[]\\"), std::string::npos) << type;
}

}  // namespace
}  // namespace rediscovery::sentinel
