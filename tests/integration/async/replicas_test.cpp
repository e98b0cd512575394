// Reads from replicas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include <rediscovery/async_client.hpp>

#include "pool/event_log.hpp"
#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

/// A master (node 0) and two replicas; each says its own address to the script that is read with.
class Replicas : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ClusterOptions options;
    options.sentinels = 0;
    options.consul = false;
    cluster_ = std::make_unique<Cluster>(std::move(options));
  }
  static void TearDownTestSuite() { cluster_.reset(); }
  static Node& node(std::size_t index) { return cluster_->redis(index); }

  void SetUp() override {
    for (std::size_t i = 0; i < 3; ++i) node(i).running() ? node(i).cont() : node(i).restart();
    if (node(0).role() != "master") cluster_->repoint(0);
    for (const std::size_t i : {1U, 2U}) {
      if (!node(i).linked_to(node(0).ip())) node(i).replicate(node(0).ip());
      wait_until([&] { return node(i).linked_to(node(0).ip()); }, kLong, "replicas to be linked");
    }
    for (std::size_t i = 0; i < 3; ++i) node(i).command({"CONFIG", "RESETSTAT"});
    dns_.set_addresses("master.test", {node(0).ip()});
    dns_.set_addresses("slave.test", {node(1).ip(), node(2).ip()});
  }

  Options options(ReadFrom from) {
    Options options;
    options.master = "master.test";
    options.replicas = "slave.test";
    options.dns_servers = {dns_.endpoint()};
    options.refresh_floor = 20ms;
    options.idle_check_interval = 100ms;
    options.silence_timeout = 100ms;
    options.read_from = from;
    options.on_event = log_.handler();
    return options;
  }
  /// How often a node has answered a command.
  static int answered(std::size_t index, const std::string& command) {
    const auto all = node(index).info("commandstats");
    const auto found = all.find("cmdstat_" + command);
    return found == all.end() ? 0 : std::stoi(found->second.substr(std::string("calls=").size()));
  }
  static int reads(std::size_t index) { return answered(index, "get"); }
  static std::array<int, 3> reads() { return {reads(0), reads(1), reads(2)}; }
  static void read(AsyncClient& client, int times, const Command& command = {"GET", "k"}) {
    std::vector<std::future<Result<Reply>>> futures;
    for (int i = 0; i < times; ++i) futures.push_back(client.execute(command, kLong, use_future));
    for (auto& future : futures) EXPECT_SUCCEEDS(future.get());
  }
  /// Until both replicas are read from.
  static void warm_up(AsyncClient& client) {
    wait_until(
        [&] {
          read(client, 10, Command{"GET", "k"}.from(ReadFrom::replica));
          const auto now = reads();
          return now[1] > 0 && now[2] > 0;
        },
        kLong, "both replicas to be read from");
    for (std::size_t i = 0; i < 3; ++i) node(i).command({"CONFIG", "RESETSTAT"});
  }

  EventLog log_;
  ScriptedDns dns_{cluster_->addresses().next_free_ip()};
  static inline std::unique_ptr<Cluster> cluster_;
};

TEST_F(Replicas, AreReadFromEvenlyAndTheMasterIsNot) {
  AsyncClient client(options(ReadFrom::replica));
  warm_up(client);
  read(client, 200);
  const auto now = reads();
  EXPECT_EQ(now[0], 0);
  // To whoever has least to do: how even that is depends on how fast each is.
  EXPECT_EQ(now[1] + now[2], 200);
  EXPECT_GT(now[1], 50);
  EXPECT_GT(now[2], 50);
}

// A standby is kept there all the same, for the day it is promoted.
TEST_F(Replicas, OneThatTheNameDoesNotListIsNotReadFrom) {
  dns_.set_addresses("slave.test", {node(1).ip()});
  AsyncClient client(options(ReadFrom::replica));
  wait_until([] { return answered(2, "role") >= 2; }, kLong, "the one that is not named to be stood by");
  read(client, 100);
  EXPECT_EQ(reads(2), 0);
  dns_.set_addresses("slave.test", {node(1).ip(), node(2).ip()});
  warm_up(client);
  dns_.set_addresses("slave.test", {node(2).ip()});
  wait_until(
      [&] {
        const int before = reads(1);
        read(client, 20);
        return reads(1) == before;
      },
      kLong, "the one that is named no more to be skipped");
  const int before = reads(1);
  read(client, 100);
  EXPECT_EQ(reads(1), before);
}

