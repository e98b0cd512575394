// One connection over TLS: its steps, its reads, its end, and what each refusal is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "redis/connection.hpp"
#include "redis/dialer.hpp"
#include "redis/tls_context.hpp"
#include "support/cluster.hpp"
#include "support/scripted_tcp.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using redis::Connection;
using redis::TlsContext;
using redis::TlsSettings;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kName = "redis.test";

core::TimePoint soon() { return std::chrono::steady_clock::now() + 30s; }

// One Redis that speaks TLS only, for all tests of the program; every test may change its certificate.
class Tls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    options.consul = false;
    options.tls_names = {kName};
    cluster_ = std::make_unique<Cluster>(std::move(options));
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    if (node().running()) node().cont();
    node().command({"CONFIG", "SET", "tls-auth-clients", "no"});
    node().command({"CONFIG", "SET", "tls-protocols", ""});
    show(*node().credentials().tls);
  }

  static Node& node() { return cluster_->redis(0); }
  static std::string free_ip() { return cluster_->addresses().next_free_ip(); }
  static Certificates& authority() { return cluster_->certificates(); }
  static core::Endpoint endpoint(const std::string& name = kName) {
    return {node().ip(), node().port(), name};
  }

  // Makes the server show this certificate from now on.
  static void show(const TlsFiles& files) {
    const auto reply =
        node().command({"CONFIG", "SET", "tls-cert-file", files.cert, "tls-key-file", files.key});
    ASSERT_FALSE(reply.is_error()) << reply.to_string();
  }

  static TlsSettings trusting() {
    TlsSettings settings;
    settings.ca_file = authority().ca_file();
    return settings;
  }
  static std::shared_ptr<const TlsContext> with(const TlsSettings& settings) {
    return std::make_shared<TlsContext>(settings);
  }
  static std::unique_ptr<Connection> open() {
    auto opened = Connection::open(endpoint(), soon(), with(trusting()));
    EXPECT_TRUE(opened.has_value()) << opened.error();
    return opened ? std::move(*opened) : nullptr;
  }
  // What becomes of a connection that must not be made, at the latest with its first command.
  static Error refusal(const core::Endpoint& where, const TlsSettings& settings) {
    auto opened = Connection::open(where, soon(), with(settings));
    if (!opened) return opened.error();
    const auto reply = (*opened)->call({"PING"}, soon());
    EXPECT_FALSE(reply.has_value()) << *reply;
    return reply ? Error(ErrorCode::closed, Executed::yes, "not refused") : reply.error();
  }
  static void expect_refused(const Error& error, const std::string& text) {
    EXPECT_EQ(error.code(), ErrorCode::authentication) << error;
    EXPECT_THAT(error.message(), HasSubstr(text));
  }

  static void wait_readable(const Connection& connection) {
    pollfd socket{connection.fd(), POLLIN, 0};
    ASSERT_EQ(poll(&socket, 1, 30'000), 1);
  }

 private:
  static inline std::unique_ptr<Cluster> cluster_;
};

// ---- both versions: what goes through -----------------------------------------------------------------

class TlsVersion : public Tls, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    Tls::SetUp();
    node().command({"CONFIG", "SET", "tls-protocols", GetParam()});
  }
};

TEST_P(TlsVersion, AnswersComeBack) {
  const auto connection = open();
  const auto reply = connection->call({"ECHO", "hello"}, soon());
  ASSERT_TRUE(reply.has_value()) << reply.error();
  EXPECT_EQ(reply->text(), "hello");
}

TEST_P(TlsVersion, WhatIsLongerThanARecordIsWhole) {
  const auto connection = open();
  std::string value(10'000'000, 'x');
  for (std::size_t i = 0; i < value.size(); i += 1000) value[i] = static_cast<char>('a' + i / 1000 % 26);
  ASSERT_TRUE(connection->call({"SET", "long", value}, soon()));
  const auto reply = connection->call({"GET", "long"}, soon());
  ASSERT_TRUE(reply.has_value()) << reply.error();
  EXPECT_TRUE(reply->text() == value);
}

