#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/address_block.hpp"
#include "support/dns_client.hpp"
#include "support/dnsmasq.hpp"
#include "support/redis_connection.hpp"
#include "support/scripted_dns.hpp"
#include "support/scripted_tcp.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScriptedDnsTest : public ::testing::Test {
 protected:
  DnsMessage ask(const std::string& name, DnsType type, std::chrono::milliseconds timeout = 2s) {
    return dns_query(server_.ip(), server_.port(), name, type, timeout);
  }

  AddressBlock block_;
  ScriptedDns server_{block_.next_free_ip()};
};

TEST_F(ScriptedDnsTest, AnswersWhatItIsTold) {
  server_.set_addresses("Master.test", {"10.0.0.2", "10.0.0.1"}, 30);
  server_.set(
      "srv.test", DnsType::srv,
      DnsAction::answer({srv_record("srv.test", "n1.test", 6380)}, {a_record("n1.test", "10.0.0.9")}));
  server_.set("six.test", DnsType::aaaa, DnsAction::answer({aaaa_record("six.test", "::1")}));
  server_.set("alias.test", DnsType::a,
              DnsAction::answer({cname_record("alias.test", "n1.test"), a_record("n1.test", "10.0.0.9")}));
  const DnsMessage answer = ask("MASTER.test", DnsType::a);
  EXPECT_THAT(answer.addresses(), ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_EQ(answer.answers[0].ttl, 30U);
  EXPECT_THAT(ask("srv.test", DnsType::srv).endpoints(), ElementsAre("10.0.0.9:6380"));
  EXPECT_THAT(ask("six.test", DnsType::aaaa).addresses(), ElementsAre("::1"));
  EXPECT_THAT(ask("alias.test", DnsType::a).addresses(), ElementsAre("10.0.0.9"));
  EXPECT_EQ(ask("master.test", DnsType::aaaa).code, DnsCode::noerror);
  EXPECT_EQ(ask("unknown.test", DnsType::a).code, DnsCode::nxdomain);
  EXPECT_EQ(server_.queries(), 6U);
  EXPECT_EQ(server_.queries(DnsType::aaaa), 2U);
  EXPECT_EQ(server_.queries("MASTER.TEST", DnsType::a), 1U);
  server_.reset_counts();
  EXPECT_EQ(server_.queries(), 0U);
}

TEST_F(ScriptedDnsTest, Misbehaves) {
  const DnsAction good = DnsAction::answer({a_record("a.test", "10.0.0.1")});
  server_.set("a.test", DnsType::a, DnsAction::servfail());
  EXPECT_EQ(ask("a.test", DnsType::a).code, DnsCode::servfail);
  server_.set("a.test", DnsType::a, DnsAction::refused());
  EXPECT_EQ(ask("a.test", DnsType::a).code, DnsCode::refused);
  for (const auto kind : {DnsAction::Kind::drop, DnsAction::Kind::garbage, DnsAction::Kind::wrong_id,
                          DnsAction::Kind::half, DnsAction::Kind::close_tcp}) {
    server_.set("a.test", DnsType::a, good.as(kind));
    EXPECT_THROW(ask("a.test", DnsType::a, 100ms), TimeoutError);
  }
  server_.set("a.test", DnsType::a, good.after(60ms));
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(ask("a.test", DnsType::a).addresses().size(), 1U);
  EXPECT_GE(std::chrono::steady_clock::now() - started, 60ms);
}

TEST_F(ScriptedDnsTest, TruncatesOverUdpOnly) {
  std::vector<std::string> addresses;
  std::vector<DnsRecord> records;
  for (int i = 1; i <= 200; ++i) records.push_back(a_record("many.test", "10.0.1." + std::to_string(i)));
  server_.set("many.test", DnsType::a, DnsAction::truncated(records));
  EXPECT_EQ(ask("many.test", DnsType::a).answers.size(), 200U);
  EXPECT_EQ(server_.tcp_queries(), 1U);
  EXPECT_EQ(dns_query_tcp(server_.ip(), server_.port(), "none.test", DnsType::a).code, DnsCode::nxdomain);
}

TEST_F(ScriptedDnsTest, AsksTheHandler) {
  server_.set_handler([n = 0](const DnsQuestion& question) mutable {
    EXPECT_EQ(question.udp_size, 4096);
    return ++n == 1 ? DnsAction::nxdomain() : DnsAction::answer({a_record(question.name, "10.0.0.3")});
  });
  EXPECT_EQ(ask("x.test", DnsType::a).code, DnsCode::nxdomain);
  EXPECT_THAT(ask("x.test", DnsType::a).addresses(), ElementsAre("10.0.0.3"));
}

TEST(DnsMessage, RefusesWhatIsMalformed) {
  DnsMessage message;
  message.response = true;
  message.question.name = "some.test";
  message.answers = {a_record("some.test", "10.0.0.1"), srv_record("some.test", "other.test", 1)};
  const std::string good = encode(message);
  ASSERT_TRUE(decode(good).has_value());
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode(std::string_view(good).substr(0, length)).has_value()) << length;
  }
  std::string loop = good.substr(0, 12) + "\xc0\x0c" + good.substr(12);
  EXPECT_FALSE(decode(loop).has_value());
}

