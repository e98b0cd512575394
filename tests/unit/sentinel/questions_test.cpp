#include "sentinel/questions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace rediscovery::sentinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Fields = std::map<std::string, std::string>;

Reply row(const Fields& fields) {
  std::vector<Reply> elements;
  for (const auto& [name, value] : fields) {
    elements.push_back(Reply::string(name));
    elements.push_back(Reply::string(value));
  }
  return Reply::array(std::move(elements));
}

Reply master(const Fields& changed = {}) {
  Fields fields = {{"name", "mymaster"},        {"ip", "10.0.0.5"}, {"port", "6379"},
                   {"flags", "master"},         {"quorum", "2"},    {"config-epoch", "7"},
                   {"num-other-sentinels", "2"}};
  for (const auto& [name, value] : changed) fields[name] = value;
  return row(fields);
}

Reply address(const std::string& ip, const std::string& port = "6379") {
  return Reply::array({Reply::string(ip), Reply::string(port)});
}

Fields healthy(const Fields& changed = {}) {
  Fields fields = {{"ip", "10.0.0.6"},          {"port", "6379"},           {"flags", "slave"},
                   {"info-refresh", "1234"},    {"role-reported", "slave"}, {"master-link-status", "ok"},
                   {"master-host", "10.0.0.5"}, {"master-port", "6379"},    {"replica-announced", "1"}};
  for (const auto& [name, value] : changed) fields[name] = value;
  return fields;
}

Interpretation read(std::vector<Reply> answers) { return interpret(answers, "mymaster", {}); }

const core::Endpoint kFive{"10.0.0.5", 6379, {}};
const core::Endpoint kSix{"10.0.0.6", 6379, {}};

// ---- what is asked ---------------------------------------------------------------------------------------

TEST(Questions, TheEpochIsAskedForBeforeAndAfterTheAddress) {
  const auto commands = questions("mymaster", {});
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_THAT(commands[0].words(), ElementsAre("SENTINEL", "MASTER", "mymaster"));
  EXPECT_THAT(commands[1].words(), ElementsAre("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"));
  EXPECT_THAT(commands[2].words(), ElementsAre("SENTINEL", "REPLICAS", "mymaster"));
  EXPECT_THAT(commands[3].words(), ElementsAre("SENTINEL", "MASTER", "mymaster"));
}

TEST(Questions, CredentialsGoFirst) {
  EXPECT_THAT(questions("m", {"", "secret"})[0].words(), ElementsAre("AUTH", "secret"));
  EXPECT_THAT(questions("m", {"user", "secret"})[0].words(), ElementsAre("AUTH", "user", "secret"));
}

// ---- what is answered ------------------------------------------------------------------------------------

TEST(Interpret, AQuietCluster) {
  const auto meaning = read({master(), address("10.0.0.5"), Reply::array({row(healthy())}), master()});
  EXPECT_EQ(meaning.reading, Reading::ok);
  EXPECT_EQ(meaning.view, (MasterView{kFive, 7, 2, 2, {{kSix, ReplicaState::healthy}}}));
}

// The trap: while it leads a failover, a Sentinel's SENTINEL MASTER pairs the old address with the new epoch.
TEST(Interpret, TheAddressIsTheOneOfGetMasterAddrNotOfSentinelMaster) {
  const auto leading =
      master({{"ip", "10.0.0.5"}, {"flags", "master,failover_in_progress"}, {"config-epoch", "8"}});
  const auto meaning = read({leading, address("10.0.0.6"), Reply::array({}), leading});
  ASSERT_EQ(meaning.reading, Reading::ok);
  EXPECT_EQ(meaning.view->address, kSix);
  EXPECT_EQ(meaning.view->epoch, 8U);
}

TEST(Interpret, AFailoverInProgressBeforeOrAfterCounts) {
  const auto quiet = master();
  const auto leading = master({{"flags", "master,o_down,failover_in_progress"}});
  EXPECT_FALSE(read({quiet, address("10.0.0.5"), Reply::array({}), quiet}).view->failing_over);
  EXPECT_TRUE(read({leading, address("10.0.0.5"), Reply::array({}), quiet}).view->failing_over);
  EXPECT_TRUE(read({quiet, address("10.0.0.5"), Reply::array({}), leading}).view->failing_over);
}

TEST(Interpret, TheFailoverTimeoutIsTheSentinels) {
  const auto quick = master({{"failover-timeout", "5000"}});
  const auto meaning = read({quick, address("10.0.0.5"), Reply::array({}), quick});
  EXPECT_EQ(meaning.view->failover_timeout, std::chrono::milliseconds(5000));
}

