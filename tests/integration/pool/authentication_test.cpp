// Users, passwords and permissions: refused at once, without a storm, and without telling any secret.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "correct-horse-battery";
constexpr const char* kWrong = "wrong-horse-battery";

class Authentication : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    node(0).command(
        {"ACL", "SETUSER", "app", "reset", "on", std::string(">") + kSecret, "~*", "&*", "+@all"});
  }
  void TearDown() override {
    // Neither what the pool tells nor what it answers may hold a password.
    EXPECT_THAT(log_.text() + told_, Not(HasSubstr(kSecret)));
    EXPECT_THAT(log_.text() + told_, Not(HasSubstr(kWrong)));
    admin().command({"CONFIG", "SET", "requirepass", ""});
  }

  // Logs in also while the default user has a password.
  static RedisConnection admin() { return {node(0).ip(), 6379, {"app", kSecret}}; }

  Options as(const std::string& user, const std::string& password) {
    Options options = PairTest::options();
    options.username = user;
    options.password = password;
    return options;
  }
  // Executes a command, and keeps what its error says.
  Result<Reply> ask(Pool& pool) {
    auto reply = pool.execute({"SET", "k", "v"}, kLong);
    if (!reply) told_ += reply.error().message() + "\n" + pool.stats().to_json() + "\n";
    return reply;
  }
  // The deadline is half a minute: whoever gets this error has not waited for it.
  void expect_refused(const Options& options, const std::string& text) {
    Pool pool(options);
    const auto reply = ask(pool);
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
    EXPECT_EQ(reply.error().executed(), Executed::no);
    EXPECT_THAT(reply.error().message(), HasSubstr(text));
    EXPECT_THAT(reply.error().message(), HasSubstr(node(0).endpoint()));
    EXPECT_LE(pool.stats().connects, 2U);
    EXPECT_THAT(log_.wait(EventKind::authentication).reason, HasSubstr(text));
  }

  std::string told_;
};

TEST_F(Authentication, UserAndPassword) {
  Pool pool(as("app", kSecret));
  ASSERT_SUCCEEDS(ask(pool));
}

TEST_F(Authentication, ThePasswordOfTheDefaultUser) {
  admin().command({"CONFIG", "SET", "requirepass", kSecret});
  Pool pool(as("", kSecret));
  ASSERT_SUCCEEDS(ask(pool));
}

TEST_F(Authentication, AWrongPasswordIsToldAtOnce) { expect_refused(as("app", kWrong), "WRONGPASS"); }

TEST_F(Authentication, AnUnknownUserIsToldAtOnce) { expect_refused(as("nobody", kWrong), "WRONGPASS"); }

TEST_F(Authentication, AMissingPasswordIsToldAtOnce) {
  admin().command({"CONFIG", "SET", "requirepass", kSecret});
  expect_refused(as("", ""), "NOAUTH");
}

TEST_F(Authentication, APasswordForAServerWithoutIsToldAtOnce) {
  expect_refused(as("", kSecret), "AUTH <password> called without any password");
}

TEST_F(Authentication, AFixedMasterIsNotDifferent) {
  Options fixed = as("app", kWrong);
  fixed.master = node(0).endpoint();
  expect_refused(fixed, "WRONGPASS");
}

TEST_F(Authentication, ManyCallersAreNoStorm) {
  Pool pool(as("app", kWrong));
  constexpr std::uint64_t kRounds = 3;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i) {
      callers.emplace_back([&pool] {
        const auto reply = pool.execute({"SET", "k", "v"}, kLong);
        ASSERT_FALSE(reply.has_value());
        EXPECT_EQ(reply.error().code(), ErrorCode::authentication);
      });
    }
  }
  EXPECT_LE(pool.stats().connects, kRounds + 2);
  EXPECT_EQ(log_.count(EventKind::authentication), 1U) << "the same refusal is told once\n" << log_.text();
}

TEST_F(Authentication, APasswordThatIsPutRightOnTheServerIsPickedUp) {
  Pool pool(as("app2", kSecret));
  ASSERT_FALSE(ask(pool).has_value());
  node(0).command({"ACL", "SETUSER", "app2", "on", std::string(">") + kSecret, "~*", "&*", "+@all"});
  wait_until([&] { return ask(pool).has_value(); }, kLong, "the user to be let in");
  node(0).command({"ACL", "DELUSER", "app2"});
}

TEST_F(Authentication, AUserThatIsRemovedWhileItIsConnected) {
  node(0).command({"ACL", "SETUSER", "app3", "on", std::string(">") + kSecret, "~*", "&*", "+@all"});
  Pool pool(as("app3", kSecret));
  ASSERT_SUCCEEDS(ask(pool));
  node(0).command({"ACL", "DELUSER", "app3"});  // which cuts its connections
  log_.wait(EventKind::authentication, 0, [](const Event& event) {
    return event.endpoint == node(0).endpoint();
  });  // the replica has no app3
  const auto reply = ask(pool);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error() << log_.text();
  node(0).command({"ACL", "SETUSER", "app3", "on", std::string(">") + kSecret, "~*", "&*", "+@all"});
  wait_until([&] { return ask(pool).has_value(); }, kLong, "the user to be let in");
  EXPECT_EQ(pool.stats().generation, 1U);
  node(0).command({"ACL", "DELUSER", "app3"});
}

class MissingPermission : public Authentication, public ::testing::WithParamInterface<const char*> {};

TEST_P(MissingPermission, IsNamed) {
  const std::string command = GetParam();
  node(0).command({"ACL", "SETUSER", "app", "-" + command});
  expect_refused(as("app", kSecret), "'" + command + "'");
}

INSTANTIATE_TEST_SUITE_P(For, MissingPermission, ::testing::Values("role", "info"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(Authentication, ACommandThatIsNotAllowedIsTheServersErrorAlone) {
  node(0).command({"ACL", "SETUSER", "app", "-flushall"});
  Pool pool(as("app", kSecret));
  const auto reply = pool.execute({"FLUSHALL"}, kLong);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::server_error);
  EXPECT_EQ(reply.error().executed(), Executed::yes);
  EXPECT_THAT(reply.error().message(), HasSubstr("NOPERM"));
  ASSERT_SUCCEEDS(ask(pool));
  EXPECT_EQ(log_.count(EventKind::suspect), 0U);
}

TEST_F(Authentication, NameAndDatabaseAreSetOnEveryConnection) {
  Options named = as("app", kSecret);
  named.client_name = "st-api";
  named.database = 3;
  Pool pool(named);
  auto lease = pool.acquire(kLong);
  ASSERT_SUCCEEDS(lease);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));  // on another connection
  const auto info = lease->execute({"CLIENT", "INFO"});
  ASSERT_SUCCEEDS(info);
  EXPECT_THAT(std::string(info->text()), HasSubstr(" name=st-api "));
  EXPECT_THAT(std::string(info->text()), HasSubstr(" db=3 "));
  EXPECT_TRUE(node(0).command({"GET", "k"}).is_nil());
}

}  // namespace
}  // namespace rediscovery::testing
