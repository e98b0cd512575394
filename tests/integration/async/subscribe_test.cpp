// Pub/Sub, and what becomes of it when the master moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <rediscovery/async_client.hpp>

#include "async/own_loop.hpp"
#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

/// Writes down what a subscriber is told. Thread-safe.
class Heard {
 public:
  SubscriptionHandler handler() {
    return [this](const SubscriptionEvent& event) {
      const std::lock_guard lock(mutex_);
      switch (event.kind) {
        case SubscriptionEvent::Kind::subscribed:
          words_.push_back("subscribed " + std::to_string(event.generation));
          break;
        case SubscriptionEvent::Kind::interrupted:
          words_.emplace_back("interrupted");
          break;
        case SubscriptionEvent::Kind::refused:
          words_.push_back("refused " + event.channel + event.pattern + ": " + event.payload.substr(0, 6));
          break;
        case SubscriptionEvent::Kind::message:
          words_.push_back(event.channel + (event.pattern.empty() ? "" : " by " + event.pattern) + ": " +
                           event.payload);
          break;
      }
    };
  }
  [[nodiscard]] std::vector<std::string> words() const {
    const std::lock_guard lock(mutex_);
    return words_;
  }
  void wait(const std::string& word) const {
    wait_until(
        [&] {
          const auto now = words();
          return std::find(now.begin(), now.end(), word) != now.end();
        },
        kLong, word);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> words_;
};

// With both protocols: RESP2 sends messages as replies, RESP3 as pushes.
class Subscribe : public PairTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  Options options() {
    Options options = PairTest::options();
    options.protocol = GetParam();
    options.silence_timeout = 100ms;
    options.connect_timeout = 100ms;
    return options;
  }
  static void publish(std::size_t index, const std::string& channel, const std::string& payload) {
    node(index).command({"PUBLISH", channel, payload});
  }
};

TEST_P(Subscribe, MessagesOfChannelsAndPatternsArriveInOrder) {
  AsyncClient client(options());
  Heard heard;
  const auto subscription = client.subscribe({"news"}, {"we*"}, heard.handler());
  heard.wait("subscribed 1");
  publish(0, "news", "one");
  publish(0, "weather", "two");
  publish(0, "nothing", "three");
  publish(0, "news", "four");
  heard.wait("news: four");
  EXPECT_THAT(heard.words(), ElementsAre("subscribed 1", "news: one", "weather by we*: two", "news: four"));
}

TEST_P(Subscribe, SubscribersOfOneChannelAreIndependent) {
  AsyncClient client(options());
  Heard first;
  Heard second;
  auto one = client.subscribe({"news"}, {}, first.handler());
  first.wait("subscribed 1");
  const auto two = client.subscribe({"news", "sports"}, {}, second.handler());
  second.wait("subscribed 1");
  publish(0, "news", "both");
  first.wait("news: both");
  second.wait("news: both");
  one.unsubscribe();
  publish(0, "news", "second only");
  second.wait("news: second only");
  publish(0, "sports", "too");
  second.wait("sports: too");
  EXPECT_THAT(first.words(), ElementsAre("subscribed 1", "news: both"));
}

TEST_P(Subscribe, TheLastToLeaveAChannelEndsItAtTheServer) {
  AsyncClient client(options());
  Heard heard;
  {
    const auto subscription = client.subscribe({"news"}, {}, heard.handler());
    heard.wait("subscribed 1");
    EXPECT_EQ(node(0).command({"PUBSUB", "NUMSUB", "news"}).elements.at(1).integer, 1);
  }
  wait_until(
      [] {
        return node(0).command({"PUBSUB", "NUMSUB", "news"}).elements.at(1).integer == 0;
      },
      kLong, "the server to forget");
}

TEST_P(Subscribe, AfterASwitchTheSameChannelsAreSubscribedAtTheNewMasterAndThatIsSaid) {
  AsyncClient client(options());
  Heard heard;
  const auto subscription = client.subscribe({"news"}, {}, heard.handler());
  heard.wait("subscribed 1");
  cluster().repoint(1);
  point_to({node(1).ip()});
  heard.wait("subscribed 2");
  publish(1, "news", "from the new master");
  heard.wait("news: from the new master");
  EXPECT_THAT(heard.words(),
              ElementsAre("subscribed 1", "interrupted", "subscribed 2", "news: from the new master"));
}

