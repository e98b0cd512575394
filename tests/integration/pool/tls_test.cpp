// A pool whose nodes speak TLS: refusals are told at once, files are checked before anything starts, and a
// failover is none the worse for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "pool/fixture.hpp"
#include "pool/writers.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PoolTls : public PairTest {
 protected:
  static constexpr const char* kReplicas = "slave.test";

  static void SetUpTestSuite() {
    ClusterOptions options;
    options.tls_names = {kName, kReplicas};
    start(std::move(options));
  }

  void SetUp() override {
    for (const std::size_t i : {0U, 1U}) {
      node(i).command({"CONFIG", "SET", "tls-auth-clients", "no"});
      show(i, *node(i).credentials().tls);
    }
    PairTest::SetUp();
    dns_.set_addresses(kReplicas, {node(1).ip()});
  }

  static Certificates& authority() { return cluster().certificates(); }
  // Makes a node show this certificate from now on.
  static void show(std::size_t index, const TlsFiles& files) {
    const auto reply =
        node(index).command({"CONFIG", "SET", "tls-cert-file", files.cert, "tls-key-file", files.key});
    ASSERT_FALSE(reply.is_error()) << reply.to_string();
  }

  Options options() {
    Options options = PairTest::options();
    options.tls = true;
    options.tls_ca_file = authority().ca_file();
    return options;
  }
};

TEST_F(PoolTls, CommandsAndLeases) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", std::string(1'000'000, 'x')}, kLong));
  auto lease = pool.acquire(kLong);
  ASSERT_SUCCEEDS(lease);
  ASSERT_SUCCEEDS(lease->execute({"MULTI"}));
  ASSERT_SUCCEEDS(lease->execute({"STRLEN", "k"}));
  const auto done = lease->execute({"EXEC"});
  ASSERT_SUCCEEDS(done);
  EXPECT_EQ(done->elements().front().to_integer(), 1'000'000);
}

TEST_F(PoolTls, AConnectionIsUsedAgainAndAgain) {
  Options one = options();
  one.max_connections = 1;
  Pool pool(one);
  for (int i = 0; i < 100; ++i) ASSERT_SUCCEEDS(pool.execute({"INCR", "k"}, kLong));
  EXPECT_EQ(log_.count(EventKind::connection_opened), 1U) << "what TLS says by itself spoils none";
}

TEST_F(PoolTls, FixedAddressesAreVerifiedAsAddresses) {
  Options fixed = options();
  fixed.master = node(0).endpoint();
  fixed.dns_servers.clear();
  Pool pool(fixed);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
}

TEST_F(PoolTls, AClientCertificate) {
  node(0).command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  const TlsFiles client = authority().issue("client", {});
  Options with_certificate = options();
  with_certificate.tls_cert_file = client.cert;
  with_certificate.tls_key_file = client.key;
  Pool pool(with_certificate);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
}

// The certificates have no addresses, and nobody but the demoted master says where the new one is.
TEST_F(PoolTls, AMasterThatAReplicaNamesGoesByTheMastersName) {
  for (const std::size_t i : {0U, 1U}) show(i, authority().issue("names" + std::to_string(i), {kName}));
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  cluster().repoint(1);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
  EXPECT_EQ(log_.count(EventKind::authentication), 0U) << log_.text();
}

// ---- refusals -----------------------------------------------------------------------------------------

class PoolTlsRefusal : public PoolTls {
 protected:
  // The deadline is half a minute: whoever gets this error has not waited for it.
  void expect_refused(const Options& options, const std::string& text) {
    Pool pool(options);
    const auto reply = pool.execute({"SET", "k", "v"}, kLong);
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
    EXPECT_EQ(reply.error().executed(), Executed::no);
    EXPECT_THAT(reply.error().message(), HasSubstr(text));
    EXPECT_LE(pool.stats().connects, 2U);
    EXPECT_THAT(log_.wait(EventKind::authentication).reason, HasSubstr(text));
    EXPECT_EQ(log_.count(EventKind::authentication), 1U) << "the same refusal is told once\n" << log_.text();
  }
};