TEST(Interpret, AnEpochThatChangesInBetweenIsAskedForAgain) {
  const auto meaning =
      read({master(), address("10.0.0.6"), Reply::array({}), master({{"config-epoch", "8"}})});
  EXPECT_TRUE(meaning.retry);
  EXPECT_EQ(meaning.view, std::nullopt);
}

TEST(Interpret, AddressesInIPv6) {
  const auto meaning = read({master(), address("fd00:0::5"), Reply::array({}), master()});
  ASSERT_EQ(meaning.reading, Reading::ok);
  EXPECT_EQ(meaning.view->address.to_string(), "[fd00::5]:6379");
}

TEST(Interpret, AHostNameThatIsNotKnownIsRefusedWithTheRemedy) {
  const auto meaning = read({master(), address("redis-1.example"), Reply::array({}), master()});
  EXPECT_EQ(meaning.reading, Reading::unusable);
  EXPECT_THAT(meaning.problem, HasSubstr("\"redis-1.example\" cannot be resolved here"));
  EXPECT_THAT(meaning.problem, HasSubstr("announce-hostnames"));
  EXPECT_THAT(meaning.problem, HasSubstr("sentinels.dns_servers"));
}

// With "announce-hostnames yes": in every field that holds an address otherwise.
TEST(Interpret, HostNamesStandForTheAddressesTheyResolveTo) {
  const AddressOf address_of = [](std::string_view name) -> std::optional<std::string> {
    if (name == "redis-5") return "10.0.0.5";
    if (name == "redis-6") return "10.0.0.6";
    return std::nullopt;
  };
  const auto quiet = master({{"ip", "redis-5"}, {"runid", "a5"}});
  const auto list = Reply::array({row(healthy({{"ip", "redis-6"}, {"master-host", "redis-5"}})),
                                  row(healthy({{"ip", "redis-7"}, {"master-host", "redis-5"}})),
                                  row(healthy({{"ip", "10.0.0.8"}, {"master-host", "redis-9"}}))});
  const std::vector<Reply> answers = {quiet, address("redis-5"), list, quiet};
  EXPECT_THAT(names_in(answers), ElementsAre("redis-5", "redis-6", "redis-7", "redis-9"));
  const auto meaning = interpret(answers, "mymaster", {}, address_of);
  ASSERT_EQ(meaning.reading, Reading::ok);
  EXPECT_EQ(meaning.view->address, kFive);
  EXPECT_EQ(meaning.view->address.name, "redis-5");
  EXPECT_EQ(meaning.view->run_id, "a5");
  const core::Endpoint eight{"10.0.0.8", 6379, {}};
  EXPECT_THAT(meaning.view->replicas, ElementsAre(ReplicaView{kSix, ReplicaState::healthy},
                                                  ReplicaView{eight, ReplicaState::lagging}));
  EXPECT_EQ(meaning.view->replicas[0].endpoint.name, "redis-6");
}

TEST(Interpret, AddressesAreNoNames) {
  EXPECT_THAT(names_in({master(), address("10.0.0.5"), Reply::array({row(healthy({{"master-host", "?"}}))}),
                        master(), Reply::status("OK"), Reply::error("ERR")}),
              IsEmpty());
}

TEST(Interpret, AReplicaWithAHostNameOrABadRowIsLeftOut) {
  const auto list =
      Reply::array({row(healthy({{"ip", "redis-2"}})), Reply::string("x"), row({}), row(healthy())});
  const auto meaning = read({master(), address("10.0.0.5"), list, master()});
  ASSERT_EQ(meaning.reading, Reading::ok);
  EXPECT_THAT(meaning.view->replicas, ElementsAre(ReplicaView{kSix, ReplicaState::healthy}));
}

TEST(Interpret, TheMasterIsNoReplicaOfItself) {
  const auto list = Reply::array({row(healthy({{"ip", "10.0.0.5"}}))});
  const auto meaning = read({master(), address("10.0.0.5"), list, master()});
  EXPECT_THAT(meaning.view->replicas, IsEmpty());
}

TEST(Interpret, TheRunIdsOfMasterAndReplicas) {
  const auto quiet = master({{"runid", "a5"}});
  const auto list = Reply::array({row(healthy({{"runid", "b6"}}))});
  const auto meaning = read({quiet, address("10.0.0.5"), list, quiet});
  EXPECT_EQ(meaning.view->run_id, "a5");
  EXPECT_EQ(meaning.view->replicas.at(0).run_id, "b6");
}

// The row of SENTINEL MASTER is still the old master's then.
TEST(Interpret, OnTheLeaderOfAFailoverTheRunIdIsThePromotedReplicas) {
  const auto leading = master({{"runid", "a5"}, {"flags", "master,failover_in_progress"}});
  const auto list =
      Reply::array({row(healthy({{"runid", "b6"}})), row(healthy({{"ip", "10.0.0.7"}, {"runid", "c7"}}))});
  EXPECT_EQ(read({leading, address("10.0.0.6"), list, leading}).view->run_id, "b6");
  EXPECT_EQ(read({leading, address("10.0.0.8"), list, leading}).view->run_id, "");
}