TEST_P(Subscribe, AfterALossTheSameMasterIsSubscribedToAgain) {
  AsyncClient client(options());
  Heard heard;
  const auto subscription = client.subscribe({"news"}, {}, heard.handler());
  heard.wait("subscribed 1");
  node(0).command({"CLIENT", "KILL", "TYPE", "pubsub"});
  heard.wait("interrupted");
  wait_until([&] { return heard.words().size() == 3; }, kLong, "a new subscription");
  publish(0, "news", "again");
  heard.wait("news: again");
  EXPECT_EQ(client.stats().generation, 1U);
}

TEST_P(Subscribe, ASilentMasterIsNoticedThoughNothingIsAskedOfIt) {
  Options attentive = options();
  attentive.idle_check_interval = 100ms;
  AsyncClient client(attentive);
  Heard heard;
  const auto subscription = client.subscribe({"news"}, {}, heard.handler());
  heard.wait("subscribed 1");
  node(0).stop();
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("silent"));
  node(0).cont();
}

TEST_P(Subscribe, AChannelThatIsRefusedIsToldAndTakesNoOtherWithIt) {
  node(0).command(
      {"ACL", "SETUSER", "reader", "reset", "on", ">secret", "~*", "resetchannels", "&news", "+@all"});
  Options reader = options();
  reader.username = "reader";
  reader.password = "secret";
  Heard heard;  // to the last: the server ends the connections of a user that is deleted
  Heard other;
  AsyncClient client(reader);
  const auto allowed = client.subscribe({"news"}, {}, heard.handler());
  heard.wait("subscribed 1");
  const auto forbidden = client.subscribe({"gossip"}, {}, other.handler());
  other.wait("refused gossip: NOPERM");
  node(0).command({"CLIENT", "KILL", "TYPE", "pubsub"});
  wait_until(
      [&] {
        const auto words = heard.words();
        return std::count(words.begin(), words.end(), "subscribed 1") == 2;
      },
      kLong, "the allowed one to be subscribed again");
  publish(0, "news", "again");
  heard.wait("news: again");
  node(0).command({"ACL", "DELUSER", "reader"});
}

TEST_P(Subscribe, CommandsGoOnBesideIt) {
  AsyncClient client(options());
  Heard heard;
  const auto subscription = client.subscribe({"news"}, {}, heard.handler());
  heard.wait("subscribed 1");
  ASSERT_SUCCEEDS(client.execute({"PUBLISH", "news", "to ourselves"}, kLong, use_future).get());
  heard.wait("news: to ourselves");
}

TEST_P(Subscribe, WithoutAMasterItWaitsForOne) {
  point_to({});
  AsyncClient client(options());
  Heard heard;
  const auto subscription = client.subscribe({"news"}, {}, heard.handler());
  point_to({node(0).ip()});
  heard.wait("subscribed 1");
}

TEST_P(Subscribe, OnTheCallersLoopAHandlerMayUnsubscribeAndDestroyTheClient) {
  OwnLoop loop;
  auto client = std::make_unique<AsyncClient>(options(), loop.get());
  Subscription subscription;
  subscription = client->subscribe({"news"}, {}, [&](const SubscriptionEvent&) {
    subscription.unsubscribe();
    client.reset();
  });
  loop.run_until([&] { return client == nullptr; });
}

TEST_P(Subscribe, ASubscriptionMayOutliveItsClient) {
  Subscription subscription;
  {
    AsyncClient client(options());
    subscription = client.subscribe({"news"}, {}, [](const SubscriptionEvent&) {});
    ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  }
  subscription.unsubscribe();
}

INSTANTIATE_TEST_SUITE_P(Resp, Subscribe, ::testing::Values(2, 3),
                         [](const auto& test) { return std::to_string(test.param); });

}  // namespace
}  // namespace rediscovery::testing
