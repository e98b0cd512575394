#include "updater/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>

#include <thread>

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

TEST(Mailbox, IsReadableWhileThereIsSomethingToTake) {
  Mailbox<int> mailbox;
  EXPECT_FALSE(readable(mailbox.fd()));
  mailbox.put(1);
  mailbox.put(2);
  EXPECT_TRUE(readable(mailbox.fd()));
  EXPECT_THAT(mailbox.take_all(), ElementsAre(1, 2));
  EXPECT_FALSE(readable(mailbox.fd()));
  EXPECT_THAT(mailbox.take_all(), IsEmpty());
}

TEST(Mailbox, WakesWhoWaitsInPoll) {
  Mailbox<int> mailbox;
  std::thread sender([&mailbox] { mailbox.put(7); });
  pollfd wait{mailbox.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, -1), 1);
  EXPECT_THAT(mailbox.take_all(), ElementsAre(7));
  sender.join();
}

}  // namespace
}  // namespace rediscovery::updater
