#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <rediscovery/pool.hpp>

#include "pool/event_log.hpp"
#include "support/cluster.hpp"
#include "support/scripted_dns.hpp"

namespace rediscovery::testing {

using namespace std::chrono_literals;

/// A deadline that only a failing test reaches.
constexpr std::chrono::seconds kLong{30};
/// A deadline to wait out where the outcome is that nothing happens.
constexpr std::chrono::milliseconds kShort{300};

/// One master (node 0) and one replica without Sentinel and Consul, shared by all tests of a program, and a
/// DNS server of the test's own, whose name points to the master.
class PairTest : public ::testing::Test {
 protected:
  static constexpr const char* kName = "master.test";

  static void SetUpTestSuite() { start(ClusterOptions{}); }
  static void TearDownTestSuite() { cluster_.reset(); }

  static void start(ClusterOptions options) {
    options.redis_nodes = 2;
    options.sentinels = 0;
    options.consul = false;
    cluster_ = std::make_unique<Cluster>(std::move(options));
  }
  static Cluster& cluster() { return *cluster_; }
  static Node& node(std::size_t index) { return cluster_->redis(index); }
  static std::string free_ip() { return cluster_->addresses().next_free_ip(); }

  void SetUp() override {
    for (std::size_t i = 0; i < cluster().redis_count(); ++i) {
      node(i).running() ? node(i).cont() : node(i).restart();
    }
    if (node(0).role() != "master" || !node(1).linked_to(node(0).ip())) cluster().repoint(0);
    wait_until([] { return node(1).linked_to(node(0).ip()); }, kLong, "the replica to be linked");
    node(0).command({"FLUSHALL"});
    point_to({node(0).ip()});
  }

  // Until the replica has everything that the master has acknowledged so far.
  static void wait_replicated() {
    RedisConnection connection = node(0).connect(kLong);
    connection.command({"SET", "marker", "1"});
    connection.command({"WAIT", "1", "0"});
  }

  // Until the pool has what it wants to have while nothing happens.
  static void settle(const Pool& pool) {
    wait_until(
        [&] {
          const Stats stats = pool.stats();
          return stats.idle >= 1 && stats.connecting == 0 && stats.in_use == 0 && !stats.suspect;
        },
        kLong, "the pool to be at rest");
  }

  static bool has_client(std::size_t index, const std::string& name) {
    return node(index).command({"CLIENT", "LIST"}).text.find(" name=" + name + " ") != std::string::npos;
  }

  // Until a node has a client of that name, or has none any more.
  static void wait_client(std::size_t index, const std::string& name, bool is_there = true) {
    wait_until(
        [&] { return has_client(index, name) == is_there; }, kLong,
        "node " + std::to_string(index) + (is_there ? " to have" : " to lose") + " a client named " + name);
  }

  // As Sentinel does it, in one transaction.
  static void promote_as_sentinel(std::size_t index) {
    RedisConnection connection = node(index).connect();
    connection.command({"MULTI"});
    connection.command({"SLAVEOF", "NO", "ONE"});
    connection.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    connection.command({"EXEC"});
  }

  Event wait_second() {
    return log_.wait(EventKind::adopted, 0, [](const Event& event) { return event.generation == 2; });
  }

  void point_to(const std::vector<std::string>& addresses) { dns_.set_addresses(kName, addresses); }

  Options options() {
    Options options;
    options.master = kName;
    options.dns_servers = {dns_.endpoint()};
    options.refresh_floor = 20ms;  // to see much happen in little time
    options.on_event = log_.handler();
    return options;
  }

  EventLog log_;  // outlives every pool of the test
  ScriptedDns dns_{free_ip()};

 private:
  static inline std::unique_ptr<Cluster> cluster_;
};

template <typename T>
::testing::AssertionResult succeeded(const Result<T>& result) {
  if (result.has_value()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error();
}

}  // namespace rediscovery::testing

// For a call that must succeed, which is made once; its error is shown when it does not.
#define ASSERT_SUCCEEDS(result) ASSERT_TRUE(::rediscovery::testing::succeeded(result))
#define EXPECT_SUCCEEDS(result) EXPECT_TRUE(::rediscovery::testing::succeeded(result))
