// Listening to a Sentinel with a password that it does not know what to do with.
#include "sentinel/subscription.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <future>
#include <thread>

#include "fake_sentinel.hpp"

namespace rediscovery::sentinel {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What a subscription first tells of a Sentinel that answers AUTH so: "subscribed", or why it is not.
std::string first_news(const std::string& answer_to_auth) {
  testing::AddressBlock addresses;
  testing::FakeSentinels sentinels(addresses, 1);
  sentinels.server(0).set_command_handler([&](const std::vector<std::string>& command) {
    return command.at(0) == "AUTH" ? testing::TcpAction{answer_to_auth} : sentinels.story(0).answer(command);
  });
  Settings settings;
  settings.credentials.password = "s3cr3t";

  std::promise<std::string> news;
  Subscription::Handlers handlers;
  handlers.subscribed = [&news] { news.set_value("subscribed"); };
  handlers.event = [](const std::string&, const std::string&) {};
  handlers.lost = [&news](const std::string& why) { news.set_value(why); };
  const testing::FileDescriptor stop(eventfd(0, EFD_CLOEXEC));
  std::jthread listener([&] {
    Subscription({sentinels.server(0).ip(), sentinels.server(0).port(), {}}, settings, handlers, 1)
        .run(stop.get());
  });
  auto first = news.get_future();
  const bool came = first.wait_for(60s) == std::future_status::ready;  // only a failing test waits so long
  eventfd_write(stop.get(), 1);
  listener.join();
  return came ? first.get() : "nothing";
}

TEST(SubscriptionTest, AServerThatQuotesThePasswordIsQuotedWithoutIt) {
  EXPECT_EQ(first_news("-ERR unknown command 'AUTH', with args beginning with: 's3cr3t' \r\n"),
            "ERR unknown command 'AUTH'");
  EXPECT_THAT(first_news("-ERR no such user: alice/s3cr3t\r\n"), Not(HasSubstr("s3cr3t")));
}

TEST(SubscriptionTest, AnErrorWithoutWordsIsAnOutageToo) {
  EXPECT_THAT(first_news("-\r\n"), AllOf(Not("subscribed"), Not("nothing")));
}

TEST(SubscriptionTest, APasswordForASentinelWithoutOneDoesNoHarm) {
  EXPECT_EQ(
      first_news("-ERR AUTH <password> called without any password configured for the default user.\r\n"),
      "subscribed");
}

}  // namespace
}  // namespace rediscovery::sentinel
