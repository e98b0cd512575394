// Sentinel and its updater, as one scripted actor: it notices, promotes, reconfigures, converts and
// announces.
#pragma once

#include <map>
#include <optional>

#include "sim/cluster.hpp"
#include "sim/names.hpp"

namespace rediscovery::sim {

class Sentinel {
 public:
  Sentinel(Context& context, const SentinelSettings& settings, const NamesSettings& names_settings,
           Cluster& cluster, Names& names);
  void start() { watch(); }

  // SENTINEL FAILOVER: the master is healthy and stays up.
  void fail_over() { begin(false); }
  // The same, but whoever leads it is gone after the promotion: nobody else is told, and the promoted node is
  // taken for a master that should not be one.
  void fail_over_half_way() { begin(true); }

  // Whom it takes for the master; announced, or about to be.
  [[nodiscard]] NodeIndex master() const { return master_; }
  // One master, everybody else its replica and in step, and the catalog says so.
  [[nodiscard]] bool is_content() const;

 private:
  void watch();
  void begin(bool half_way);
  void promoted(NodeIndex target, bool half_way);
  void reconfigure(NodeIndex target);
  void announce(NodeIndex master);
  void put_right(NodeIndex index);
  [[nodiscard]] std::optional<NodeIndex> best_replica() const;

  Context& context_;
  const SentinelSettings settings_;
  const NamesSettings names_settings_;
  Cluster& cluster_;
  Names& names_;
  NodeIndex master_ = 0;
  bool is_failing_over_ = false;
  std::optional<NodeIndex> target_;  // promoted, and not yet the master for everybody
  std::optional<TimePoint> down_since_;
  std::map<NodeIndex, TimePoint> wrong_since_;
};

}  // namespace rediscovery::sim
