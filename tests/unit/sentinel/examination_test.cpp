#include "sentinel/examination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const core::Endpoint kSentinel{"10.0.1.1", 26379, {}};

Reply texts(const std::vector<std::string>& words) {
  std::vector<Reply> elements;
  for (const auto& word : words) elements.push_back(Reply::string(word));
  return Reply::array(std::move(elements));
}

Reply master_row() {
  return texts({"ip", "10.0.0.5", "port", "6379", "flags", "master", "config-epoch", "7", "quorum", "2",
                "num-other-sentinels", "2", "client-reconfig-script", "/usr/lib/r"});
}

std::vector<Reply> answers() {
  return {
      master_row(),
      texts({"10.0.0.5", "6379"}),
      Reply::array({}),
      master_row(),
      Reply::array({texts({"ip", "10.0.1.3", "port", "26379", "flags", "s_down,sentinel"}),
                    texts({"ip", "10.0.1.2", "port", "26379", "flags", "sentinel", "runid", "b2"})}),
      Reply::string("a1"),
      Reply::status("OK 3 usable Sentinels."),
      Reply::array({Reply::array({Reply::string("argv"), texts({"/usr/lib/r", "mymaster"}),
                                  Reply::string("flags"), Reply::string("scheduled"), Reply::string("pid"),
                                  Reply::string("0"), Reply::string("run-delay"), Reply::string("30000"),
                                  Reply::string("retry-num"), Reply::string("2")})}),
      texts({"announce-hostnames", "no"}),
      Reply::string(
          "# Server\r\nredis_version:7.0.15\r\nprocess_id:812\r\n# Sentinel\r\nsentinel_tilt:0\r\n")};
}

Examination examined(const std::vector<Reply>& replies) {
  return read_examination(kSentinel, replies, "mymaster", {}).examination;
}

TEST(Examination, HostNamesStandForTheAddressesTheyResolveTo) {
  auto replies = answers();
  replies[1] = texts({"redis-5", "6379"});
  EXPECT_EQ(examined(replies).observation.reading, Reading::unusable);
  const auto known = read_examination(kSentinel, replies, "mymaster", {}, [](std::string_view name) {
    return name == "redis-5" ? std::optional<std::string>("10.0.0.5") : std::nullopt;
  });
  EXPECT_EQ(known.examination.observation.view->address.to_string(), "10.0.0.5:6379");
}

TEST(Examination, ReadsEverythingThatASentinelTells) {
  const auto one = examined(answers());
  EXPECT_EQ(one.observation.reading, Reading::ok);
  EXPECT_EQ(one.observation.view->epoch, 7U);
  EXPECT_EQ(one.version, "7.0.15");
  EXPECT_EQ(one.process_id, 812U);
  EXPECT_FALSE(one.tilt);
  EXPECT_EQ(one.announces_hostnames, false);
  EXPECT_FALSE(one.quorum_problem);
  EXPECT_THAT(*one.peers, ElementsAre(Peer{"10.0.1.2:26379", false, "b2"}, Peer{"10.0.1.3:26379", true}));
  EXPECT_EQ(one.observation.listing.run_id, "a1");
  EXPECT_THAT(one.pending, ElementsAre(PendingScript{"/usr/lib/r", false, 2}));
  EXPECT_EQ(one.client_reconfig_script, "/usr/lib/r");
  EXPECT_EQ(one.notification_script, "");
}

TEST(Examination, TiltAndALostQuorumAreRead) {
  auto replies = answers();
  replies[6] = Reply::error("NOQUORUM 1 usable Sentinels.");
  replies[9] = Reply::string("valkey_version:8.0.1\r\nsentinel_tilt:1\r\n");
  const auto one = examined(replies);
  EXPECT_EQ(one.quorum_problem, "NOQUORUM 1 usable Sentinels.");
  EXPECT_TRUE(one.tilt);
  EXPECT_EQ(one.version, "Valkey 8.0.1");
}

TEST(Examination, AComplaintThatQuotesThePasswordIsNotShown) {
  auto replies = answers();
  replies.insert(replies.begin(), Reply::status("OK"));
  replies[7] = Reply::error("NOQUORUM s3cr3t");
  const auto one = read_examination(kSentinel, replies, "mymaster", {"", "s3cr3t"}).examination;
  ASSERT_TRUE(one.quorum_problem);
  EXPECT_THAT(*one.quorum_problem, Not(HasSubstr("s3cr3t")));
}

TEST(Examination, WhatASentinelDoesNotAllowStaysOpenAndSpoilsNothing) {
  auto replies = answers();
  for (std::size_t i = 4; i < replies.size(); ++i) replies[i] = Reply::error("NOPERM no permissions");
  const auto one = examined(replies);
  EXPECT_EQ(one.observation.reading, Reading::ok);
  EXPECT_FALSE(one.peers);
  EXPECT_FALSE(one.quorum_problem);
  EXPECT_FALSE(one.announces_hostnames);
  EXPECT_THAT(one.pending, IsEmpty());
  EXPECT_EQ(one.version, "");
}

TEST(Examination, AnEpochThatMovesIsAskedForAgain) {
  auto replies = answers();
  replies[3] = texts({"config-epoch", "8"});
  EXPECT_TRUE(read_examination(kSentinel, replies, "mymaster", {}).retry);
}

TEST(Examination, WhatIsNoSentinelIsUnusable) {
  EXPECT_EQ(examined({}).observation.reading, Reading::unusable);
  const std::vector<Reply> noise(answers().size(), Reply::string("hello"));
  EXPECT_EQ(examined(noise).observation.reading, Reading::unusable);
}

}  // namespace
}  // namespace rediscovery::sentinel
