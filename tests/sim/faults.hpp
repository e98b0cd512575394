// What goes wrong in a run, and when it is over.
#pragma once

#include <string_view>

#include "sim/back.hpp"
#include "sim/sentinel.hpp"

namespace rediscovery::sim {

class Faults {
 public:
  Faults(Context& context, Cluster& cluster, Network& network, Names& names, Sentinel& sentinel,
         std::vector<std::unique_ptr<Back>>& pools)
      : context_(context),
        cluster_(cluster),
        network_(network),
        names_(names),
        sentinel_(sentinel),
        pools_(pools) {}

  // Draws that many, beginning within this time from now.
  void draw(std::size_t count, Duration within);
  // Ends them all: everybody is up, connected and truthful from now on.
  void end();

 private:
  void strike();
  void power_fault(NodeIndex node);
  void replication_fault(NodeIndex node);
  void network_fault(NodeIndex node);
  void dns_fault();
  void server_fault(NodeIndex node);
  void count(std::string_view kind);
  // Undoes a fault after a while, or when all are ended.
  [[nodiscard]] Duration a_while() { return context_.between(20ms, context_.chance(30) ? 4s : 800ms); }

  Context& context_;
  Cluster& cluster_;
  Network& network_;
  Names& names_;
  Sentinel& sentinel_;
  std::vector<std::unique_ptr<Back>>& pools_;
  bool is_over_ = false;
};

}  // namespace rediscovery::sim
