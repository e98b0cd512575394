// Servers that do not speak Redis' protocol, or break it: errors, no crash, and no busy loop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pool/fake_master.hpp"
#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;

struct Nonsense {
  std::string name;
  std::string bytes;
  bool close = false;
  bool incomplete = false;  // might go on: the connection must be given up for its time
};

std::vector<Nonsense> nonsense() {
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "*1\r\n";
  return {
      {"Http", "HTTP/1.1 400 Bad Request\r\n\r\n"},
      {"Binary", std::string("\x16\x03\x01\x00\xff\x00\x80", 7)},
      {"UnknownType", "@what\r\n"},
      {"NegativeArray", "*-7\r\n"},
      {"HugeArray", "*2147483647\r\n", false, true},
      {"MoreThanHugeArray", "*99999999999999999999\r\n"},
      {"HugeString", "$2147483647\r\n", false, true},
      {"MoreThanHugeString", "$9223372036854775808\r\n"},
      {"NotANumber", ":12x4\r\n"},
      {"Nested", nested},
      {"HalfALine", "+OK", false, true},
      {"HalfAnArray", "*3\r\n$6\r\nmas", true},
      {"Nothing", "", true},
      {"OddMap", "%1\r\n+a\r\n", false, true},
  };
}

class Hostile : public PairTest, public ::testing::WithParamInterface<Nonsense> {
 protected:
  Options options(const std::string& endpoint) {
    Options options = PairTest::options();
    options.master = endpoint;
    options.connect_timeout = 50ms;
    return options;
  }
};

// Tries follow one another in a share of the time that the trouble has lasted, so their number grows with the
// logarithm of the time; a busy loop would make thousands here.
constexpr std::uint64_t kMostTries = 300;  // within kShort

TEST_P(Hostile, InTheHandshake) {
  ScriptedTcp server(free_ip());
  server.set_handler([](std::string_view) -> TcpAction { return {GetParam().bytes, GetParam().close}; });
  Pool pool(options(server.endpoint()));
  const auto reply = pool.execute({"SET", "k", "v"}, kShort);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::no_master);
  EXPECT_EQ(reply.error().executed(), Executed::no);
  EXPECT_THAT(reply.error().message(), HasSubstr(server.endpoint()));
  EXPECT_GE(pool.stats().connects_failed, 2U) << "it is asked again";
  EXPECT_LE(pool.stats().connects, kMostTries);
  EXPECT_EQ(pool.stats().adoptions, 0U);
  EXPECT_EQ(log_.wait(EventKind::refused).endpoint, server.endpoint());
}

TEST_P(Hostile, AsTheAnswerToACommand) {
  FakeMaster master(free_ip(), std::string(40, 'a'));
  master.answer([](const std::vector<std::string>&) -> TcpAction {
    return {GetParam().bytes, GetParam().close};
  });
  Pool pool(options(master.endpoint()));
  const auto reply = pool.execute({"INCR", "k"}, kShort);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().executed(), Executed::maybe) << reply.error();
  if (GetParam().incomplete) {
    EXPECT_EQ(reply.error().code(), ErrorCode::timeout) << reply.error();
  } else if (GetParam().close) {
    EXPECT_EQ(reply.error().code(), ErrorCode::connection_lost) << reply.error();
  } else {
    EXPECT_EQ(reply.error().code(), ErrorCode::protocol) << reply.error();
  }
  EXPECT_EQ(pool.stats().retries, 0U);

  // What may be sent again is, with pauses, as long as there is time.
  const auto before = pool.stats();
  const auto again = pool.execute(Command{"SET", "k", "v"}.idempotent(), kShort);
  ASSERT_FALSE(again.has_value());
  EXPECT_LE(pool.stats().retries, kMostTries);
  EXPECT_LE(pool.stats().connects - before.connects, kMostTries);

  master.answer("+OK\r\n");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
}

INSTANTIATE_TEST_SUITE_P(Bytes, Hostile, ::testing::ValuesIn(nonsense()),
                         [](const auto& test) { return test.param.name; });

TEST_F(Hostile, AnswersThatNobodyAskedForAreNotTakenForTheNextOne) {
  FakeMaster master(free_ip(), std::string(40, 'a'));
  master.answer([](const std::vector<std::string>& words) -> TcpAction {
    return {words.front() == "SET" ? "+OK\r\n$5\r\nstale\r\n" : "$5\r\nfresh\r\n"};
  });
  Pool pool(options(master.endpoint()));
  for (int i = 0; i < 20; ++i) {
    ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
    const auto reply = pool.execute({"GET", "k"}, kLong);
    ASSERT_SUCCEEDS(reply);
    ASSERT_EQ(reply->text(), "fresh") << "round " << i;
  }
}

TEST_F(Hostile, AStringLongerThanItsLengthSpoilsNoOtherAnswer) {
  FakeMaster master(free_ip(), std::string(40, 'a'));
  master.answer([](const std::vector<std::string>& words) -> TcpAction {
    return {words.front() == "SET" ? "$3\r\nabcdef\r\n" : "$5\r\nfresh\r\n"};
  });
  Pool pool(options(master.endpoint()));
  for (int i = 0; i < 20; ++i) {
    (void)pool.execute({"SET", "k", "v"}, kLong);
    const auto reply = pool.execute({"GET", "k"}, kLong);
    ASSERT_SUCCEEDS(reply);
    ASSERT_EQ(reply->text(), "fresh") << "round " << i;
  }
}

TEST_F(Hostile, AnAnswerInManyPiecesIsOneAnswer) {
  FakeMaster master(free_ip(), std::string(40, 'a'));
  master.answer("$100000\r\n" + std::string(100'000, 'x') + "\r\n");
  Pool pool(options(master.endpoint()));
  const auto reply = pool.execute({"GET", "k"}, kLong);
  ASSERT_SUCCEEDS(reply);
  EXPECT_EQ(reply->text().size(), 100'000U);
}

TEST_F(Hostile, AReportWithoutHistoryOrRunId) {
  ScriptedTcp server(free_ip());
  server.set_command_handler([](const std::vector<std::string>& words) -> TcpAction {
    if (words.front() == "ROLE") return {"*3\r\n" + bulk("master") + ":0\r\n*0\r\n"};
    return {words.front() == "INFO" ? bulk("") : "+OK\r\n"};
  });
  Pool pool(options(server.endpoint()));
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  server.close_connections();
  ASSERT_SUCCEEDS(pool.execute(Command{"SET", "k", "v"}.idempotent(), kLong));
}

TEST_F(Hostile, StrangeRoles) {
  for (const std::string& role :
       {bulk("sentinel"), std::string("*0\r\n"), std::string(":1\r\n"),
        "*5\r\n" + bulk("slave") + bulk("host.name") + ":99999999\r\n" + bulk("connected") + ":-1\r\n",
        "*1\r\n" + bulk("slave"), "*2\r\n" + bulk("sentinel") + "*0\r\n"}) {
    ScriptedTcp server(free_ip());
    server.set_command_handler([role](const std::vector<std::string>& words) -> TcpAction {
      return {words.front() == "ROLE" ? role : bulk("run_id:1\r\n")};
    });
    const auto mark = log_.mark();
    Pool pool(options(server.endpoint()));
    log_.wait(EventKind::refused, mark);
    EXPECT_EQ(pool.stats().adoptions, 0U);
  }
}

}  // namespace
}  // namespace rediscovery::testing
