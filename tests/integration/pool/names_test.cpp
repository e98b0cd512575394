// What a name may stand for: records of every shape, and nodes that are not the master.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "pool/fake_master.hpp"
#include "pool/fixture.hpp"
#include "support/dnsmasq.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;

class Names : public PairTest {
 protected:
  // A name that leads to this port of this address.
  void point_to_port(const std::string& ip, std::uint16_t port) {
    dns_.set(kName, DnsType::srv,
             DnsAction::answer({srv_record(kName, "target.test", port)}, {a_record("target.test", ip)}));
  }
};

// ---- records --------------------------------------------------------------------------------------------

TEST_F(Names, SrvTellsThePort) {
  FakeMaster master(free_ip(), std::string(40, 'a'));
  point_to_port(master.server().ip(), master.server().port());
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().master, master.endpoint());
}

TEST_F(Names, SrvTargetsAreLookedUpWhenTheAnswerBringsNoAddress) {
  dns_.set(kName, DnsType::srv, DnsAction::answer({srv_record(kName, "target.test", 6379)}));
  dns_.set(kName, DnsType::a, DnsAction::nxdomain());
  dns_.set_addresses("target.test", {node(0).ip()});
  Options wrong_default = options();
  wrong_default.default_port = 1;
  Pool pool(wrong_default);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
}

// Consul names a node that was registered by its address like this.
TEST_F(Names, SrvTargetsThatSpellAnAddressNeedNoLookup) {
  std::array<char, 9> hex{};
  in_addr address{};
  ASSERT_EQ(::inet_pton(AF_INET, node(0).ip().c_str(), &address), 1);
  std::snprintf(hex.data(), hex.size(), "%08x", ntohl(address.s_addr));
  const std::string target = std::string(hex.data()) + ".addr.dc1.consul";
  dns_.set(kName, DnsType::srv, DnsAction::answer({srv_record(kName, target, 6379)}));
  Options wrong_default = options();
  wrong_default.default_port = 1;
  Pool pool(wrong_default);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  EXPECT_EQ(dns_.queries(target, DnsType::a), 0U);
}

TEST_F(Names, EveryAddressOfASrvTargetCounts) {
  dns_.set(kName, DnsType::srv,
           DnsAction::answer({srv_record(kName, "target.test", 6379)},
                             {a_record("target.test", free_ip()), a_record("target.test", node(0).ip())}));
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
}

TEST_F(Names, ACnameIsFollowed) {
  dns_.set(kName, DnsType::a,
           DnsAction::answer({cname_record(kName, "real.test"), a_record("real.test", node(0).ip())}));
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
}

TEST_F(Names, AddressRecordsOfDnsmasqTakeTheDefaultPort) {
  FakeMaster master(free_ip(), std::string(40, 'a'));
  Dnsmasq dns(cluster().keeper(), free_ip(), {"address=/" + std::string(kName) + "/" + master.server().ip()});
  Options with_port = options();
  with_port.dns_servers = {dns.ip()};
  with_port.default_port = master.server().port();
  Pool pool(with_port);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().master, master.endpoint());
}

TEST_F(Names, ServicesAndAliasesOfDnsmasq) {
  const std::string name = kName;
  Dnsmasq dns(cluster().keeper(), free_ip(),
              {"srv-host=" + name + ",redis.test,6379", "host-record=redis.test," + node(0).ip(),
               "cname=alias.test,redis.test"});
  for (const std::string& asked : {name, std::string("alias.test")}) {
    Options with_dnsmasq = options();
    with_dnsmasq.master = asked;
    with_dnsmasq.dns_servers = {dns.ip()};
    with_dnsmasq.default_port = asked == name ? 1 : 6379;
    Pool pool(with_dnsmasq);
    ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong)) << asked;
    EXPECT_EQ(pool.stats().master, node(0).endpoint());
  }
}

TEST_F(Names, ANumericMasterNeedsNoDns) {
  Options numeric = options();
  numeric.master = node(0).endpoint();
  numeric.dns_servers = {};
  Pool pool(numeric);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().lookups, 0U);
  EXPECT_EQ(dns_.queries(), 0U);
}

TEST_F(Names, ManyRecordsInOneAnswer) {
  std::vector<std::string> addresses{node(0).ip(), node(1).ip()};
  const std::string block = node(0).ip().substr(0, node(0).ip().rfind('.') + 1);
  for (int host = 200; host < 240; ++host) addresses.push_back(block + std::to_string(host));  // nobody there
  point_to(addresses);
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
}

// ---- Consul itself --------------------------------------------------------------------------------------

TEST(ConsulNames, AreFollowedAndACriticalCheckChangesNothing) {
  ClusterOptions two;
  two.redis_nodes = 2;
  two.sentinels = 0;
  Cluster cluster(two);
  EventLog log;
  Options options;
  options.master = cluster.master_service_name();
  options.dns_servers = {cluster.consul().dns_address()};
  options.default_port = 1;  // Consul's SRV records know better
  options.refresh_floor = 20ms;
  options.on_event = log.handler();
  Pool pool(options);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));

  cluster.redis(1).replicate("");
  cluster.register_roles(1);
  log.wait(EventKind::adopted, 0,
           [&](const Event& event) { return event.endpoint == cluster.redis(1).endpoint(); });
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 2U);

  cluster.set_check(1, "critical");
  log.wait_reason(EventKind::lookup_failed, "NXDOMAIN");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));

  cluster.consul().kill();
  log.wait_reason(EventKind::lookup_failed, "contact");
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 2U);
  EXPECT_EQ(log.count(EventKind::suspect), 0U) << log.text();
}

