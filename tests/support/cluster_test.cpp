#include "support/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

ClusterOptions without_sentinels(std::size_t nodes) {
  ClusterOptions options;
  options.redis_nodes = nodes;
  options.sentinels = 0;
  return options;
}

TEST(Cluster, IsReadyWhenConstructed) {
  Cluster cluster;
  EXPECT_EQ(cluster.master_index(), 0U);
  EXPECT_TRUE(cluster.redis(1).linked_to(cluster.redis(0).ip()));
  EXPECT_EQ(cluster.redis(0).info("replication")["connected_slaves"], "2");
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    EXPECT_EQ(cluster.sentinel(i).master_endpoint(), cluster.redis(0).endpoint());
    EXPECT_EQ(cluster.sentinel(i).master().field("num-other-sentinels"), "2");
    EXPECT_EQ(cluster.sentinel(i).master().field("num-slaves"), "2");
  }
  EXPECT_THAT(cluster.resolve("master.service.consul").addresses(), ElementsAre(cluster.redis(0).ip()));
  EXPECT_THAT(cluster.resolve("slave.service.consul").addresses(),
              ElementsAre(cluster.redis(1).ip(), cluster.redis(2).ip()));
  EXPECT_THAT(cluster.resolve("master.service.consul", DnsType::srv).endpoints(),
              ElementsAre(cluster.redis(0).endpoint()));
}

TEST(Cluster, SentinelPromotesAReplicaOfAKilledMaster) {
  ClusterOptions options;
  options.consul = false;
  Cluster cluster(options);
  cluster.redis(0).kill();
  EXPECT_FALSE(cluster.redis(0).running());
  const std::size_t promoted = cluster.wait_new_master(0);
  EXPECT_NE(promoted, 0U);
  cluster.wait_settled();
  // As in production it comes back as a master that takes writes, until Sentinel finds it ten seconds later.
  cluster.redis(0).restart();
  EXPECT_EQ(cluster.redis(0).command({"SET", "k", "v"}).text, "OK");
}

TEST(Cluster, SentinelPromotesAReplicaOfAHungMaster) {
  ClusterOptions options;
  options.consul = false;
  Cluster cluster(options);
  cluster.redis(0).stop();
  EXPECT_TRUE(cluster.redis(0).running());
  EXPECT_FALSE(cluster.redis(0).try_command({"PING"}).has_value());
  EXPECT_NE(cluster.wait_new_master(0), 0U);
  cluster.redis(0).cont();
  EXPECT_EQ(cluster.redis(0).command({"PING"}).text, "PONG");
}

TEST(Cluster, FailsOverOnRequest) {
  Cluster cluster;
  const std::size_t promoted = cluster.failover();
  EXPECT_NE(promoted, 0U);
  // Sentinel leaves the old master a master for another ten seconds, so wait_settled() would take that long.
  EXPECT_EQ(cluster.redis(0).role(), "master");
  EXPECT_THROW((void)cluster.master_index(), std::runtime_error);
  // Nobody moved the name.
  EXPECT_THAT(cluster.resolve("master.service.consul").addresses(), ElementsAre(cluster.redis(0).ip()));
}

TEST(Cluster, RunsTheClientReconfigScript) {
  ClusterOptions options;
  options.addresses = std::make_shared<AddressBlock>();
  Cluster cluster(options);
  const auto script = cluster.folder() / "script";
  const auto calls = cluster.folder() / "calls";
  std::ofstream(script) << "#!/bin/sh\necho \"$CONSUL_HTTP_ADDR $*\" >> " << calls.string() << "\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    cluster.sentinel(i).set("client-reconfig-script", script.string());
  }
  const std::size_t promoted = cluster.failover();
  const auto text = [&] {
    std::ostringstream all;
    all << std::ifstream(calls).rdbuf();
    return all.str();
  };
  wait_until([&] { return text().find(" leader ") != std::string::npos; }, 10s, "the leader's script");
  EXPECT_THAT(text(), HasSubstr("http://" + options.addresses->ip(21) + ":8500 mymaster leader start " +
                                cluster.redis(0).ip() + " 6379 " + cluster.redis(promoted).ip() + " 6379"));
}

TEST(Cluster, RepointsWithoutSentinels) {
  Cluster cluster(without_sentinels(3));
  cluster.redis(0).command({"SET", "k", "v"});
  wait_until([&] { return cluster.redis(2).command({"GET", "k"}).text == "v"; }, 5s, "replication");
  cluster.repoint(2);
  cluster.wait_settled();
  EXPECT_EQ(cluster.master_index(), 2U);
  EXPECT_EQ(cluster.redis(2).command({"GET", "k"}).text, "v");
  EXPECT_THAT(cluster.redis(0).command({"SET", "k", "w"}).text, HasSubstr("READONLY"));
  EXPECT_THAT(cluster.resolve("master.service.consul").addresses(), ElementsAre(cluster.redis(2).ip()));
  EXPECT_THAT(cluster.resolve("slave.service.consul").addresses(),
              UnorderedElementsAre(cluster.redis(0).ip(), cluster.redis(1).ip()));
  cluster.redis(0).restart();
  cluster.wait_settled();
}