TEST(Dnsmasq, AnswersAndForwards) {
  AddressBlock block;
  Keeper keeper(block.lock_fd());
  ScriptedDns consul(block.next_free_ip());
  consul.set_addresses("master.service.consul", {"10.0.0.7"}, 5);
  Dnsmasq dnsmasq(keeper, block.ip(31),
                  {"address=/fixed.test/10.0.0.8", "srv-host=_redis._tcp.test,fixed.test,6379",
                   "server=/consul/" + consul.ip() + "#" + std::to_string(consul.port())});
  const auto ask = [&](const std::string& name, DnsType type) {
    return dns_query(dnsmasq.ip(), 53, name, type);
  };
  EXPECT_THAT(ask("fixed.test", DnsType::a).addresses(), ElementsAre("10.0.0.8"));
  EXPECT_EQ(ask("_redis._tcp.test", DnsType::srv).answers.at(0).port, 6379);
  EXPECT_THAT(ask("master.service.consul", DnsType::a).addresses(), ElementsAre("10.0.0.7"));
  EXPECT_EQ(ask("master.service.consul", DnsType::a).answers.size(), 1U);
  EXPECT_EQ(consul.queries("master.service.consul", DnsType::a), 1U)
      << "the second answer came from the cache";
  dnsmasq.set_lines({"address=/fixed.test/10.0.0.9"});
  dnsmasq.restart();
  EXPECT_THAT(ask("fixed.test", DnsType::a).addresses(), ElementsAre("10.0.0.9"));
}

TEST(Ports, RefuseSwallowOrStaySilent) {
  AddressBlock block;
  const std::string ip = block.next_free_ip();
  const ClosedPort closed(ip);
  EXPECT_THROW(RedisConnection(ip, closed.port()), RedisError);

  const BlackHole hole(ip);
  const auto started = std::chrono::steady_clock::now();
  EXPECT_THROW(RedisConnection(ip, hole.port(), {}, 100ms), RedisError);
  EXPECT_GE(std::chrono::steady_clock::now() - started, 90ms);

  ScriptedTcp silent(ip);
  RedisConnection connection(ip, silent.port(), {}, 100ms);
  EXPECT_THROW(connection.command({"PING"}), RedisError);
  EXPECT_EQ(silent.accepted(), 1U);
  EXPECT_THAT(silent.received(), HasSubstr("PING"));
}

TEST(ScriptedTcp, AnswersAndCloses) {
  AddressBlock block;
  ScriptedTcp server(block.next_free_ip());
  server.set_command_handler([](const std::vector<std::string>& command) -> TcpAction {
    if (command.at(0) == "GET")
      return {"$" + std::to_string(command.at(1).size()) + "\r\n" + command[1] + "\r\n"};
    if (command.at(0) == "SLOW") return {"+OK\r\n", false, 50ms};
    if (command.at(0) == "BYE") return {"", true};
    return {"-ERR unknown\r\n"};
  });
  RedisConnection connection(server.ip(), server.port());
  EXPECT_EQ(connection.command({"GET", "echo\r\n"}).text, "echo\r\n");
  EXPECT_EQ(connection.command({"SLOW"}).text, "OK");
  EXPECT_TRUE(connection.command({"WHAT"}).is_error());
  EXPECT_THROW(connection.command({"BYE"}), RedisError);

  for (const bool reset : {false, true}) {
    RedisConnection other(server.ip(), server.port());
    wait_until([&] { return server.connected() == 1; }, 2s, "one connection");
    server.close_connections(reset);
    EXPECT_THROW(other.read(), RedisError);
    EXPECT_EQ(server.connected(), 0U);
  }

  server.answer_every_command("?malformed\r\n");
  EXPECT_THROW(RedisConnection(server.ip(), server.port()).command({"PING"}), RedisError);
  server.answer_every_line("+line\r\n");
  EXPECT_EQ(RedisConnection(server.ip(), server.port()).command({"PING"}).text, "line");
}

}  // namespace
}  // namespace rediscovery::testing
