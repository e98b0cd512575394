#include "updater/listeners.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <mutex>
#include <set>

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

core::Endpoint at(int host) { return {"10.0.1." + std::to_string(host), 26379, {}}; }

class ListenersTest : public ::testing::Test {
 protected:
  void listen(const core::Endpoint& sentinel, int stop_fd) {
    {
      const std::lock_guard lock(mutex_);
      begun_.insert(sentinel);
    }
    pollfd stop{stop_fd, POLLIN, 0};
    while (poll(&stop, 1, -1) <= 0) {
    }
    const std::lock_guard lock(mutex_);
    ended_.insert(sentinel);
  }

  std::mutex mutex_;
  std::multiset<core::Endpoint> begun_;
  std::multiset<core::Endpoint> ended_;
  std::unique_ptr<Listeners> listeners_ = std::make_unique<Listeners>(
      [this](const core::Endpoint& sentinel, std::uint64_t, int stop_fd) { listen(sentinel, stop_fd); }, 1);
};

TEST_F(ListenersTest, FollowWhoIsNamed) {
  EXPECT_THAT(listeners_->follow({at(1), at(2)}), IsEmpty());
  EXPECT_THAT(listeners_->follow({at(2), at(3)}), ElementsAre(at(1)));
  EXPECT_THAT(ended_, ElementsAre(at(1)));
  listeners_.reset();
  EXPECT_THAT(begun_, ElementsAre(at(1), at(2), at(3)));
  EXPECT_THAT(ended_, ElementsAre(at(1), at(2), at(3)));
}

TEST_F(ListenersTest, WhoIsNamedAgainIsListenedToByTheSameThread) {
  listeners_->follow({at(1)});
  listeners_->follow({at(1)});
  listeners_.reset();
  EXPECT_EQ(begun_.size(), 1U);
}

}  // namespace
}  // namespace rediscovery::updater