TEST_F(PoolTlsRefusal, OfAnExpiredCertificate) {
  show(0, authority().issue("expired", {kName}, true));
  expect_refused(options(), "certificate has expired");
}

TEST_F(PoolTlsRefusal, OfACertificateForAnotherName) {
  show(0, authority().issue("other", {kReplicas}));
  expect_refused(options(), "is not for 'master.test'");
}

TEST_F(PoolTlsRefusal, OfAnUnknownAuthority) {
  Options options = PoolTls::options();
  options.tls_ca_file = Certificates(cluster().folder() / "stranger", "stranger").ca_file();
  expect_refused(options, "unknown authority");
}

TEST_F(PoolTlsRefusal, ByAServerThatWantsAClientCertificate) {
  node(0).command({"CONFIG", "SET", "tls-auth-clients", "yes"});
  expect_refused(options(), "requires a client certificate");
}

TEST_F(PoolTlsRefusal, OfAPortThatSpeaksSomethingElse) {
  ScriptedTcp plain(free_ip(), 6379);
  plain.set_handler([](std::string_view) -> TcpAction { return {"-ERR unknown command\r\n"}; });
  point_to({plain.ip()});
  expect_refused(options(), "does not speak TLS");
}

// A Redis without TLS takes our first word for half a command, and waits for the rest.
TEST_F(PoolTls, APortThatStaysSilentIsAskedAboutInTheError) {
  ScriptedTcp silent(free_ip(), 6379);
  point_to({silent.ip()});
  Options hasty = options();
  hasty.connect_timeout = 50ms;
  Pool pool(hasty);
  const auto reply = pool.execute({"PING"}, kShort);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::no_master);
  EXPECT_THAT(reply.error().message(), HasSubstr("(does it speak TLS?)"));
}

TEST_F(PoolTls, ACertificateThatExpiresWhileConnectedAndIsPutRight) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  show(0, authority().issue("expired", {kName}, true));
  node(0).command({"CLIENT", "KILL", "TYPE", "normal"});
  log_.wait_reason(EventKind::authentication, "expired");
  const auto reply = pool.execute({"PING"}, kLong);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::authentication) << reply.error();
  show(0, *node(0).credentials().tls);
  wait_until([&] { return pool.execute({"PING"}, kLong).has_value(); }, kLong, "the pool to trust it again");
  EXPECT_EQ(pool.stats().generation, 1U);
}

// ---- files --------------------------------------------------------------------------------------------

// Its passphrase is "test"; a terminal must not be asked for it.
constexpr const char* kEncryptedKey = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjaDUSYlG5xIAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEGXhLfL8MxGhC0n0H6fNgeIEgZDx
pmhnK6nI9U/tnBkkLM2L51nLkJQB4VFwPR10vGRbPiRm0JO0teZVfCQHFYqrjOWk
Ogl8yKlvbyrZR+6e/TcLN7YW/Ox3efeNJh2fcFij5rWzrmfHMb5gYm6/xMB4aOix
XVejqVGbwXa1MsO2+4G1AnOu45j35XmLsBeo+ViK1hnAJcDC2H0AieTR1szMb24=
-----END ENCRYPTED PRIVATE KEY-----
)";

class PoolTlsFiles : public PoolTls {
 protected:
  static std::string file(const std::string& name, const std::string& content) {
    std::string path = cluster().folder() / name;
    std::ofstream(path) << content;
    return path;
  }
  // What the constructor says of these options.
  static void expect_invalid(const Options& options, const std::string& field, const std::string& text) {
    try {
      const Pool pool(options);
      ADD_FAILURE() << "accepted: " << field;
    } catch (const InvalidOptions& refusal) {
      EXPECT_EQ(refusal.field(), field) << refusal.what();
      EXPECT_THAT(refusal.what(), HasSubstr(text));
    }
  }
};

