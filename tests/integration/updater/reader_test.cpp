// Reading Sentinels again and again over the same connections.
#include "sentinel/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fake_sentinel.hpp"
#include "sentinel/consensus.hpp"

namespace rediscovery::sentinel {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::FakeSentinels;

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest() { sentinels_.tell("10.0.0.5", 7); }
  static Settings settings_for(const FakeSentinels& sentinels) {
    Settings settings;
    for (const auto& endpoint : sentinels.endpoints())
      settings.addresses.push_back({endpoint.substr(0, endpoint.rfind(':')), 26379, {}});
    settings.timeout = settings.grace = kPatience;
    return settings;
  }
  std::vector<Observation> read() {
    deadline_ = Clock::now() + kPatience;
    return reader_.read("mymaster", deadline_);
  }
  std::uint64_t epoch() { return agree(read()).epoch; }
  std::vector<std::size_t> accepted() {
    std::vector<std::size_t> counts;
    for (std::size_t i = 0; i < sentinels_.count(); ++i) counts.push_back(sentinels_.server(i).accepted());
    return counts;
  }
  // Afterwards the third one has been waited for in vain.
  void let_the_third_hang() {
    sentinels_.story(2).hang(true);
    settings_.grace = 50ms;
    const auto readings = read();
    EXPECT_EQ(readings[2].reading, Reading::unreachable);
    EXPECT_EQ(readings[2].problem, "no answer in time");
    settings_.grace = kPatience;
  }

  // Only a failing test waits so long.
  static constexpr auto kPatience = 60s;
  testing::AddressBlock addresses_;
  FakeSentinels sentinels_{addresses_, 3};
  Settings settings_ = settings_for(sentinels_);
  Reader reader_{settings_};
  core::TimePoint deadline_;
};

MATCHER(IsOk, "") { return arg.reading == Reading::ok; }

TEST_F(ReaderTest, KeepsItsConnections) {
  for (int i = 0; i < 3; ++i) EXPECT_THAT(read(), Each(IsOk()));
  EXPECT_THAT(accepted(), ElementsAre(1, 1, 1));
}

TEST_F(ReaderTest, OneThatHasEndedIsMadeAnewInTheSameReading) {
  (void)read();
  sentinels_.server(0).close_connections();
  sentinels_.server(1).close_connections(true);
  sentinels_.story(2).hang_up_once();  // when it has been asked already
  sentinels_.tell("10.0.0.6", 8);
  const auto readings = read();
  EXPECT_THAT(readings, Each(IsOk()));
  EXPECT_EQ(agree(readings).supporters, 3U);
  EXPECT_THAT(accepted(), ElementsAre(2, 2, 2));
}

TEST_F(ReaderTest, ASentinelThatEndsEveryConnectionIsUnreachable) {
  (void)read();
  sentinels_.server(2).set_command_handler([](const auto&) { return testing::TcpAction{"", true}; });
  EXPECT_EQ(read()[2].reading, Reading::unreachable);
}

TEST_F(ReaderTest, OneThatHasNotAnsweredInTimeIsNotUsedAgain) {
  (void)read();
  let_the_third_hang();
  sentinels_.story(2).hang(false);
  EXPECT_THAT(read(), Each(IsOk()));
  EXPECT_THAT(accepted(), ElementsAre(1, 1, 2));
}

TEST_F(ReaderTest, NewsDoesNotWaitForWhoHasJustBeenSilent) {
  (void)read();
  let_the_third_hang();
  sentinels_.tell_one(0, "10.0.0.6", 8);
  EXPECT_EQ(epoch(), 8U);
  EXPECT_LT(Clock::now(), deadline_);
}

TEST_F(ReaderTest, WithoutNewsWhoHasJustBeenSilentIsWaitedFor) {
  (void)read();
  let_the_third_hang();
  sentinels_.story(2).hang(false);
  sentinels_.story(2).take_time(50ms);
  sentinels_.tell_one(2, "10.0.0.6", 8);
  EXPECT_EQ(epoch(), 8U) << "it may be the only one that knows";
}

TEST_F(ReaderTest, NewsWaitsForWhoHasNotBeenSilent) {
  (void)read();
  sentinels_.tell_one(0, "10.0.0.6", 8);
  sentinels_.story(2).take_time(50ms);
  EXPECT_THAT(read(), Each(IsOk()));
}

TEST_F(ReaderTest, OneThatAnswersANameAndThenGarbageIsUnusable) {
  settings_.hosts = std::make_shared<Hosts>([](const std::vector<std::string>&, core::TimePoint) {
    return std::map<std::string, std::vector<std::string>>();
  });
  sentinels_.server(2).set_command_handler(
      [](const auto&) { return testing::TcpAction{"*2\r\n$2\r\nip\r\n$5\r\nhosta\r\n!\r\n"}; });
  const auto readings = read();
  ASSERT_EQ(readings.size(), 3U);
  EXPECT_EQ(readings[0].reading, Reading::ok);
  EXPECT_EQ(readings[1].reading, Reading::ok);
  EXPECT_EQ(readings[2].reading, Reading::unusable) << readings[2].problem;
}

}  // namespace
}  // namespace rediscovery::sentinel