TEST_F(Replicas, AnyIncludesTheMaster) {
  AsyncClient client(options(ReadFrom::any));
  warm_up(client);
  read(client, 300);
  for (const int count : reads()) EXPECT_GT(count, 50);
}

TEST_F(Replicas, APoolReadsFromThemToo) {
  Pool pool(options(ReadFrom::replica));
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
  node(0).command({"WAIT", "2", "0"});
  wait_until(
      [&] {
        EXPECT_SUCCEEDS(pool.execute({"GET", "k"}, kLong));
        return reads(1) > 0 && reads(2) > 0;
      },
      kLong, "both replicas to be read from");
  const auto at_master = pool.execute(Command{"GET", "k"}.from(ReadFrom::master), kLong);
  EXPECT_EQ(at_master.value().text(), "v");
  pool.close();
  EXPECT_EQ(pool.execute({"GET", "k"}, kLong).error().code(), ErrorCode::closed);
}

TEST_F(Replicas, NearestIsReadFromAndWhoeverItIsAnswers) {
  AsyncClient client(options(ReadFrom::nearest));
  warm_up(client);
  read(client, 100);
  const auto now = reads();
  EXPECT_EQ(now[0] + now[1] + now[2], 100);
}

TEST_F(Replicas, ACommandDecidesForItself) {
  AsyncClient client(options(ReadFrom::master));
  warm_up(client);
  read(client, 10);
  EXPECT_EQ(reads()[0], 10);
  read(client, 10, Command{"GET", "k"}.from(ReadFrom::replica));
  EXPECT_EQ(reads()[1] + reads()[2], 10);
}

TEST_F(Replicas, AWriteGoesToTheMasterAndIsRefusedWhenItAsksForAReplica) {
  AsyncClient client(options(ReadFrom::replica));
  ASSERT_SUCCEEDS(client.execute({"SET", "k", "v"}, kLong, use_future).get());
  const auto refused =
      client.execute(Command{"SET", "k", "v"}.from(ReadFrom::replica), kLong, use_future).get();
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
}

TEST_F(Replicas, OneWhoseLinkToTheMasterIsDownIsSkipped) {
  AsyncClient client(options(ReadFrom::replica));
  warm_up(client);
  node(1).replicate("127.0.0.1", 1);  // nobody is there
  wait_until(
      [&] {
        const int before = reads()[1];
        read(client, 20);
        return reads()[1] == before;
      },
      kLong, "the replica without a master to be skipped");
  EXPECT_EQ(reads()[0], 0);
}

TEST_F(Replicas, OneThatDiesOrHangsLosesNoRead) {
  AsyncClient client(options(ReadFrom::replica));
  warm_up(client);
  node(2).stop();
  read(client, 100);
  node(1).kill();
  read(client, 100);
  EXPECT_GT(reads(0), 0) << "with no replica left the master answers";
}

TEST_F(Replicas, WithoutFallBackAReadWaitsForAReplicaAndSaysSo) {
  dns_.set_addresses("slave.test", {});
  Options strict = options(ReadFrom::replica);
  strict.replica_fallback = false;
  AsyncClient client(strict);
  const auto none = client.execute({"GET", "k"}, kShort, use_future).get();
  EXPECT_EQ(none.error().code(), ErrorCode::no_replica);
  EXPECT_EQ(none.error().executed(), Executed::no);
  auto waiting = client.execute({"GET", "k"}, kLong, use_future);
  dns_.set_addresses("slave.test", {node(1).ip()});
  ASSERT_SUCCEEDS(waiting.get());
  EXPECT_EQ(reads()[1], 1);
}

TEST_F(Replicas, GoOnAnsweringWhileThereIsNoMaster) {
  Options strict = options(ReadFrom::replica);
  strict.replica_fallback = false;
  AsyncClient client(strict);
  warm_up(client);
  node(0).stop();
  auto write = client.execute(Command{"SET", "k", "v"}.idempotent(), kLong, use_future);
  log_.wait(EventKind::suspect);
  read(client, 50);
  node(0).cont();
  ASSERT_SUCCEEDS(write.get());
}

}  // namespace
}  // namespace rediscovery::testing
