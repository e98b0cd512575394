// RESP3 on one connection: what the server says unasked is no answer, and does no harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <memory>

#include "redis/connection.hpp"
#include "redis/tls_context.hpp"
#include "support/cluster.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using redis::Connection;

core::TimePoint soon() { return std::chrono::steady_clock::now() + 30s; }

enum class Over : std::uint8_t { tcp, tls };

// A connection that is told, by a push, when a key has changed.
class Pushes : public ::testing::TestWithParam<Over> {
 protected:
  static ClusterOptions cluster_options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    options.consul = false;
    if (GetParam() == Over::tls) options.tls_names = {"redis.test"};
    return options;
  }

  void SetUp() override {
    std::shared_ptr<const redis::TlsContext> tls;
    if (GetParam() == Over::tls) {
      redis::TlsSettings settings;
      settings.ca_file = cluster_.certificates().ca_file();
      tls = std::make_shared<redis::TlsContext>(settings);
    }
    auto opened = Connection::open({node().ip(), node().port(), "redis.test"}, soon(), tls);
    ASSERT_TRUE(opened.has_value()) << opened.error();
    connection_ = std::move(*opened);
    ASSERT_EQ(call({"HELLO", "3"}).type(), Reply::Type::map);
    ASSERT_EQ(call({"CLIENT", "TRACKING", "ON", "BCAST"}), Reply::status("OK"));
  }

  Node& node() { return cluster_.redis(0); }
  Reply call(const Command& command) {
    auto reply = connection_->call(command, soon());
    EXPECT_TRUE(reply.has_value()) << reply.error();
    return reply ? *reply : Reply();
  }
  // Lets the server push, and waits until it is there.
  void push() {
    node().command({"SET", "k", "v"});
    pollfd socket{connection_->fd(), POLLIN, 0};
    ASSERT_EQ(poll(&socket, 1, 30'000), 1);
  }

  Cluster cluster_{cluster_options()};
  std::unique_ptr<Connection> connection_;
};

TEST_P(Pushes, AreNotTakenForTheAnswer) {
  push();
  EXPECT_EQ(call({"ECHO", "asked"}), Reply::string("asked"));
}

TEST_P(Pushes, AreDroppedByWhoLooksWhetherTheConnectionIsUsable) {
  for (int i = 0; i < 3; ++i) {
    push();
    EXPECT_TRUE(connection_->looks_usable());
    EXPECT_EQ(call({"ECHO", "asked"}), Reply::string("asked"));
  }
}

TEST_P(Pushes, DoNotHideAnAnswerThatNobodyTook) {
  connection_->append({"ECHO", "nobody's"});
  ASSERT_TRUE(*connection_->flush());
  push();
  node().command({"PING"});  // so that the answer is there as well
  EXPECT_FALSE(connection_->looks_usable());
}

TEST_P(Pushes, DoNotHideTheEnd) {
  push();
  node().command({"CLIENT", "KILL", "TYPE", "normal"});
  pollfd socket{connection_->fd(), POLLRDHUP, 0};
  ASSERT_EQ(poll(&socket, 1, 30'000), 1);
  EXPECT_FALSE(connection_->looks_usable());
}

INSTANTIATE_TEST_SUITE_P(Over, Pushes, ::testing::Values(Over::tcp, Over::tls),
                         [](const auto& test) { return test.param == Over::tcp ? "Tcp" : "Tls"; });

}  // namespace
}  // namespace rediscovery::testing
