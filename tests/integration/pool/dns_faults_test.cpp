// What a DNS server may do to the pool: be away, fail, lie. The last good answer stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "pool/fixture.hpp"
#include "support/dnsmasq.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using Kind = DnsAction::Kind;

class DnsFaults : public PairTest {
 protected:
  Options options() {
    Options options = PairTest::options();
    options.dns_timeout = 50ms;  // silent servers cost each test this several times
    return options;
  }
  static void wait_failed_lookups(const Pool& pool, std::uint64_t more) {
    const auto wanted = pool.stats().lookups_failed + more;
    wait_until([&] { return pool.stats().lookups_failed >= wanted; }, kLong, "look-ups to fail");
  }
};

TEST_F(DnsFaults, CallersWaitForADnsServerThatComesUpLater) {
  const std::string ip = free_ip();
  constexpr std::uint16_t kPort = 5353;
  Options with_absent = options();
  with_absent.dns_servers = {ip + ":" + std::to_string(kPort)};
  Pool pool(with_absent);
  std::vector<std::optional<Result<Reply>>> results(4);
  {
    std::vector<std::jthread> callers;
    for (auto& result : results) {
      callers.emplace_back([&] { result = pool.execute({"INCR", "calls"}, kLong); });
    }
    wait_until([&] { return pool.stats().waiting == results.size(); }, kLong, "callers to wait");
    wait_failed_lookups(pool, 2);
    ScriptedDns late(ip, kPort);
    late.set_addresses(kName, {node(0).ip()});
    callers.clear();
  }
  for (const auto& result : results) EXPECT_SUCCEEDS(*result);
  EXPECT_EQ(node(0).command({"GET", "calls"}).text, "4");
}

TEST_F(DnsFaults, ADnsServerThatGoesAwayChangesNothingWhileTheMasterIsFine) {
  Dnsmasq dns(cluster().keeper(), free_ip(), {"address=/" + std::string(kName) + "/" + node(0).ip()});
  Options with_dnsmasq = options();
  with_dnsmasq.dns_servers = {dns.ip()};  // port 53 unless told otherwise
  Pool pool(with_dnsmasq);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  const auto before = pool.stats();
  const auto mark = log_.mark();

  dns.kill();
  const auto failed = before.lookups_failed + 3;
  while (pool.stats().lookups_failed < failed) ASSERT_SUCCEEDS(pool.execute({"INCR", "k"}, kLong));

  EXPECT_GE(log_.count(EventKind::lookup_failed, mark), 1U);
  for (const Event& event : log_.since(mark)) EXPECT_EQ(event.kind, EventKind::lookup_failed) << event;
  EXPECT_EQ(pool.stats().generation, before.generation);
  EXPECT_EQ(pool.stats().retries, 0U);

  dns.set_lines({"address=/" + std::string(kName) + "/" + node(0).ip(),
                 "address=/" + std::string(kName) + "/" + node(1).ip()});
  dns.restart();
  log_.wait_reason(EventKind::resolved, node(1).endpoint(), mark);
  EXPECT_EQ(pool.stats().generation, before.generation);
}

struct Fault {
  std::string name;
  DnsAction action;
  std::string in_message;  // what a caller without a master is told
};

std::vector<Fault> faults() {
  return {
      {"Nxdomain", DnsAction::nxdomain(), "NXDOMAIN"},
      {"Servfail", DnsAction::servfail(), "SERVFAIL"},
      {"Refused", DnsAction::refused(), "REFUSED"},
      {"Empty", DnsAction::empty(), "no usable record"},
      {"Dropped", DnsAction::drop(), "imeout"},
      {"Garbage", DnsAction::empty().as(Kind::garbage), ""},
      {"WrongId", DnsAction::answer({a_record("master.test", "127.0.0.9")}).as(Kind::wrong_id), "imeout"},
      {"Half", DnsAction::answer({a_record("master.test", "127.0.0.9")}).as(Kind::half), ""},
      {"TruncatedThenClosed", DnsAction::empty().as(Kind::close_tcp), ""},
      {"OnlyText", DnsAction::answer({{"master.test", DnsType::txt, 0, "\x04text"}}), "no usable record"},
      {"OnlyAnAlias", DnsAction::answer({cname_record("master.test", "other.test")}), "no usable record"},
      {"ServiceWithoutPort", DnsAction::answer({srv_record("master.test", "other.test", 0)}),
       "no usable record"},
  };
}

