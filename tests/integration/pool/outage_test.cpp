// What a long outage costs: connects and look-ups are bounded, whatever the number of callers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "pool/fixture.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {
namespace {

// Callers that come back as soon as they have failed, as applications do.
class Insistent {
 public:
  Insistent(Pool& pool, int callers) {
    for (int i = 0; i < callers; ++i) {
      threads_.emplace_back([this, &pool] {
        while (!stopping_) (void)pool.execute({"INCR", "k"}, 20ms);
      });
    }
  }
  ~Insistent() { stopping_ = true; }
  Insistent(const Insistent&) = delete;
  Insistent& operator=(const Insistent&) = delete;

 private:
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;
};

struct Tries {
  std::uint64_t connects;
  std::uint64_t lookups;
  std::uint64_t failed;
};

Tries tries_of(const Pool& pool) {
  const Stats stats = pool.stats();
  return {stats.connects, stats.lookups, stats.failed};
}

class Outage : public PairTest {
 protected:
  // This long is observed: as long as it takes `pool` to fail so many calls.
  static void wait_failed(const Pool& pool, std::uint64_t more) {
    const auto wanted = tries_of(pool).failed + more;
    wait_until([&] { return tries_of(pool).failed >= wanted; }, kLong, "calls to fail");
  }
};

// Two pools see the same outage at the same time: one with a single caller, the other with 32.
TEST_F(Outage, CostsTheSameForOneCallerAndForMany) {
  Options normal = options();
  normal.refresh_floor = 1s;
  Pool quiet(normal);
  Pool busy(normal);
  ASSERT_SUCCEEDS(quiet.execute({"PING"}, kLong));
  ASSERT_SUCCEEDS(busy.execute({"PING"}, kLong));
  settle(quiet);
  settle(busy);
  const Tries quiet_before = tries_of(quiet);
  const Tries busy_before = tries_of(busy);
  node(0).kill();
  {
    const Insistent one(quiet, 1);
    const Insistent many(busy, 32);
    wait_failed(quiet, 75);
  }
  const Tries quiet_after = tries_of(quiet);
  const Tries busy_after = tries_of(busy);
  EXPECT_GE(busy_after.failed - busy_before.failed, 10 * (quiet_after.failed - quiet_before.failed));
  EXPECT_LE(busy_after.connects - busy_before.connects,
            2 * (quiet_after.connects - quiet_before.connects) + 100);
  EXPECT_LE(busy_after.lookups - busy_before.lookups, 2 * (quiet_after.lookups - quiet_before.lookups) + 100);
  // Every caller for itself would have made one of each for every failed call.
  EXPECT_LT(busy_after.connects - busy_before.connects, (busy_after.failed - busy_before.failed) / 2);
}

TEST_F(Outage, IsAskedAboutLessAndLessOften) {
  Options lost = options();
  lost.refresh_floor = 1s;
  Pool pool(lost);
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  node(0).kill();
  const Insistent callers(pool, 4);
  const Tries start = tries_of(pool);
  wait_failed(pool, 100);
  const Tries middle = tries_of(pool);
  wait_failed(pool, 100);
  wait_failed(pool, 100);
  const Tries late = tries_of(pool);
  wait_failed(pool, 100);
  const Tries end = tries_of(pool);
  EXPECT_GT(middle.connects - start.connects, 5U) << "at first in a hurry";
  EXPECT_LT(end.connects - late.connects, middle.connects - start.connects);
  EXPECT_LT(end.lookups - late.lookups, middle.lookups - start.lookups);
  EXPECT_GT(end.connects, late.connects) << "but never not at all";
  EXPECT_GT(end.lookups, late.lookups);
}

// A dead host answers nothing, so every try lasts as long as its time-out.
TEST_F(Outage, OfAHostHasOneConnectUnderWay) {
  const std::string ip = free_ip();
  const BlackHole hole(ip, 6379);
  point_to({ip});
  Options patient = options();
  patient.connect_timeout = 50ms;
  Pool pool(patient);
  const Insistent callers(pool, 16);
  for (int i = 0; i < 100; ++i) {
    const Stats stats = pool.stats();
    EXPECT_LE(stats.connects - stats.connects_failed, 1U);
    if (i % 10 == 0)
      wait_until([&] { return pool.stats().connects > stats.connects; }, kLong, "the next try");
  }
}

// A node that is no master is asked at the same pace, and DNS too.
TEST_F(Outage, OfAMasterThatBecameAReplicaIsBoundedToo) {
  Pool pool(options());
  ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  settle(pool);
  const Tries before = tries_of(pool);
  // Both are replicas: of each other's dead address, so to speak.
  const std::string nobody = free_ip();
  node(0).replicate(nobody);
  node(1).replicate(nobody);
  {
    const Insistent callers(pool, 16);
    wait_failed(pool, 16 * 50);
  }
  const Tries after = tries_of(pool);
  EXPECT_LT(after.connects - before.connects, after.failed - before.failed);
  EXPECT_LT(after.lookups - before.lookups, after.failed - before.failed);
  EXPECT_EQ(pool.stats().generation, 1U);
  cluster().repoint(0);
  ASSERT_SUCCEEDS(pool.execute({"SET", "k", "v"}, kLong));
}

TEST_F(Outage, LeavesNothingBehind) {
  {
    Options few = options();
    few.max_connections = 4;
    Pool pool(few);
    const Insistent callers(pool, 16);
    for (std::uint64_t generation = 1; generation <= 3; ++generation) {
      wait_until([&] { return pool.stats().generation >= generation; }, kLong, "the master");
      node(0).kill();
      wait_failed(pool, 50);
      node(0).restart();
    }
    ASSERT_SUCCEEDS(pool.execute({"PING"}, kLong));
  }
  wait_until([] { return node(0).info("clients")["connected_clients"] == "1"; }, kLong,
             "nobody but who asks to be connected");
  EXPECT_EQ(log_.count(EventKind::connection_opened), log_.count(EventKind::connection_closed))
      << "every connection that was opened was closed\n"
      << log_.text();
}

}  // namespace
}  // namespace rediscovery::testing