TEST_P(TlsVersion, ManyAnswersInOneRecordAreAllThere) {
  const auto connection = open();
  constexpr int kMany = 5000;
  for (int i = 0; i < kMany; ++i) connection->append({"ECHO", std::to_string(i)});
  for (auto sent = connection->flush(); !*sent; sent = connection->flush()) {
    pollfd socket{connection->fd(), connection->wanted(), 0};
    ASSERT_EQ(poll(&socket, 1, 30'000), 1);
    if ((socket.revents & POLLIN) != 0) {
      ASSERT_FALSE(connection->fill());
    }
  }
  for (int i = 0; i < kMany; ++i) {
    const auto reply = connection->receive(soon());
    ASSERT_TRUE(reply.has_value()) << reply.error();
    ASSERT_EQ(reply->text(), std::to_string(i));
  }
}

TEST_P(TlsVersion, WhatTlsSaysByItselfLeavesTheConnectionUsable) {
  const auto connection = open();
  // Session tickets, with TLS 1.3; what is there to be read is none of the connection's user's.
  if (std::string(GetParam()) == "TLSv1.3") wait_readable(*connection);
  EXPECT_TRUE(connection->looks_usable());
  EXPECT_TRUE(connection->call({"PING"}, soon()));
  EXPECT_TRUE(connection->looks_usable());
}

TEST_P(TlsVersion, AnAnswerThatNobodyTookMakesItUnusable) {
  const auto connection = open();
  ASSERT_TRUE(connection->call({"PING"}, soon()));
  connection->append({"PING"});
  ASSERT_TRUE(*connection->flush());
  wait_readable(*connection);
  EXPECT_FALSE(connection->looks_usable());
}

TEST_P(TlsVersion, AnEndByTheServerMakesItUnusable) {
  const auto connection = open();
  ASSERT_TRUE(connection->call({"PING"}, soon()));
  node().command({"CLIENT", "KILL", "TYPE", "normal"});
  wait_readable(*connection);
  EXPECT_FALSE(connection->looks_usable());
  const auto reply = connection->call({"PING"}, soon());
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::connection_lost) << reply.error();
}

// The kernel answers a write to a connection that was shut down with SIGPIPE, which would end this program.
TEST_P(TlsVersion, WritingToAConnectionThatWasShutDownIsAnError) {
  const auto connection = open();
  ASSERT_TRUE(connection->call({"PING"}, soon()));
  connection->shut_down();
  const auto reply = connection->call({"PING"}, soon());
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::connection_lost) << reply.error();
  EXPECT_EQ(reply.error().executed(), Executed::no) << reply.error();
}

TEST_P(TlsVersion, ACommandThatIsHalfWrittenIsNotExecuted) {
  const auto connection = open();
  ASSERT_TRUE(connection->call({"PING"}, soon()));
  node().stop();
  const std::string more_than_the_sockets_hold(64'000'000, 'x');
  const auto reply =
      connection->call({"SET", "k", more_than_the_sockets_hold}, std::chrono::steady_clock::now() + 300ms);
  node().cont();
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::timeout) << reply.error();
  EXPECT_EQ(reply.error().executed(), Executed::no) << reply.error();
}

TEST_P(TlsVersion, AMissingClientCertificateIsNamed) {
  node().command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  expect_refused(refusal(endpoint(), trusting()), "client certificate");
}

