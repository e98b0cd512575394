// Where the password is from, and how it may be exchanged while a pool is at work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOld = "correct-horse-battery";
constexpr const char* kNew = "staple-of-another-day";

class Credentials : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    wait_replicated();  // a freshly linked replica is listed only after its first acknowledgement
    set_on_server(kOld);
    write(kOld);
  }
  void TearDown() override {
    // Neither what the pool tells nor what it answers may hold a password.
    for (const auto* secret : {kOld, kNew}) EXPECT_THAT(log_.text() + told_, Not(HasSubstr(secret)));
    for (const std::size_t each : {0U, 1U}) node(each).command({"ACL", "DELUSER", "app"});
  }

  void write(const std::string& password) const {
    // As a careful administrator does: whoever reads sees the old or the new one.
    std::ofstream(file_ + ".new") << password << "\n";
    std::filesystem::rename(file_ + ".new", file_);
  }
  // On both: a master's replica that refuses the user is told of as well.
  static void set_on_server(const std::string& password) {
    for (const std::size_t each : {0U, 1U})
      node(each).command({"ACL", "SETUSER", "app", "reset", "on", ">" + password, "~*", "&*", "+@all"});
  }
  // Every connection that is made from now on has to log in anew.
  static void cut_connections() { node(0).command({"CLIENT", "KILL", "USER", "app"}); }

  Options options() {
    Options options = PairTest::options();
    options.username = "app";
    options.password_file = file_;
    options.client_name = "app";
    return options;
  }
  // A standby that is dialled while only one of the nodes has the new password would be refused, and told of.
  static void wait_standby() { wait_client(1, "app"); }
  // Executes a command, and keeps what its error says.
  Result<Reply> ask(Pool& pool) {
    auto reply = pool.execute(Command{"SET", "k", "v"}.idempotent(), kLong);
    if (!reply) told_ += reply.error().message() + "\n";
    return reply;
  }

  const std::string file_ = cluster().folder() / "password";
  std::string told_;
};

TEST_F(Credentials, AFileHasThePassword) {
  Pool pool(options());
  ASSERT_SUCCEEDS(ask(pool));
}

TEST_F(Credentials, AnEnvironmentVariableHasThePassword) {
  setenv("REDISCOVERY_TEST_PASSWORD", kOld, 1);
  Options from_environment = options();
  from_environment.password_file.clear();
  from_environment.password_env = "REDISCOVERY_TEST_PASSWORD";
  Pool pool(from_environment);
  unsetenv("REDISCOVERY_TEST_PASSWORD");  // once is enough
  ASSERT_SUCCEEDS(ask(pool));
  cut_connections();
  ASSERT_SUCCEEDS(ask(pool));
}

TEST_F(Credentials, TheDefaultUsersPasswordFromAFile) {
  // A connection that was made before stays one.
  RedisConnection admin = node(0).connect(kLong);
  admin.command({"CONFIG", "SET", "requirepass", kOld});
  Options without_user = options();
  without_user.username.clear();
  {
    Pool pool(without_user);
    EXPECT_SUCCEEDS(ask(pool));
    write(kNew);
    admin.command({"CONFIG", "SET", "requirepass", kNew});
    admin.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    EXPECT_SUCCEEDS(ask(pool));
  }
  admin.command({"CONFIG", "SET", "requirepass", ""});
}

TEST_F(Credentials, AnExchangedPasswordCostsNobodyAnError) {
  Pool pool(options());
  ASSERT_SUCCEEDS(ask(pool));
  wait_standby();
  write(kNew);
  set_on_server(kNew);
  cut_connections();
  ASSERT_SUCCEEDS(ask(pool));
  EXPECT_EQ(log_.count(EventKind::authentication), 0U) << log_.text();
  EXPECT_EQ(pool.stats().generation, 1U);
}

TEST_F(Credentials, AnExchangedPasswordIsForEveryConnection) {
  Options many = options();
  many.max_connections = 8;
  many.min_idle = 8;
  Pool pool(many);
  wait_standby();
  for (int round = 0; round < 10; ++round) {
    const char* next = round % 2 == 0 ? kNew : kOld;
    write(next);
    set_on_server(next);
    cut_connections();
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i) {
      callers.emplace_back([&pool] {
        EXPECT_SUCCEEDS(pool.execute(Command{"SET", "k", "v"}.idempotent(), kLong));
      });
    }
  }
  EXPECT_EQ(log_.count(EventKind::authentication), 0U) << log_.text();
}

TEST_F(Credentials, ARejectedPasswordThatIsStillInTheFileIsToldAtOnce) {
  write(kNew);
  Pool pool(options());
  const auto reply = ask(pool);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  EXPECT_THAT(reply.error().message(), HasSubstr("WRONGPASS"));
  EXPECT_LE(pool.stats().connects, 2U);
}

TEST_F(Credentials, AFileThatIsLateIsPickedUp) {
  Pool pool(options());
  ASSERT_SUCCEEDS(ask(pool));
  set_on_server(kNew);
  cut_connections();
  const auto reply = ask(pool);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  write(kNew);
  wait_until([&] { return ask(pool).has_value(); }, kLong, "the new password to be used");
  EXPECT_EQ(pool.stats().generation, 1U);
}

TEST_F(Credentials, AFileThatHasGoneIsNamedWithTheRejection) {
  Pool pool(options());
  ASSERT_SUCCEEDS(ask(pool));
  std::filesystem::remove(file_);
  cut_connections();
  ASSERT_SUCCEEDS(ask(pool));  // the password that is known is good
  set_on_server(kNew);
  cut_connections();
  const auto reply = ask(pool);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  EXPECT_THAT(reply.error().message(),
              HasSubstr("; password_file '" + file_ + "' cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace rediscovery::testing