TEST(Interpret, RunIdsThatAreMissingOrNoneAreNotKnown) {
  for (const auto& run_id : {"", "not hexadecimal", "\xff"}) {
    const auto quiet = master({{"runid", run_id}});
    const auto list = Reply::array({row(healthy({{"runid", run_id}}))});
    const auto meaning = read({quiet, address("10.0.0.5"), list, quiet});
    EXPECT_EQ(meaning.view->run_id, "");
    EXPECT_EQ(meaning.view->replicas.at(0).run_id, "");
  }
  const auto without = master();
  EXPECT_EQ(read({without, address("10.0.0.5"), Reply::array({}), without}).view->run_id, "");
}

TEST(Interpret, AnUnknownMaster) {
  const auto error = Reply::error("ERR No such master with that name");
  EXPECT_EQ(read({error, Reply(), error, error}).reading, Reading::unknown_master);
  EXPECT_EQ(read({master(), Reply(), Reply::array({}), master()}).reading, Reading::unknown_master);
}

TEST(Interpret, ARefusedLogIn) {
  for (const char* text : {"NOAUTH Authentication required.", "WRONGPASS invalid username-password pair",
                           "NOPERM this user has no permissions", "ERR invalid password"}) {
    const auto error = Reply::error(text);
    const auto meaning = read({error, error, error, error});
    EXPECT_EQ(meaning.reading, Reading::refused) << text;
    EXPECT_THAT(meaning.problem, HasSubstr("sentinels.password"));
  }
}

TEST(Interpret, APasswordForASentinelWithoutOneDoesNoHarm) {
  const auto meaning = interpret(
      {Reply::error(
           "ERR AUTH <password> called without any password configured for the default user. Are you sure?"),
       master(), address("10.0.0.5"), Reply::array({}), master()},
      "mymaster", {"", "secret"});
  EXPECT_EQ(meaning.reading, Reading::ok);
}

TEST(Interpret, AServerThatQuotesThePasswordIsQuotedWithoutIt) {
  for (const auto* text : {"ERR unknown command 'AUTH', with args beginning with: 'alice' 's3cr3t' ",
                           "ERR unknown command `AUTH`, with args beginning with: `alice`, `s3cr3t`, ",
                           "ERR no such user: alice/s3cr3t", "WRONGPASS s3cr3t", "NOAUTH s3cr3t",
                           "ERR AUTH s3cr3t without any password"}) {
    // Its place is another one where somebody in between has answered once too often.
    for (std::size_t place = 0; place < 5; ++place) {
      std::vector<Reply> answers = {Reply::status("OK"), master(), address("10.0.0.5"), Reply::array({}),
                                    master()};
      answers[place] = Reply::error(text);
      const auto meaning = interpret(answers, "mymaster", {"alice", "s3cr3t"});
      EXPECT_NE(meaning.reading, Reading::ok) << text;
      EXPECT_NE(meaning.problem, "") << text;
      EXPECT_THAT(meaning.problem, Not(HasSubstr("s3cr3t"))) << text;
    }
  }
}

TEST(Interpret, AnErrorWithoutWordsIsAProblemToo) {
  const auto error = Reply::error("");
  const auto meaning = read({error, error, error, error});
  EXPECT_EQ(meaning.reading, Reading::unusable);
  EXPECT_NE(meaning.problem, "");
}

TEST(Interpret, AnAddressThatIsThePasswordIsNotShown) {
  for (const auto* ip : {"s3cr3t", "s3cr3t?"}) {
    const auto meaning = interpret({Reply::status("OK"), master(), address(ip), Reply::array({}), master()},
                                   "mymaster", {"", "s3cr3t"});
    EXPECT_EQ(meaning.reading, Reading::unusable);
    EXPECT_THAT(meaning.problem, Not(HasSubstr("s3cr3t")));
  }
}

TEST(Interpret, AUsersNameIsNoSecret) {
  const auto error = Reply::error("NOPERM User alice has no permissions to run the 'sentinel' command");
  const auto meaning =
      interpret({Reply::status("OK"), error, error, error, error}, "mymaster", {"alice", "s3cr3t"});
  EXPECT_EQ(meaning.reading, Reading::refused);
  EXPECT_THAT(meaning.problem, HasSubstr("User alice has no permissions"));
}

// The server's own words say what it refuses, whatever of them may be shown.
TEST(Interpret, APasswordThatIsAWordOfTheRefusalDoesNotHideThatItIsOne) {
  const auto error = Reply::error("ERR invalid password");
  const auto meaning = interpret({error, error, error, error, error}, "mymaster", {"", "password"});
  EXPECT_EQ(meaning.reading, Reading::refused);
}