TEST(Cluster, NamesCanVanishAndTurnCritical) {
  Cluster cluster(without_sentinels(2));
  cluster.set_check(0, "critical");
  EXPECT_EQ(cluster.resolve("master.service.consul").code, DnsCode::nxdomain);
  EXPECT_EQ(cluster.resolve("slave.service.consul").addresses().size(), 1U);
  cluster.set_check(0, "passing");
  EXPECT_EQ(cluster.resolve("master.service.consul").addresses().size(), 1U);
  EXPECT_EQ(cluster.resolve("master.service.consul", DnsType::aaaa).code, DnsCode::noerror);
  cluster.deregister_roles();
  EXPECT_EQ(cluster.resolve("master.service.consul").code, DnsCode::nxdomain);
  cluster.register_roles(1, {});
  EXPECT_THAT(cluster.resolve("master.service.consul").addresses(), ElementsAre(cluster.redis(1).ip()));
  EXPECT_EQ(cluster.resolve("slave.service.consul").code, DnsCode::nxdomain);
}

TEST(Cluster, TwoLiveSideBySide) {
  Cluster one;
  Cluster other;
  EXPECT_NE(one.redis(0).endpoint(), other.redis(0).endpoint());
  one.redis(0).command({"SET", "k", "one"});
  EXPECT_TRUE(other.redis(0).command({"GET", "k"}).is_nil());
  EXPECT_THAT(other.resolve("master.service.consul").addresses(), ElementsAre(other.redis(0).ip()));
  const std::size_t promoted = one.failover();
  EXPECT_NE(promoted, 0U);
  EXPECT_EQ(other.master_index(), 0U);
}

TEST(Cluster, ConsulKeepsItsDataWhenAsked) {
  ClusterOptions options = without_sentinels(1);
  options.consul_options.persistent = true;
  Cluster cluster(options);
  cluster.consul().kv_put("some/key", "value");
  cluster.consul().kill();
  EXPECT_EQ(cluster.consul().request("GET", "/v1/status/leader").status, 0);
  cluster.consul().restart();
  EXPECT_EQ(cluster.consul().kv_get("some/key"), "value");
  EXPECT_FALSE(cluster.consul().kv_get("other/key").has_value());
  cluster.wait_master_name(0);
  cluster.consul().stop();
  EXPECT_THROW((void)cluster.resolve("master.service.consul"), TimeoutError);
  cluster.consul().cont();
  cluster.wait_master_name(0);
}

TEST(Cluster, AsksForPasswords) {
  ClusterOptions options;
  options.consul = false;
  options.redis_credentials = {"app", "s3cret"};
  options.sentinel_password = "guard";
  Cluster cluster(options);
  EXPECT_EQ(cluster.redis(0).command({"ACL", "WHOAMI"}).text, "app");
  EXPECT_THAT(RedisConnection(cluster.redis(0).ip(), 6379).command({"PING"}).text, HasSubstr("NOAUTH"));
  EXPECT_THAT(RedisConnection(cluster.sentinel(0).ip(), Sentinel::kPort).command({"PING"}).text,
              HasSubstr("NOAUTH"));
  EXPECT_NE(cluster.failover(), 0U);

  options.redis_credentials = {"", "s3cret"};
  options.sentinels = 0;
  Cluster simple(options);
  EXPECT_EQ(simple.redis(1).role(), "slave");
}

TEST(Cluster, ConsulCanAskForATokenAndServeTtls) {
  ClusterOptions options = without_sentinels(1);
  options.consul_options.token = "6e1b4ad0-0000-4000-8000-00000000cafe";
  options.consul_options.config = {
      {"dns_config", {{"service_ttl", {{"*", "7s"}}}}},
      {"acl",
       {{"enabled", true},
        {"default_policy", "deny"},
        {"tokens", {{"master", options.consul_options.token}, {"default", options.consul_options.token}}}}}};
  Cluster cluster(options);
  const DnsMessage answer = cluster.resolve("master.service.consul");
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].ttl, 7U);
}

TEST(Cluster, AFailingServersLogIsInTheMessage) {
  ClusterOptions options = without_sentinels(1);
  options.redis_arguments = {"--no-such-option", "1"};
  try {
    Cluster cluster(options);
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("redis1 at 127."));
    EXPECT_THAT(error.what(), HasSubstr("exited with 1"));
    EXPECT_THAT(error.what(), HasSubstr("no-such-option"));
  }
  options.redis_arguments.clear();
  options.redis_program = "/no/such/program";
  EXPECT_THROW(Cluster{options}, std::runtime_error);
}

TEST(WaitUntil, SaysWhatItWaitedFor) {
  try {
    wait_until([] { return false; }, 20ms, "the moon");
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_THAT(error.what(), HasSubstr("20 ms"));
    EXPECT_THAT(error.what(), HasSubstr("the moon"));
  }
}

TEST(AddressBlock, IsTakenOnce) {
  AddressBlock one;
  AddressBlock other;
  EXPECT_NE(one.id(), other.id());
  EXPECT_NE(one.next_free_ip(), one.next_free_ip());
  EXPECT_THAT(one.ip(1), HasSubstr("127."));
}

}  // namespace
}  // namespace rediscovery::testing