// TLS 1.3 tells it when we have long been sending; the socket's error is not the reason.
TEST_F(Tls, AMissingClientCertificateIsNamedAlsoToAWriter) {
  node().command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  const auto connection = open();
  pollfd gone{connection->fd(), 0, 0};  // a reset, for what is sent to a socket that was closed
  std::optional<Error> error;
  while (!error) {
    connection->append({"PING"});
    if (const auto sent = connection->flush(); !sent) error = sent.error();
    if (!error) {
      ASSERT_EQ(poll(&gone, 1, 30'000), 1);
    }
  }
  expect_refused(*error, "requires a client certificate");
  EXPECT_EQ(error->executed(), Executed::no);
}

TEST_P(TlsVersion, AClientCertificateIsShownToWhoAsks) {
  node().command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  const TlsFiles client = authority().issue("client", {});
  TlsSettings settings = trusting();
  settings.cert_file = client.cert;
  settings.key_file = client.key;
  auto opened = Connection::open(endpoint(), soon(), with(settings));
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_TRUE((*opened)->call({"PING"}, soon()));
}

TEST_P(TlsVersion, AClientCertificateThatTheServerDoesNotTrustIsNamed) {
  node().command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  Certificates stranger(authority().ca_file() + ".strange", "stranger");
  const TlsFiles client = stranger.issue("client", {});
  TlsSettings settings = trusting();
  settings.cert_file = client.cert;
  settings.key_file = client.key;
  expect_refused(refusal(endpoint(), settings), "refuses our certificate");
}

INSTANTIATE_TEST_SUITE_P(All, TlsVersion, ::testing::Values("TLSv1.2", "TLSv1.3"),
                         [](const auto& test) { return std::string(test.param).erase(5, 1).erase(0, 3); });

// ---- whom we trust ------------------------------------------------------------------------------------

TEST_F(Tls, AnExpiredCertificateIsNamed) {
  show(authority().issue("expired", {kName}, true));
  expect_refused(refusal(endpoint(), trusting()), "certificate has expired");
}

TEST_F(Tls, ACertificateForAnotherNameIsNamed) {
  show(authority().issue("other", {"other.test"}));
  expect_refused(refusal(endpoint(), trusting()), "is not for 'redis.test'");
}

TEST_F(Tls, AnAddressIsNoName) {
  show(authority().issue("address", {node().ip()}));
  expect_refused(refusal(endpoint(), trusting()), "is not for 'redis.test'");
}

TEST_F(Tls, AnUnknownAuthorityIsNamed) {
  Certificates stranger(authority().ca_file() + ".strange", "stranger");
  TlsSettings settings;
  settings.ca_file = stranger.ca_file();
  expect_refused(refusal(endpoint(), settings), "unknown authority");
}

TEST_F(Tls, TheSystemsAuthoritiesDoNotKnowThisOne) {
  expect_refused(refusal(endpoint(), TlsSettings{}), "unknown authority");
}

TEST_F(Tls, WithoutANameTheAddressIsVerified) {
  EXPECT_TRUE(Connection::open(endpoint(""), soon(), with(trusting())));
  show(authority().issue("no_address", {kName}));
  expect_refused(refusal(endpoint(""), trusting()), "is not for '" + node().ip() + "'");
}

TEST_F(Tls, TheServersNameMayBeConfigured) {
  show(authority().issue("configured", {"configured.test"}));
  TlsSettings settings = trusting();
  settings.server_name = "configured.test";
  EXPECT_TRUE(Connection::open(endpoint(), soon(), with(settings)));
  settings.server_name = node().ip();
  expect_refused(refusal(endpoint(), settings), "is not for '" + node().ip() + "'");
}

TEST_F(Tls, AWildcardStandsForOneLabel) {
  show(authority().issue("wildcard", {"*.service.test"}));
  EXPECT_TRUE(Connection::open(endpoint("master.service.test"), soon(), with(trusting())));
  EXPECT_TRUE(Connection::open(endpoint("slave.service.test."), soon(), with(trusting())));
  expect_refused(refusal(endpoint("a.master.service.test"), trusting()), "is not for");
}

TEST_F(Tls, WithoutVerificationAnyCertificateWillDo) {
  Certificates stranger(authority().ca_file() + ".strange", "stranger");
  show(stranger.issue("worst", {"other.test"}, true));
  TlsSettings settings;
  settings.verify = false;
  auto opened = Connection::open(endpoint(), soon(), with(settings));
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_TRUE((*opened)->call({"PING"}, soon()));
}

// ---- servers that are none ----------------------------------------------------------------------------

TEST_F(Tls, APortThatAnswersInAnotherProtocolIsNamed) {
  ScriptedTcp plain(free_ip());
  plain.set_handler([](std::string_view) -> TcpAction { return {"-ERR unknown command\r\n"}; });
  expect_refused(refusal({plain.ip(), plain.port(), kName}, trusting()), "does not speak TLS");
}

TEST_F(Tls, AServerThatClosesInTheHandshakeIsLostAndNotRefusing) {
  for (const bool reset : {false, true}) {
    ScriptedTcp server(free_ip());
    server.set_handler([&](std::string_view) -> TcpAction {
      if (reset) server.close_connections(true);
      return {"", !reset};
    });
    const Error error = refusal({server.ip(), server.port(), kName}, trusting());
    EXPECT_EQ(error.code(), ErrorCode::connection_lost) << error;
    EXPECT_EQ(error.executed(), Executed::no);
  }
}

TEST_F(Tls, ASilentServerIsWaitedForUntilTheDeadline) {
  ScriptedTcp silent(free_ip());
  const auto opened = Connection::open({silent.ip(), silent.port(), kName},
                                       std::chrono::steady_clock::now() + 50ms, with(trusting()));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::timeout);
  EXPECT_THAT(opened.error().message(), HasSubstr("no TLS handshake in time"));
}

// ---- on a loop ----------------------------------------------------------------------------------------

class TlsOnALoop : public Tls {
 protected:
  TlsOnALoop() {
    uv_loop_init(&loop_);
    uv_prepare_init(&loop_, &turn_);
    turn_.data = this;
    uv_prepare_start(&turn_, [](uv_prepare_t* turn) { ++static_cast<TlsOnALoop*>(turn->data)->turns_; });
    uv_unref(reinterpret_cast<uv_handle_t*>(&turn_));
  }
  ~TlsOnALoop() override {
    uv_close(reinterpret_cast<uv_handle_t*>(&turn_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  static redis::Access access() {
    redis::Access access;
    access.tls = with(trusting());
    return access;
  }
  // Runs the loop until nothing is under way any more.
  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }

  uv_loop_t loop_{};
  uv_prepare_t turn_{};
  int turns_ = 0;
};

TEST_F(TlsOnALoop, ADialIsOverWhenTheNodeHasReported) {
  redis::Dialer dialer(&loop_, access());
  std::vector<std::string> order;
  redis::Dialer::Handlers handlers;
  handlers.connected = [&] { order.emplace_back("connected"); };
  handlers.done = [&](Result<redis::Dialled> result) {
    order.emplace_back("done");
    ASSERT_TRUE(result.has_value()) << result.error();
    EXPECT_EQ(result->report.role, core::Role::master);
    EXPECT_TRUE(result->connection->looks_usable());
  };
  ASSERT_FALSE(dialer.dial(1, endpoint(), std::move(handlers)));
  run();
  EXPECT_EQ(order, (std::vector<std::string>{"connected", "done"}));
}

TEST_F(TlsOnALoop, AMissingClientCertificateEndsTheDialAtOnce) {
  node().command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  redis::Dialer dialer(&loop_, access());
  redis::Dialer::Handlers handlers;
  handlers.connected = [] {};
  handlers.done = [&](const Result<redis::Dialled>& result) {
    ASSERT_FALSE(result.has_value());
    expect_refused(result.error(), "requires a client certificate");
    EXPECT_EQ(result.error().executed(), Executed::no);
  };
  ASSERT_FALSE(dialer.dial(1, endpoint(), std::move(handlers)));
  run();
}

// The socket is writable all the while: who waited for that would turn as fast as the processor goes.
TEST_F(TlsOnALoop, WaitingForTheServersWordTurnsNoLoop) {
  ScriptedTcp silent(free_ip());
  redis::Dialer dialer(&loop_, access());
  redis::Dialer::Handlers handlers;
  handlers.connected = [] {};
  handlers.done = [](const Result<redis::Dialled>& result) { ADD_FAILURE() << result.error(); };
  ASSERT_FALSE(dialer.dial(1, {silent.ip(), silent.port(), kName}, std::move(handlers)));
  const auto has_heard = [&] {
    uv_run(&loop_, UV_RUN_NOWAIT);
    return !silent.received().empty();
  };
  wait_until(has_heard, 30s, "the first word");
  EXPECT_THAT(silent.received(), HasSubstr(kName)) << "the first word was ours, with the server's name";
  turns_ = 0;
  uv_timer_t enough{};
  uv_timer_init(&loop_, &enough);
  enough.data = &dialer;
  uv_timer_start(
      &enough,
      [](uv_timer_t* timer) {
        static_cast<redis::Dialer*>(timer->data)->cancel(1);
        uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
      },
      100, 0);
  run();
  EXPECT_LE(turns_, 10);
}

}  // namespace
}  // namespace rediscovery::testing
