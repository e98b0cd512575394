#include "updater/promotion_watch.hpp"

#include <algorithm>
#include <ostream>

#include "core/overloaded.hpp"

namespace rediscovery::updater {
namespace {

using core::StandbyFsm;

// As in the pool, except that a promotion which the server does not announce by a cut is found a little
// sooner: there is one updater, or a handful, where there are hundreds of pools.
core::StandbyPolicy standby_policy() {
  core::StandbyPolicy policy;
  policy.ask = {std::chrono::milliseconds(1), std::chrono::milliseconds(250), 256};
  return policy;
}

}  // namespace

bool proves_promotion(const core::NodeReport& before, const core::NodeReport& after) {
  return before.role == core::Role::replica && after.role == core::Role::master && !after.run_id.empty() &&
         after.run_id == before.run_id &&
         core::kinship(after.lineage, before.lineage) == core::Kinship::descendant;
}

PromotionWatch::PromotionWatch() : standbys_(standby_policy()) {}

PromotionWatch::Actions PromotionWatch::on(const Event& event, core::TimePoint now, core::Rng& rng) {
  Actions actions;
  std::visit(core::Overloaded{
                 [&](const Replicas& e) {
                   replicas_ = e.endpoints;
                   name_replicas(now, rng, actions);
                 },
                 [&](const Selected& e) {
                   if (order_ && e.selection.epoch <= order_->selection.epoch) return;
                   order_ = Order{e.selection, now + e.patience};
                   name_replicas(now, rng, actions);
                   forward(StandbyFsm::Suspected{}, now, rng, actions);
                   forward(StandbyFsm::Tick{}, now, rng, actions);
                 },
                 [&](const Ended& e) {
                   if (order_ && order_->selection.leader == e.leader) calm(now, rng, actions);
                 },
                 [&](const StandbyFsm::Event& e) {
                   if (const auto* opened = std::get_if<StandbyFsm::Opened>(&e)) {
                     reported(opened->endpoint, opened->report);
                   } else if (const auto* answered = std::get_if<StandbyFsm::Answered>(&e)) {
                     reported(answered->endpoint, answered->report);
                   }
                   forward(e, now, rng, actions);
                 },
             },
             event);
  if (order_ && nodes_[order_->selection.replica].proven) {
    actions.emplace_back(Claim{order_->selection, nodes_[order_->selection.replica].as_replica->run_id});
    calm(now, rng, actions);
  } else if (order_ && order_->until <= now) {
    calm(now, rng, actions);
  }
  return actions;
}

std::optional<core::TimePoint> PromotionWatch::next_deadline() const {
  const auto next = standbys_.next_deadline();
  if (!order_) return next;
  return next ? std::min(*next, order_->until) : order_->until;
}

void PromotionWatch::forward(const StandbyFsm::Event& event, core::TimePoint now, core::Rng& rng,
                             Actions& actions) {
  for (const auto& action : standbys_.on(event, now, rng)) {
    std::visit(core::Overloaded{
                   [](const StandbyFsm::Offer&) {},  // reported() knows better: it compares the histories
                   [&](const auto& other) { actions.emplace_back(other); },
               },
               action);
  }
}

// The selected one first: there may be more replicas than StandbyFsm follows.
void PromotionWatch::name_replicas(core::TimePoint now, core::Rng& rng, Actions& actions) {
  auto named = replicas_;
  if (order_) {
    const auto& selected = order_->selection.replica;
    std::erase(named, selected);
    // Sentinel has chosen it as one that lives, so it is not left alone for any longer.
    if (standbys_.state(selected) == StandbyFsm::State::down) {
      forward(StandbyFsm::Named{named}, now, rng, actions);
    }
    named.insert(named.begin(), selected);
    // Of more than are followed another makes room.
    if (named.size() > standby_policy().most) named.resize(standby_policy().most);
  }
  std::erase_if(nodes_, [&named](const auto& node) {
    return std::find(named.begin(), named.end(), node.first) == named.end();
  });
  forward(StandbyFsm::Named{std::move(named)}, now, rng, actions);
}

void PromotionWatch::reported(const core::Endpoint& endpoint, const core::NodeReport& report) {
  Node& node = nodes_[endpoint];
  node.proven = node.as_replica && proves_promotion(*node.as_replica, report);
  if (report.role == core::Role::replica) node.as_replica = report;
}

void PromotionWatch::calm(core::TimePoint now, core::Rng& rng, Actions& actions) {
  order_.reset();
  forward(StandbyFsm::Calmed{}, now, rng, actions);
}

std::ostream& operator<<(std::ostream& out, const PromotionWatch::Action& action) {
  std::visit(core::Overloaded{
                 [&](const PromotionWatch::Claim& claim) {
                   out << "Claim{" << claim.selection << ", run " << claim.run_id << '}';
                 },
                 [&](const auto& other) { out << StandbyFsm::Action(other); },
             },
             action);
  return out;
}

}  // namespace rediscovery::updater
