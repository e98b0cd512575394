// Consul's blocking query: a change of the catalog moves the pool at once.
#include "pool/fixture.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {
namespace {

// Nothing but the push can tell: no command runs, DNS is not asked again, nobody is checked, no standby is
// kept.
class Push : public ::testing::Test {
 protected:
  static ClusterOptions without_sentinels() {
    ClusterOptions options;
    options.sentinels = 0;
    return options;
  }

  Options options() {
    Options options;
    options.master = cluster_.master_service_name();
    options.dns_servers = {cluster_.consul().dns_address()};
    options.consul_http = {cluster_.consul().http_address()};
    options.refresh_floor = options.refresh_ceiling = 1h;
    options.idle_check_interval = 1h;
    options.on_event = log_.handler();
    return options;
  }

  void expect_followed(std::size_t next) {
    const std::size_t mark = log_.mark();
    cluster_.repoint(next);
    EXPECT_EQ(log_.wait(EventKind::adopted, mark).endpoint, cluster_.redis(next).endpoint());
  }

  Cluster cluster_{without_sentinels()};
  EventLog log_;
};

TEST_F(Push, MovesAnIdlePoolWithoutDns) {
  Pool pool(options());
  log_.wait(EventKind::adopted);
  for (const std::size_t next : {1U, 2U, 0U}) {
    expect_followed(next);
    ASSERT_SUCCEEDS(pool.execute({"SET", "k", std::to_string(next)}, kLong));
  }
}

TEST_F(Push, ComesFromTheNextAddressWhenOneIsDead) {
  const std::string nobody = cluster_.addresses().next_free_ip();
  const ClosedPort port(nobody, 8500);
  Options options = this->options();
  options.consul_http.insert(options.consul_http.begin(), nobody + ":8500");
  Pool pool(options);
  log_.wait(EventKind::adopted);
  expect_followed(1);
}

TEST_F(Push, NamesAMasterWithAWarningAsDnsDoes) {
  cluster_.set_check(0, "warning");
  const std::string nobody = cluster_.addresses().next_free_ip();
  const ClosedPort port(nobody, 5353);
  Options options = this->options();
  options.dns_servers = {nobody + ":5353"};
  Pool pool(options);
  EXPECT_EQ(log_.wait(EventKind::adopted).endpoint, cluster_.redis(0).endpoint());
}

TEST_F(Push, IsMissedByNobodyWhileConsulsHttpIsAway) {
  Pool pool(options());
  log_.wait(EventKind::adopted);
  expect_followed(1);  // so the push works
  const std::size_t mark = log_.mark();
  cluster_.consul().kill();
  log_.wait_reason(EventKind::lookup_failed, "Consul at", mark);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "w"}, kLong));
  EXPECT_EQ(log_.count(EventKind::suspect, mark), 0U) << log_.text(mark);
}

// A Consul that speaks HTTPS and asks for a client's certificate.
TEST(PushOverTls, MovesAPoolThatShowsACertificateAndSaysWhatAnotherOneLacks) {
  constexpr int kConsulHost = 21;  // of a cluster's block
  const Keeper keeper;
  Certificates authority(keeper.folder(), "authority");
  const auto mine = authority.issue("pool", {});
  ClusterOptions cluster_options;
  cluster_options.sentinels = 0;
  cluster_options.addresses = std::make_shared<AddressBlock>();
  cluster_options.consul_options.tls =
      authority.issue("consul", {cluster_options.addresses->ip(kConsulHost)});
  cluster_options.consul_options.demand_client_certificate = true;
  Cluster cluster(cluster_options);

  EventLog log;
  Options options;
  options.master = cluster.master_service_name();
  options.dns_servers = {cluster.consul().dns_address()};
  options.consul_http = {"https://" + cluster.consul().https_address()};
  options.consul_ca_file = mine.ca;
  options.refresh_floor = options.refresh_ceiling = 1h;
  options.idle_check_interval = 1h;
  options.on_event = log.handler();
  {
    const Pool pool(options);
    log.wait_reason(EventKind::lookup_failed, "cert_file", 0);
  }
  options.consul_cert_file = mine.cert;
  options.consul_key_file = mine.key;
  const std::size_t begin = log.mark();
  const Pool pool(options);
  log.wait(EventKind::adopted, begin);
  const std::size_t mark = log.mark();
  cluster.repoint(1);
  EXPECT_EQ(log.wait(EventKind::adopted, mark).endpoint, cluster.redis(1).endpoint());
}

}  // namespace
}  // namespace rediscovery::testing
