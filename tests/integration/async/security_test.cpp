// AsyncClient gets in like Pool: TLS, users, passwords and RESP3 are the same options and the same errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include <rediscovery/async_client.hpp>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;

class Security : public PairTest {
 protected:
  static void SetUpTestSuite() {
    ClusterOptions options;
    options.tls_names = {kName};
    start(std::move(options));
  }

  Options options() {
    Options options = PairTest::options();
    options.tls = true;
    options.tls_ca_file = cluster().certificates().ca_file();
    options.protocol = 3;
    return options;
  }
};

TEST_F(Security, ManyCommandsAtOnceOverTlsAndResp3) {
  Options patient = options();
  patient.silence_timeout = kLong;  // a sanitizer makes the end of the line wait
  AsyncClient client(patient);
  const std::string value(20'000, 'x');  // more than a record holds
  std::vector<std::future<Result<Reply>>> replies;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "k" + std::to_string(i);
    // Before a client that is slow to read, Redis 7.0 may cut the connection ("SSL routines::bad length").
    const auto set = Command{"HSET", key, std::to_string(i), value}.idempotent();
    replies.push_back(client.execute(set, kLong, use_future));
    replies.push_back(client.execute({"HGETALL", key}, kLong, use_future));
  }
  for (int i = 0; i < 1000; ++i) {
    ASSERT_SUCCEEDS(replies[static_cast<std::size_t>(2 * i)].get());
    const auto hash = replies[static_cast<std::size_t>(2 * i + 1)].get();
    ASSERT_SUCCEEDS(hash);
    ASSERT_TRUE(*hash == Reply::map({Reply::string(std::to_string(i)), Reply::string(value)})) << i;
  }
}

TEST_F(Security, AConnectionThatIsCutIsReplaced) {
  AsyncClient client(options());
  for (int i = 0; i < 5; ++i) {
    ASSERT_SUCCEEDS(client.execute(Command{"SET", "k", "v"}.idempotent(), kLong, use_future).get());
    node(0).command({"CLIENT", "KILL", "TYPE", "normal"});
  }
  EXPECT_EQ(log_.count(EventKind::authentication), 0U) << log_.text();
}

TEST_F(Security, ACertificateForAnotherNameIsToldAtOnce) {
  Options other = options();
  other.tls_server_name = "other.test";
  AsyncClient client(other);
  const auto reply = client.execute({"PING"}, kLong, use_future).get();
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  EXPECT_THAT(reply.error().message(), HasSubstr("is not for 'other.test'"));
}

TEST_F(Security, AFileThatCannotBeUsedIsRefusedByTheConstructor) {
  Options missing = options();
  missing.tls_ca_file = "/nowhere/at/all.pem";
  EXPECT_THROW(AsyncClient client(missing), InvalidOptions);
  missing = options();
  missing.password_file = "/nowhere/at/all";
  EXPECT_THROW(AsyncClient client(missing), InvalidOptions);
}

TEST_F(Security, APasswordIsExchangedAtWork) {
  const std::string file = cluster().folder() / "password";
  const auto set = [&](const std::string& password) {
    std::ofstream(file) << password << "\n";
    for (const std::size_t each : {0U, 1U})
      node(each).command({"ACL", "SETUSER", "app", "reset", "on", ">" + password, "~*", "&*", "+@all"});
    node(0).command({"CLIENT", "KILL", "USER", "app"});
  };
  set("correct-horse-battery");
  Options from_file = options();
  from_file.username = "app";
  from_file.password_file = file;
  AsyncClient client(from_file);
  for (const auto* next : {"staple-of-another-day", "correct-horse-battery"}) {
    EXPECT_SUCCEEDS(client.execute(Command{"SET", "k", "v"}.idempotent(), kLong, use_future).get());
    set(next);
  }
  EXPECT_SUCCEEDS(client.execute(Command{"SET", "k", "v"}.idempotent(), kLong, use_future).get());
  EXPECT_EQ(log_.count(EventKind::authentication), 0U) << log_.text();
  for (const std::size_t each : {0U, 1U}) node(each).command({"ACL", "DELUSER", "app"});
}

}  // namespace
}  // namespace rediscovery::testing
