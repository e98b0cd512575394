#include "sim/adoptions.hpp"

#include <algorithm>

namespace rediscovery::sim {
namespace {

// The next connection has to prove what the cut was; it may take as long as a connect, and the loop a while.
constexpr Duration kFreshCut = 500ms;
constexpr Duration kReturnOfOldMaster = 10s;

}  // namespace

void Adoptions::dns_said(const std::vector<core::Endpoint>& masters) {
  if (masters.empty() || masters == by_dns_) return;
  by_dns_ = masters;
  ++words_;
}

void Adoptions::push_said(const std::vector<core::Endpoint>& masters) {
  if (masters.empty() || masters == by_push_) return;
  by_push_ = masters;
  ++words_;
}

void Adoptions::node_said(const core::Endpoint& endpoint, const core::NodeReport& report) {
  if (report.role != core::Role::replica) return;
  if (generation_ > 0 && endpoint == master_ && report.master) successor_ = report.master;
}

bool Adoptions::is_named(const core::Endpoint& endpoint) const {
  const auto has = [&](const auto& list) {
    return std::find(list.begin(), list.end(), endpoint) != list.end();
  };
  return has(by_dns_) || has(by_push_);
}

std::string Adoptions::objection(const core::Endpoint& endpoint, const core::NodeReport& report,
                                 bool was_healthy) const {
  if (report.role != core::Role::master) return "it says that it is a replica";
  if (generation_ == 0) return is_named(endpoint) ? "" : "nobody has named it";
  if (endpoint == successor_) return "";
  if (report.lineage.id == report_.lineage.previous_id || left_.contains(report.lineage.id)) {
    return "its history has ended: a zombie";
  }
  // Started again, the old master has a new history. Until Sentinel has come by, it must not be believed.
  const auto left_at = left_at_.find(endpoint);
  if (report.lineage.previous_id != report_.lineage.id && left_at != left_at_.end() &&
      context_.now() - left_at->second < kReturnOfOldMaster) {
    return "it is where the followed master was promoted away from a moment ago";
  }
  if (is_named(endpoint)) return "";
  if (is_announced_) return "nobody has announced it";
  if (report.lineage.previous_id != report_.lineage.id) return "nobody has named it, and it is no descendant";
  const auto cut = cut_.find(endpoint);
  if (was_healthy && (cut == cut_.end() || context_.now() - cut->second > kFreshCut))
    return "the master is healthy, and no promotion was seen";
  return "";
}

void Adoptions::adopted(const core::Endpoint& endpoint, const core::NodeReport& report,
                        std::uint64_t generation, bool was_healthy) {
  context_.note("ADOPTED", generation, [&] {
    return endpoint.to_string() + " generation " + std::to_string(generation) + " history " +
           report.lineage.id;
  });
  if (generation != generation_ + 1) context_.violated("a generation was skipped or came twice");
  if (const auto why = objection(endpoint, report, was_healthy); !why.empty()) {
    context_.violated("adopted " + endpoint.to_string() + ": " + why);
  }
  if (generation_ > 0) ++context_.totals.adoptions;
  // A descendant's promotion ends the history before it. One that DNS left for a stranger has not ended.
  left_at_.clear();
  const bool is_promotion = generation_ > 0 && report.lineage.previous_id == report_.lineage.id;
  if (is_promotion) {
    left_.insert(report_.lineage.id);
    if (!(endpoint == master_)) left_at_[master_] = context_.now();
  }
  left_.erase(report.lineage.id);
  // Once back is possible where DNS and a push disagree. More than that without news is going to and fro; a
  // promotion is news in itself.
  const bool is_news = is_promotion || words_ != words_before_;
  returns_ = was_healthy && endpoint == before_ && !is_news ? returns_ + 1 : 0;
  if (returns_ > 2) context_.violated("two masters are adopted in turn");
  generation_ = generation;
  before_ = master_;
  words_before_ = words_;
  master_ = endpoint;
  report_ = report;
  successor_.reset();
}

void Adoptions::confirmed(const core::Endpoint& endpoint, const core::NodeReport& report) {
  context_.note("confirmed", generation_, [&] { return endpoint.to_string(); });
  if (!(endpoint == master_) || report.run_id != report_.run_id || report.role != core::Role::master) {
    context_.violated("confirmed somebody else than the master");
  }
  report_ = report;
  successor_.reset();
}

}  // namespace rediscovery::sim
