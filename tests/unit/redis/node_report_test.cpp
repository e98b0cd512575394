#include "redis/node_report.hpp"

#include <gtest/gtest.h>

#include "unit/redis/node_text.hpp"

namespace rediscovery::redis {
namespace {

using namespace std::string_literals;

core::NodeReport read(const Reply& role, std::string_view server = "", std::string_view replication = "") {
  return read_node_report(role, server, replication).value();
}

Error refuse(const Reply& role) {
  const auto report = read_node_report(role, info_server(), info_replication(kHistory, kNoHistory, "-1"));
  return report ? Error(ErrorCode::server_error, Executed::yes, "was accepted") : report.error();
}

TEST(NodeReport, ARunIdThatIsNotPlainTextIsNone) {
  for (const auto& id : {"a\xff"s, "two words"s, std::string(65, 'a')}) {
    EXPECT_EQ(read(role_master(), "run_id:" + id + "\r\n").run_id, "") << id;
  }
}

TEST(NodeReport, ReadsAMaster) {
  const auto report = read(role_master(), info_server(), info_replication(kHistory, kNoHistory, "-1"));
  EXPECT_EQ(report.role, core::Role::master);
  EXPECT_EQ(report.run_id, kRunId);
  EXPECT_EQ(report.lineage, (core::Lineage{kHistory, "", -1})) << "forty zeros are no history";
  EXPECT_EQ(report.offset, 3222);
  EXPECT_EQ(report.master, std::nullopt);
  EXPECT_EQ(report.replicas, (std::vector{core::Endpoint{"10.0.0.2", 6379, ""}}));
}

Reply replica(const std::string& address, const Reply& port) {
  return Reply::array({Reply::string(address), port, Reply::string("3222")});
}

Reply role_master_of(std::vector<Reply> replicas) {
  return Reply::array({Reply::string("master"), Reply::integer(3222), Reply::array(std::move(replicas))});
}

TEST(NodeReport, ReadsTheReplicasOfAMasterAsFarAsTheyCanBeReached) {
  const auto report = read(role_master_of(
      {replica("10.0.0.2", Reply::string("6380")), replica("0:0:0:0:0:0:0:1", Reply::string("6379")),
       replica("redis-3.example", Reply::string("6379")), replica("10.0.0.4", Reply::string("0")),
       replica("10.0.0.5", Reply::string("65536")), replica("10.0.0.6", Reply::string("many")),
       replica("10.0.0.2", Reply::string("6380")), Reply::array({Reply::string("10.0.0.7")}),
       Reply::string("10.0.0.8")}));
  EXPECT_EQ(report.replicas,
            (std::vector{core::Endpoint{"10.0.0.2", 6380, ""}, core::Endpoint{"::1", 6379, ""}}));
  EXPECT_TRUE(read(role_master_of({})).replicas.empty());
}

TEST(NodeReport, AListOfReplicasHasABound) {
  std::vector<Reply> many;
  for (int i = 1; i <= 100; ++i)
    many.push_back(replica("10.0.1." + std::to_string(i), Reply::string("6379")));
  EXPECT_EQ(read(role_master_of(std::move(many))).replicas.size(), 64U);
}

TEST(NodeReport, ReadsTheHistoryAMasterWasPromotedOutOf) {
  const auto report = read(role_master(), info_server(), info_replication(kHistory, kHistoryBefore, "3001"));
  EXPECT_EQ(report.lineage, (core::Lineage{kHistory, kHistoryBefore, 3001}));
}

TEST(NodeReport, ReadsAReplicaInEveryStateOfItsLink) {
  struct Row {
    const char* link;
    bool up;
  };
  for (const Row& row :
       {Row{"connected", true}, Row{"connect", false}, Row{"connecting", false}, Row{"sync", false},
        Row{"none", false}, Row{"unknown", false}, Row{"handshake", false}, Row{"", false}}) {
    const auto report = read(role_replica("10.0.0.1", Reply::integer(6379), row.link));
    EXPECT_EQ(report.role, core::Role::replica);
    EXPECT_EQ(report.master, (core::Endpoint{"10.0.0.1", 6379, ""})) << row.link;
    EXPECT_EQ(report.master_link_up, row.up) << row.link;
  }
}

TEST(NodeReport, ReadsAReplicaOfAnIpv6Master) {
  const auto report = read(role_replica("0:0:0:0:0:0:0:1", Reply::integer(6379), "connected"));
  EXPECT_EQ(report.master, (core::Endpoint{"::1", 6379, ""}));
}

TEST(NodeReport, ReadsAPortThatCameAsText) {
  EXPECT_EQ(read(role_replica("10.0.0.1", Reply::string("6380"), "connected")).master->port, 6380);
}

// With replica-announce-hostnames the master is known by name; DNS then says where that is, not the replica.
TEST(NodeReport, LeavesOutAMasterThatIsNoNumericEndpoint) {
  for (const auto& host : {"redis-1.example"s, ""s, "10.0.0"s, "fe80::1%eth0"s, "10.0.0.1\0.example"s}) {
    const auto report = read(role_replica(host, Reply::integer(6379), "connected"));
    EXPECT_EQ(report.role, core::Role::replica);
    EXPECT_EQ(report.master, std::nullopt) << host;
  }
  for (const auto& port : {Reply::integer(0), Reply::integer(-1), Reply::integer(65'536), Reply::string("x"),
                           Reply(), Reply::integer(INT64_MAX), Reply::array({})}) {
    EXPECT_EQ(read(role_replica("10.0.0.1", port, "connected")).master, std::nullopt) << port;
  }
}

TEST(NodeReport, RefusesASentinel) {
  const Reply sentinel = Reply::array({Reply::string("sentinel"), Reply::array({Reply::string("mymaster")})});
  EXPECT_EQ(refuse(sentinel),
            Error(ErrorCode::protocol, Executed::no, "unexpected answer to ROLE: 'sentinel'"));
}

TEST(NodeReport, RefusesWhatIsNoAnswerToRole) {
  for (const Reply& role :
       {Reply(), Reply::status("OK"), Reply::string("master"), Reply::integer(1), Reply::real(1),
        Reply::boolean(true), Reply::array({}), Reply::array({Reply()}), Reply::array({Reply::integer(1)}),
        Reply::array({Reply::array({Reply::string("master")})}), Reply::array({Reply::string("MASTER")}),
        Reply::array({Reply::string("master\0"s)}), Reply::array({Reply::string("slave")}),
        Reply::array({Reply::string("slave"), Reply::string("10.0.0.1"), Reply::integer(6379)}),
        Reply::map({Reply::string("master"), Reply::integer(1)})}) {
    EXPECT_EQ(refuse(role).code(), ErrorCode::protocol) << role;
    EXPECT_EQ(refuse(role).executed(), Executed::no) << role;
  }
}

TEST(NodeReport, ReadsAMasterThatTellsNothingButItsRole) {
  const auto report = read(Reply::array({Reply::string("master")}));
  core::NodeReport expected;
  expected.role = core::Role::master;
  EXPECT_EQ(report, expected);
  EXPECT_EQ(report.lineage.id, "");
  EXPECT_EQ(report.lineage.previous_end, -1);
}

TEST(NodeReport, TakesUnreadableNumbersForUnknown) {
  for (const auto* number : {"", "x", "1x", " 1", "99999999999999999999"}) {
    const std::string info =
        "master_repl_offset:" + std::string(number) + "\r\nsecond_repl_offset:" + number + "\r\n";
    EXPECT_EQ(read(role_master(), "", info).offset, 0) << number;
    EXPECT_EQ(read(role_master(), "", info).lineage.previous_end, -1) << number;
  }
}

TEST(NodeReport, ReadsAHugeInfo) {
  std::string info;
  for (int i = 0; i < 100'000; ++i) info += "slave" + std::to_string(i) + ":ip=10.0.0.2,port=6379\r\n";
  info += "master_replid:" + kHistory + "\r\n";
  EXPECT_EQ(read(role_master(), "", info).lineage.id, kHistory);
}

// ---- INFO's lines -------------------------------------------------------------------------------------

TEST(InfoField, FindsAWholeNameOnly) {
  const std::string info = info_replication(kHistory, kHistoryBefore, "3001");
  EXPECT_EQ(info_field(info, "master_replid"), kHistory);
  EXPECT_EQ(info_field(info, "master_replid2"), kHistoryBefore);
  EXPECT_EQ(info_field(info, "replid"), "");
  EXPECT_EQ(info_field(info, "master"), "");
  EXPECT_EQ(info_field(info, "missing"), "");
}

TEST(InfoField, TakesTheFirstOfTwo) { EXPECT_EQ(info_field("a:1\r\na:2\r\n", "a"), "1"); }

TEST(InfoField, DoesNotDependOnHowLinesEnd) {
  EXPECT_EQ(info_field("a:1\nb:2\n", "b"), "2");
  EXPECT_EQ(info_field("a:1\r\nb:2", "b"), "2");
  EXPECT_EQ(info_field("b:", "b"), "");
  EXPECT_EQ(info_field("b:\r\nc:3\r\n", "b"), "") << "an empty value is not the next line";
  EXPECT_EQ(info_field("b:x:y\r\n", "b"), "x:y");
  EXPECT_EQ(info_field("\n\n\r\n:\nb:2", "b"), "2");
}

TEST(InfoField, FindsNothingInNothing) {
  EXPECT_EQ(info_field("", "a"), "");
  EXPECT_EQ(info_field("a", "a"), "");
  EXPECT_EQ(info_field("\r", "a"), "");
}

}  // namespace
}  // namespace rediscovery::redis
