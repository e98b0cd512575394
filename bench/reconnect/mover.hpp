// Moves the master and its name from one of two nodes to the other, and knows when what became visible.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "link.hpp"
#include "setting.hpp"
#include "support/redis_connection.hpp"

namespace rediscovery::bench {

// A planned switch, as Redis' FAILOVER and Sentinel do it with an updater that registers promotions when they
// happen; what they need a second for, here follows at once:
//   1. the old master holds writes back (CLIENT PAUSE), as FAILOVER does. So the nodes' histories do not
//   part,
//      and the old master needs no full copy later: its fork would be measured, too.
//   2. promotion: SLAVEOF NO ONE and CLIENT KILL in one transaction, as Sentinel sends it. Its answer, which
//      says role:master, is `role`.
//   3. two milliseconds later the transaction in Consul. DNS is asked without a pause from then on; its first
//      answer with the new address is `name`.
//   4. at once, the old master is made a replica: SLAVEOF and CLIENT KILL in one transaction.
class Mover {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Moved {
    TimePoint role;
    TimePoint name;
    TimePoint cut;                   // the old master has answered that it is a replica
    std::optional<TimePoint> floor;  // with_floor: when it had its acknowledgement
  };

  explicit Mover(testing::Cluster& cluster);
  // `with_floor`: between 3 and 4, one DNS query, one connection to its answer, one write.
  Moved move(bool with_floor);
  // The master, since the last move; the replica is linked to it again.
  void wait_linked();
  [[nodiscard]] testing::Node& master() { return cluster_.redis(master_); }
  // Those of these keys that the master does not have.
  [[nodiscard]] std::vector<std::string> missing(const std::vector<std::string>& keys);

 private:
  // Queues the transaction, so that execute() is one round trip.
  void prepare(std::size_t node, const std::vector<std::string>& master);
  TimePoint execute(std::size_t node);
  TimePoint run_floor(const std::string& key);

  testing::Cluster& cluster_;
  LinkTls tls_;
  std::vector<testing::RedisConnection> connections_;  // one to each node; they spare themselves
  std::size_t master_ = 0;
  std::size_t moves_ = 0;
};

}  // namespace rediscovery::bench
