// PromotionWatch: a name moves early only for the replica that a Sentinel has selected and not given up, once
// for each selection, and on the word of the same process that said before that it was a replica.
#include <map>
#include <optional>

#include "core/overloaded.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"
#include "updater/promotion_watch.hpp"

namespace rediscovery::fuzz {
namespace {

using core::StandbyFsm;
using updater::PromotionWatch;

class Driver {
 public:
  explicit Driver(Bytes& input) : input_(input), rng_(input.byte()) {}

  void step() {
    now_ += some_time(input_);
    said_.reset();
    switch (input_.below(12)) {
      case 0:
        return on(PromotionWatch::Replicas{some_nodes(input_)});
      case 1:
      case 2:
        return select();
      case 3:
        return end();
      case 4:
      case 5:
      case 6:
        return report<StandbyFsm::Opened>(Link::dialling);
      case 7:
      case 8:
        return report<StandbyFsm::Answered>(Link::asking);
      case 9:
        return lose<StandbyFsm::Cut>(Link::open);
      case 10:
        return lose<StandbyFsm::Failed>(Link::dialling);
      default:
        if (const auto due = watch_.next_deadline()) now_ = std::max(now_, *due);
        return on(StandbyFsm::Tick{});
    }
  }

 private:
  enum class Link { dialling, open, asking };

  static core::Endpoint sentinel(std::size_t number) {
    return {"10.0.1." + std::to_string(number + 1), 26379, ""};
  }

  void select() {
    const sentinel::Selected selection{"mymaster", sentinel(input_.below(3)), input_.below(8),
                                       some_node(input_)};
    const std::chrono::seconds patience(3 * input_.below(3));
    if (!order_ || selection.epoch > order_->epoch) {
      order_ = selection;
      until_ = now_ + patience;
    }
    on(PromotionWatch::Selected{selection, patience});
  }
  void end() {
    const auto leader = sentinel(input_.below(3));
    if (order_ && order_->leader == leader) order_.reset();
    on(PromotionWatch::Ended{leader});
  }
  // Answers come only from where they were asked for: links are the caller's business.
  template <typename Event>
  void report(Link expected) {
    const auto endpoint = some_node(input_);
    const auto report = some_report(input_);
    const auto link = links_.find(endpoint);
    if (link == links_.end() || link->second != expected) return;
    link->second = Link::open;
    said_ = {endpoint, report};
    on(Event{endpoint, report});
    if (report.role == core::Role::replica) as_replica_[endpoint] = report;
  }
  template <typename Event>
  void lose(Link expected) {
    const auto endpoint = some_node(input_);
    const auto link = links_.find(endpoint);
    if (link == links_.end() || link->second != expected) return;
    links_.erase(link);
    on(Event{endpoint});
  }

  void on(const PromotionWatch::Event& event) {
    const auto actions = watch_.on(event, now_, rng_);
    REDISCOVERY_TRACE(actions);
    for (const auto& action : actions) {
      std::visit(core::Overloaded{
                     [&](const PromotionWatch::Dial& a) {
                       EXPECT_TRUE(links_.emplace(a.endpoint, Link::dialling).second) << "dialled twice";
                     },
                     [&](const PromotionWatch::Ask& a) {
                       ASSERT_TRUE(links_.contains(a.endpoint));
                       EXPECT_EQ(links_[a.endpoint], Link::open) << "asked while it cannot answer";
                       links_[a.endpoint] = Link::asking;
                     },
                     [&](const PromotionWatch::Close& a) {
                       EXPECT_EQ(links_.erase(a.endpoint), 1U) << "closed twice";
                     },
                     [&](const PromotionWatch::Claim& claim) { check(claim); },
                 },
                 action);
    }
    if (order_ && until_ <= now_) order_.reset();  // Sentinel has given it up, too
    if (const auto due = watch_.next_deadline(); due && std::holds_alternative<StandbyFsm::Event>(event)) {
      EXPECT_LE(*due, now_ + std::chrono::seconds(10)) << "nobody asks any more";
    }
  }

  void check(const PromotionWatch::Claim& claim) {
    ASSERT_TRUE(order_) << "nobody has selected it, or it was given up, or it was claimed before";
    EXPECT_EQ(claim.selection, *order_);
    EXPECT_FALSE(claim.run_id.empty());
    // What it said now, or before it was selected.
    const auto& replica = claim.selection.replica;
    if (said_ && said_->first == replica) {
      ASSERT_TRUE(as_replica_.contains(replica)) << "it never was a replica";
      EXPECT_EQ(said_->second.role, core::Role::master);
      EXPECT_EQ(said_->second.run_id, as_replica_[replica].run_id) << "another process";
      EXPECT_EQ(said_->second.lineage.previous_id, as_replica_[replica].lineage.id) << "another history";
    }
    EXPECT_EQ(claim.run_id, as_replica_[replica].run_id);
    order_.reset();
  }

  Bytes& input_;
  core::Rng rng_;
  core::TimePoint now_ = core::TimePoint{} + std::chrono::hours(1);
  PromotionWatch watch_;
  std::map<core::Endpoint, Link> links_;
  std::map<core::Endpoint, core::NodeReport> as_replica_;  // the last of each
  std::optional<std::pair<core::Endpoint, core::NodeReport>> said_;
  std::optional<sentinel::Selected> order_;
  core::TimePoint until_;
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rediscovery::fuzz::drive<rediscovery::fuzz::Driver>(data, size);
}