class DnsFault : public DnsFaults, public ::testing::WithParamInterface<Fault> {
 protected:
  void break_dns() {
    dns_.set_handler([](const DnsQuestion&) { return GetParam().action; });
  }
};

TEST_P(DnsFault, TheLastGoodMasterStays) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  const auto mark = log_.mark();

  break_dns();
  wait_failed_lookups(pool, 2);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  for (const Event& event : log_.since(mark)) EXPECT_EQ(event.kind, EventKind::lookup_failed) << event;
  EXPECT_EQ(log_.count(EventKind::lookup_failed, mark), 1U) << "the same failure is told once\n"
                                                            << log_.text(mark);

  // And what it says after that counts again.
  point_to({node(0).ip(), node(1).ip()});
  dns_.set_handler({});
  log_.wait_reason(EventKind::resolved, node(1).endpoint(), mark);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().generation, 1U);
}

TEST_P(DnsFault, CallersWaitAndThenAreToldWhy) {
  break_dns();
  Pool pool(options());
  wait_failed_lookups(pool, 1);
  const auto early = pool.execute({"SET", "k", "v"}, kShort);
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().code(), ErrorCode::no_master);
  EXPECT_EQ(early.error().executed(), Executed::no);
  EXPECT_THAT(early.error().message(), HasSubstr(GetParam().in_message));
  EXPECT_THAT(early.error().message(), HasSubstr(kName));

  dns_.set_handler({});
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
}

INSTANTIATE_TEST_SUITE_P(Each, DnsFault, ::testing::ValuesIn(faults()),
                         [](const auto& test) { return test.param.name; });

TEST_F(DnsFaults, ATruncatedAnswerIsAskedForOverTcp) {
  dns_.set(kName, DnsType::a, DnsAction::truncated({a_record(kName, node(0).ip())}));
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_GE(dns_.tcp_queries(), 1U);
}

TEST_F(DnsFaults, ASlowAnswerIsAnAnswer) {
  dns_.set(kName, DnsType::a, DnsAction::answer({a_record(kName, node(0).ip())}).after(100ms));
  Options patient = options();
  patient.dns_timeout = 2s;
  Pool pool(patient);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
}

class FirstServer : public DnsFaults, public ::testing::WithParamInterface<bool> {};

TEST_P(FirstServer, IsDeadAndTheSecondAnswers) {
  const bool refuses = GetParam();
  ScriptedDns silent(free_ip());
  silent.set_handler([](const DnsQuestion&) { return DnsAction::drop(); });
  Options two = options();
  two.dns_servers = {refuses ? free_ip() + ":5353" : silent.endpoint(), dns_.endpoint()};
  Pool pool(two);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  // Also when it matters again.
  wait_replicated();
  cluster().repoint(1);
  point_to({node(1).ip()});
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  EXPECT_EQ(pool.stats().master, node(1).endpoint());
}

INSTANTIATE_TEST_SUITE_P(It, FirstServer, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "RefusesAnd" : "IsSilentAnd"; });

TEST_F(DnsFaults, AServerThatFailsDoesNotHideTheOneThatKnows) {
  ScriptedDns failing(free_ip());
  failing.set_handler([](const DnsQuestion&) { return DnsAction::servfail(); });
  Options two = options();
  two.dns_servers = {failing.endpoint(), dns_.endpoint()};
  Pool pool(two);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  EXPECT_GE(failing.queries(), 1U);
}

}  // namespace
}  // namespace rediscovery::testing
