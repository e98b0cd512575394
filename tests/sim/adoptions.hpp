// What one pool has been told about masters, and whether each adoption follows from it: the design's rules 3,
// 7 and 8 once more, written from the outside, on what went through the port.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/master_fsm.hpp"
#include "sim/context.hpp"

namespace rediscovery::sim {

class Adoptions {
 public:
  Adoptions(Context& context, bool is_announced) : context_(context), is_announced_(is_announced) {}

  // ---- what the pool was told ---------------------------------------------------------------------------
  void dns_said(const std::vector<core::Endpoint>& masters);
  void push_said(const std::vector<core::Endpoint>& masters);
  void node_said(const core::Endpoint& endpoint, const core::NodeReport& report);
  void standby_was_cut(const core::Endpoint& endpoint) { cut_[endpoint] = context_.now(); }

  // ---- what it made of it -------------------------------------------------------------------------------
  // `was_healthy`: it was following a master that nothing spoke against.
  void adopted(const core::Endpoint& endpoint, const core::NodeReport& report, std::uint64_t generation,
               bool was_healthy);
  void confirmed(const core::Endpoint& endpoint, const core::NodeReport& report);

  // Whether a promotion that was followed has ended this history.
  [[nodiscard]] bool has_ended(const std::string& history) const { return left_.contains(history); }

 private:
  [[nodiscard]] bool is_named(const core::Endpoint& endpoint) const;
  [[nodiscard]] std::string objection(const core::Endpoint& endpoint, const core::NodeReport& report,
                                      bool was_healthy) const;

  Context& context_;
  const bool is_announced_;
  std::uint64_t generation_ = 0;
  core::Endpoint master_;
  core::NodeReport report_;
  core::Endpoint before_;                         // the master before this one
  std::vector<core::Endpoint> by_dns_, by_push_;  // the last that were not empty
  unsigned returns_ = 0;
  std::uint64_t words_ = 0,
                words_before_ = 0;           // how often DNS or a push changed its mind; at the last adoption
  std::optional<core::Endpoint> successor_;  // whom the followed master obeys, by its own word
  std::map<core::Endpoint, TimePoint> cut_;  // when its server last ended a connection
  std::map<core::Endpoint, TimePoint> left_at_;  // where the followed master was promoted away from
  std::set<std::string> left_;                   // histories that another's promotion has ended
};

}  // namespace rediscovery::sim