TEST_F(PoolTlsFiles, ThatCannotBeReadAreNamed) {
  for (const auto& [path, text] : std::vector<std::pair<std::string, std::string>>{
           {"/nowhere/at/all.pem", "'/nowhere/at/all.pem' cannot be read: No such file or directory"},
           {cluster().folder().string(), "is not a regular file"},
           {file("empty.pem", ""), "is empty"},
           {file("text.pem", "not PEM\n"), "in PEM form"}}) {
    const TlsFiles good = authority().issue("client", {});
    Options bad = options();
    bad.tls_ca_file = path;
    expect_invalid(bad, "tls_ca_file", text);
    bad = options();
    bad.tls_cert_file = path;
    bad.tls_key_file = good.key;
    expect_invalid(bad, "tls_cert_file", text);
    bad.tls_cert_file = good.cert;
    bad.tls_key_file = path;
    expect_invalid(bad, "tls_key_file", text);
  }
}

TEST_F(PoolTlsFiles, OfDifferentPairsAreNamed) {
  Options mixed = options();
  mixed.tls_cert_file = authority().issue("one", {}).cert;
  mixed.tls_key_file = authority().issue("two", {}).key;
  expect_invalid(mixed, "tls_key_file", "is not the key of the certificate in '" + mixed.tls_cert_file + "'");
}

TEST_F(PoolTlsFiles, WithAPassphraseAreNamed) {
  Options locked = options();
  locked.tls_cert_file = authority().issue("client", {}).cert;
  locked.tls_key_file = file("locked.key", kEncryptedKey);
  expect_invalid(locked, "tls_key_file", "without a passphrase");
}

// ---- Consul -----------------------------------------------------------------------------------------

// With a user and a password as well.
class PoolTlsConsul : public ::testing::Test {
 protected:
  static ClusterOptions cluster_options() {
    ClusterOptions options;
    options.sentinels = 1;
    options.down_after = 500ms;
    options.redis_credentials = {"app", "correct-horse-battery"};
    options.tls_names = {"*.service.consul"};
    return options;
  }

  Options options() {
    Options options;
    options.master = cluster.master_service_name();
    options.dns_servers = {cluster.consul().dns_address()};
    options.username = "app";
    options.password = "correct-horse-battery";
    options.tls = true;
    options.tls_ca_file = cluster.certificates().ca_file();
    options.on_event = log.handler();
    return options;
  }

  Cluster cluster{cluster_options()};
  EventLog log;
};

TEST_F(PoolTlsConsul, APushedMasterGoesByItsNameInDns) {
  const std::string ip = cluster.addresses().next_free_ip();
  const ClosedPort nobody(ip);
  Options pushed = options();
  pushed.consul_http = {"http://" + cluster.consul().http_address()};
  pushed.dns_servers = {ip + ":" + std::to_string(nobody.port())};
  Pool pool(pushed);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
}

TEST_F(PoolTlsConsul, AFailoverCostsIdempotentWritersNoError) {
  Options with_standbys = options();
  with_standbys.replicas = cluster.slave_service_name();
  Pool pool(with_standbys);
  Writers writers(pool, Writers::Work::sets, 4, 5s);
  writers.wait_progress();

  const std::size_t old_master = cluster.master_index();
  cluster.redis(old_master).kill();
  const std::size_t new_master = cluster.wait_new_master(old_master);
  cluster.register_roles(new_master);
  log.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; });
  writers.wait_progress();
  const auto tally = writers.stop();

  EXPECT_THAT(tally.errors, IsEmpty()) << log.text();
  EXPECT_EQ(pool.stats().master, cluster.redis(new_master).endpoint());
  for (std::size_t i = 0; i < tally.last_set.size(); ++i) {
    EXPECT_EQ(cluster.redis(new_master).command({"GET", Writers::key(static_cast<int>(i))}).text,
              std::to_string(tally.last_set[i]));
  }
  EXPECT_EQ(log.count(EventKind::authentication), 0U) << log.text();
}

}  // namespace
}  // namespace rediscovery::testing
