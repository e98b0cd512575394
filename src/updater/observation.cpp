#include "updater/observation.hpp"

#include <algorithm>

namespace rediscovery::updater {
namespace {

bool contains(const std::vector<sentinel::Identity>& sentinels, const sentinel::Identity& sentinel) {
  return std::find(sentinels.begin(), sentinels.end(), sentinel) != sentinels.end();
}

}  // namespace

bool is_unannounced(const PlanInput& input) {
  const auto& fence = input.consul.fence;
  return fence && fence->observed && input.consensus.epoch < fence->epoch &&
         input.consensus.epoch >= fence->observed->from_epoch;
}

bool is_leader_away(const PlanInput& input) {
  const auto& leader = input.consul.fence->observed->leader;
  return !contains(input.consensus.at_rest, leader) && !contains(input.consensus.failing_over, leader);
}

bool is_given_up(const PlanInput& input) {
  if (!has_majority(input.consensus)) return false;
  if (is_leader_away(input)) return input.observed_is_replica;
  return contains(input.consensus.at_rest, input.consul.fence->observed->leader);
}

std::optional<Observed> observed_after(const PlanInput& input) {
  if (!input.observed_leader || !input.consul.fence) return std::nullopt;
  const Fence& before = *input.consul.fence;
  // The one before may have been given up as well, without anybody having taken it back yet.
  return Observed{*input.observed_leader, before.observed ? before.observed->from_epoch : before.epoch};
}

std::uint64_t given_up_epoch_after(const PlanInput& input) {
  if (!input.consul.fence) return 0;
  const Fence& before = *input.consul.fence;
  const bool epochs_begin_again = input.consensus.epoch < before.epoch && !is_unannounced(input);
  if (epochs_begin_again) return 0;
  const auto given_up = is_unannounced(input) ? before.epoch : before.given_up_epoch;
  return given_up > input.consensus.epoch ? given_up : 0;
}

}  // namespace rediscovery::updater
