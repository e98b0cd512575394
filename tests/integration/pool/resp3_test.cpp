// A pool that speaks RESP3: replies with more types, and a handshake that says as much as with RESP2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pool/fake_master.hpp"
#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "correct-horse-battery";

class Resp3 : public PairTest {
 protected:
  Options options(std::uint32_t protocol = 3) {
    Options options = PairTest::options();
    options.protocol = protocol;
    return options;
  }
  static Reply ask(Pool& pool, const Command& command) {
    const auto reply = pool.execute(command, kLong);
    EXPECT_SUCCEEDS(reply);
    return reply ? *reply : Reply();
  }
};

TEST_F(Resp3, RepliesHaveTheirTypes) {
  Pool pool(options());
  ask(pool, {"HSET", "hash", "field", "value"});
  ask(pool, {"ZADD", "sorted", "1.5", "member"});
  ask(pool, {"SADD", "set", "member"});
  EXPECT_EQ(ask(pool, {"HGETALL", "hash"}), Reply::map({Reply::string("field"), Reply::string("value")}));
  EXPECT_EQ(ask(pool, {"ZSCORE", "sorted", "member"}).type(), Reply::Type::real);
  EXPECT_EQ(ask(pool, {"ZSCORE", "sorted", "member"}).to_real(), 1.5);
  EXPECT_EQ(ask(pool, {"SMEMBERS", "set"}), Reply::array({Reply::string("member")}));
  EXPECT_EQ(ask(pool, {"EVAL", "redis.setresp(3) return true", "0"}), Reply::boolean(true));
  EXPECT_TRUE(ask(pool, {"GET", "missing"}).is_nil());
  EXPECT_EQ(ask(pool, {"INCR", "n"}), Reply::integer(1));
}

TEST_F(Resp3, IsNotSpokenUnlessAskedFor) {
  Pool pool(options(2));
  ask(pool, {"HSET", "hash", "field", "value"});
  EXPECT_EQ(ask(pool, {"HGETALL", "hash"}), Reply::array({Reply::string("field"), Reply::string("value")}));
  EXPECT_EQ(Options{}.protocol, 2U);
}

TEST_F(Resp3, PushesInALeaseAreNoAnswers) {
  Pool pool(options());
  auto lease = pool.acquire(kLong);
  ASSERT_SUCCEEDS(lease);
  ASSERT_SUCCEEDS(lease->execute({"CLIENT", "TRACKING", "ON", "BCAST"}));
  for (int i = 0; i < 100; ++i) {
    ASSERT_SUCCEEDS(pool.execute({"SET", "k", std::to_string(i)}, kLong));
    const auto reply = lease->execute({"ECHO", std::to_string(i)});
    ASSERT_SUCCEEDS(reply);
    ASSERT_EQ(reply->text(), std::to_string(i));
  }
}

TEST_F(Resp3, StandbysAndCandidatesAreUnderstood) {
  Options with_standbys = options();
  with_standbys.replicas = node(1).endpoint();
  Pool pool(with_standbys);
  ask(pool, {"SET", "k", "v"});
  wait_replicated();
  cluster().repoint(1);
  EXPECT_EQ(ask(pool, Command{"SET", "k", "w"}.idempotent()), Reply::status("OK"));
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
  EXPECT_EQ(ask(pool, {"CONFIG", "GET", "port"}).type(), Reply::Type::map);
}

TEST_F(Resp3, AUserLogsInWithHello) {
  node(0).command({"ACL", "SETUSER", "app", "reset", "on", std::string(">") + kSecret, "~*", "&*", "+@all"});
  Options as_user = options();
  as_user.username = "app";
  as_user.password = kSecret;
  as_user.client_name = "st-api";
  as_user.database = 3;
  {
    Pool pool(as_user);
    EXPECT_EQ(ask(pool, {"ACL", "WHOAMI"}).text(), "app");
    auto lease = pool.acquire(kLong);
    ASSERT_SUCCEEDS(lease);
    const auto info = lease->execute({"CLIENT", "INFO"});
    ASSERT_SUCCEEDS(info);
    for (const auto* text : {" name=st-api ", " db=3 ", " resp=3"}) {
      EXPECT_THAT(std::string(info->text()) + " ", HasSubstr(text));
    }
  }
  as_user.password = "wrong-horse-battery";
  Pool pool(as_user);
  const auto reply = pool.execute({"PING"}, kLong);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  EXPECT_THAT(reply.error().message(), HasSubstr("WRONGPASS"));
  node(0).command({"ACL", "DELUSER", "app"});
}

TEST_F(Resp3, AServerThatDoesNotKnowHelloIsNamedAtOnce) {
  ScriptedTcp old(free_ip());
  old.set_command_handler([](const std::vector<std::string>& words) -> TcpAction {
    std::string text = "-ERR unknown command `" + words.front() + "`, with args beginning with: ";
    for (std::size_t i = 1; i < words.size(); ++i) text += "`" + words[i] + "`, ";
    return {text + "\r\n"};
  });
  Options as_user = options();
  as_user.master = old.endpoint();
  as_user.password = kSecret;
  Pool pool(as_user);
  const auto reply = pool.execute({"PING"}, kLong);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  EXPECT_THAT(reply.error().message(), HasSubstr("does not speak RESP3, which protocol 3 is"));
  EXPECT_THAT(reply.error().message() + log_.text(), Not(HasSubstr(kSecret)));
  EXPECT_LE(pool.stats().connects, 2U);
}

// Redis knows CLIENT SETINFO since 7.2: what it says before that is of no account, as all other tests show.
TEST_F(Resp3, EveryConnectionTellsWhichLibraryItIs) {
  for (const std::uint32_t protocol : {2U, 3U}) {
    FakeMaster master(free_ip(), std::string(40, 'a'));
    Options fixed = options(protocol);
    fixed.master = master.endpoint();
    Pool pool(fixed);
    ask(pool, {"PING"});
    EXPECT_THAT(master.server().received(), HasSubstr("LIB-NAME\r\n$11\r\nrediscovery\r\n"));
    EXPECT_THAT(master.server().received(), HasSubstr("LIB-VER\r\n"));
  }
}

}  // namespace
}  // namespace rediscovery::testing