TEST(Interpret, AnAnswerToAuthIsNotTakenForAnAnswerToAQuestion) {
  const auto meaning =
      interpret({Reply::status("OK"), master(), address("10.0.0.5"), Reply::array({}), master()}, "mymaster",
                {"", "secret"});
  EXPECT_EQ(meaning.reading, Reading::ok);
}

TEST(Interpret, MalformedAnswersAreUnusable) {
  const auto good = master();
  const auto list = Reply::array({});
  const std::vector<std::vector<Reply>> cases = {
      {},
      {good, address("10.0.0.5"), list},
      {Reply(), address("10.0.0.5"), list, good},
      {Reply::string("x"), address("10.0.0.5"), list, good},
      {good, Reply::string("10.0.0.5"), list, good},
      {good, Reply::array({Reply::string("10.0.0.5")}), list, good},
      {good, address(""), list, good},
      {good, address("10.0.0.5", "0"), list, good},
      {good, address("10.0.0.5", "65536"), list, good},
      {good, address("10.0.0.5", "x"), list, good},
      {good, Reply::array({Reply::integer(1), Reply::integer(2)}), list, good},
      {good, address("10.0.0.5"), Reply(), good},
      {good, address("10.0.0.5"), Reply::string("x"), good},
      {good, address("10.0.0.5"), list, row({})},
      {master({{"config-epoch", "-1"}}), address("10.0.0.5"), list, good},
      {master({{"config-epoch", "x"}}), address("10.0.0.5"), list, master({{"config-epoch", "x"}})},
      {good, Reply::error("BUSY"), list, good},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto meaning = read(cases[i]);
    EXPECT_EQ(meaning.reading, Reading::unusable) << "case " << i;
    EXPECT_FALSE(meaning.retry) << "case " << i;
    EXPECT_NE(meaning.problem, "") << "case " << i;
  }
}

// ---- the state of a replica ------------------------------------------------------------------------------

ReplicaState state_of(const Fields& fields, bool failover_in_progress = false) {
  return classify_replica(*Row::parse(row(fields)), kFive, failover_in_progress);
}

TEST(ClassifyReplica, EachRowOfTheRules) {
  EXPECT_EQ(state_of(healthy()), ReplicaState::healthy);
  EXPECT_EQ(state_of(healthy({{"flags", "slave,s_down"}})), ReplicaState::down);
  EXPECT_EQ(state_of(healthy({{"flags", "slave,o_down"}})), ReplicaState::down);
  EXPECT_EQ(state_of(healthy({{"replica-announced", "0"}})), ReplicaState::down);
  EXPECT_EQ(state_of(healthy({{"role-reported", "master"}})), ReplicaState::down);
  EXPECT_EQ(state_of(healthy({{"flags", "slave,disconnected"}})), ReplicaState::unknown);
  EXPECT_EQ(state_of(healthy({{"master-link-status", "err"}})), ReplicaState::lagging);
  EXPECT_EQ(state_of(healthy({{"master-host", "10.0.0.9"}})), ReplicaState::lagging);
  EXPECT_EQ(state_of(healthy({{"master-port", "6380"}})), ReplicaState::lagging);
}

TEST(ClassifyReplica, BeforeRedis62EveryReplicaIsAnnounced) {
  auto fields = healthy();
  fields.erase("replica-announced");
  EXPECT_EQ(state_of(fields), ReplicaState::healthy);
}

// Right after a switch the table is new: nobody's INFO has come yet, and the dead old master is in it, too.
TEST(ClassifyReplica, WithoutInfoNothingIsKnown) {
  EXPECT_EQ(state_of(healthy({{"info-refresh", "0"}, {"master-link-status", "err"}, {"master-host", "?"}})),
            ReplicaState::unknown);
  EXPECT_EQ(state_of(healthy({{"info-refresh", "0"}, {"flags", "slave,s_down"}})), ReplicaState::down);
  auto fields = healthy();
  fields.erase("info-refresh");
  EXPECT_EQ(state_of(fields), ReplicaState::unknown);
}

TEST(ClassifyReplica, DuringAFailoverAReplicaThatWasNotToldYetIsNotJudged) {
  EXPECT_EQ(state_of(healthy({{"master-host", "10.0.0.9"}}), true), ReplicaState::unknown);
  EXPECT_EQ(state_of(healthy({{"master-link-status", "err"}}), true), ReplicaState::unknown);
  EXPECT_EQ(state_of(healthy({{"role-reported", "master"}}), true), ReplicaState::down);
  EXPECT_EQ(state_of(healthy(), true), ReplicaState::healthy);
}

}  // namespace
}  // namespace rediscovery::sentinel