// ---- nodes that are not the master ----------------------------------------------------------------------

TEST_F(Names, ANameThatPointsToAReplicaIsNotBelieved) {
  node(1).command({"CONFIG", "RESETSTAT"});
  point_to({node(1).ip()});
  Pool pool(options());
  const Event refused = log_.wait(EventKind::refused);
  EXPECT_EQ(refused.endpoint, node(1).endpoint());
  EXPECT_EQ(refused.reason, "is a replica of " + node(0).endpoint());
  const auto early = pool.execute({"APPEND", "k", "v"}, kShort);
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().code(), ErrorCode::no_master);
  EXPECT_EQ(early.error().executed(), Executed::no);
  EXPECT_THAT(early.error().message(), HasSubstr("127."));
  // Nor was it so much as asked to write; refused commands are counted as well.
  EXPECT_FALSE(node(1).info("commandstats").contains("cmdstat_append"));

  point_to({node(0).ip()});
  ASSERT_SUCCEEDS(pool.execute({"APPEND", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  EXPECT_EQ(node(0).command({"GET", "k"}).text, "v");
}

TEST_F(Names, ANameThatMovesToAReplicaChangesNothing) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  point_to({node(1).ip()});
  const Event refused = log_.wait(EventKind::refused);
  EXPECT_EQ(refused.endpoint, node(1).endpoint());
  const auto lookups = pool.stats().lookups;
  while (pool.stats().lookups < lookups + 3) ASSERT_SUCCEEDS(pool.execute({"INCR", "n"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  EXPECT_EQ(log_.count(EventKind::suspect), 0U) << log_.text();
}

TEST_F(Names, AmongSeveralAddressesTheMasterIsFound) {
  point_to({node(1).ip(), node(0).ip(), free_ip()});
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
  log_.wait_reason(EventKind::refused, "is a replica");
}

TEST_F(Names, AClosedPortIsAskedAgainUntilTheNameIsRight) {
  const ClosedPort closed(node(0).ip());
  point_to_port(node(0).ip(), closed.port());
  Pool pool(options());
  EXPECT_THAT(log_.wait(EventKind::refused).reason, HasSubstr("refused"));
  const auto early = pool.execute({"SET", "k", "v"}, kShort);
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().code(), ErrorCode::no_master);
  EXPECT_THAT(early.error().message(), HasSubstr(std::to_string(closed.port())));
  point_to_port(node(0).ip(), 6379);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
}

TEST_F(Names, ABlackHoleIsGivenUpAfterTheConnectTimeout) {
  const std::string ip = free_ip();
  const BlackHole hole(ip);
  point_to_port(ip, hole.port());
  Options impatient = options();
  impatient.connect_timeout = 50ms;
  Pool pool(impatient);
  EXPECT_THAT(log_.wait(EventKind::refused).reason, HasSubstr("within 50 ms"));
  point_to_port(node(0).ip(), 6379);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
}

TEST_F(Names, ABlackHoleBesideTheMasterDelaysNothing) {
  const std::string ip = free_ip();
  const BlackHole hole(ip, 6379);
  point_to({ip, node(0).ip()});
  Options patient = options();
  patient.connect_timeout = 60s;  // longer than the call may take
  Pool pool(patient);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(0).endpoint());
}

TEST_F(Names, ANameThatHasServiceRecordsIsAskedForThoseAloneUntilItHasNone) {
  dns_.set(kName, DnsType::srv, DnsAction::answer({srv_record(kName, "redis.test", 6379)}));
  dns_.set("redis.test", DnsType::a, DnsAction::answer({a_record("redis.test", node(0).ip())}));
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  const auto wait_lookups = [&](std::uint64_t more) {
    const auto wanted = pool.stats().lookups + more;
    wait_until([&] { return pool.stats().lookups >= wanted; }, kLong, "look-ups");
  };
  wait_lookups(2);
  const auto asked = dns_.queries(kName, DnsType::a);
  wait_lookups(3);
  EXPECT_EQ(dns_.queries(kName, DnsType::a), asked);
  point_to({node(0).ip()});
  wait_lookups(3);
  EXPECT_GT(dns_.queries(kName, DnsType::a), asked);
  EXPECT_EQ(pool.stats().lookups_failed, 0U);
}

TEST_F(Names, AnErrorTellsWhatItsTimeWentInto) {
  const std::string ip = free_ip();
  const BlackHole hole(ip);
  point_to_port(ip, hole.port());
  Options patient = options();
  patient.connect_timeout = 60s;  // longer than the calls may take
  {
    Pool pool(patient);
    const TimeSpent spent = pool.execute({"PING"}, 200ms).error().spent();
    EXPECT_GT(spent.connecting * 2, spent.waiting) << spent;
    EXPECT_EQ(spent.verifying, 0us) << spent;
    EXPECT_EQ(spent.answering, 0us) << spent;
  }
  node(0).stop();
  point_to_port(node(0).ip(), 6379);
  {
    Pool pool(patient);
    const TimeSpent spent = pool.execute({"PING"}, 200ms).error().spent();
    EXPECT_GT(spent.verifying * 2, spent.waiting) << spent;
  }
  node(0).cont();
}

TEST_F(Names, AHealthyMasterIsKeptWhileItsNameLeadsNowhere) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  const ClosedPort closed(node(0).ip());
  point_to_port(node(0).ip(), closed.port());
  log_.wait_reason(EventKind::refused, "refused");
  const auto lookups = pool.stats().lookups;
  while (pool.stats().lookups < lookups + 3) ASSERT_SUCCEEDS(pool.execute({"INCR", "n"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
}

}  // namespace
}  // namespace rediscovery::testing
