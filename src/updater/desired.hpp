// The two halves of a plan to change: what should be registered, and how that differs from what is. Pure.
#pragma once

#include <vector>

#include "updater/plan.hpp"

namespace rediscovery::updater {

struct Desired {
  Registration master;
  std::vector<Registration> replicas;
  bool unsettled = false;  // a replica is not known to be healthy
};

// REQUIRES: the Sentinels agree.
[[nodiscard]] Desired desired_registrations(const PlanInput& input);

// With `slave_fallback` the master takes the place of the replicas when there is none.
void add_stand_in(const PlanInput& input, Desired& desired);

// Fills plan.steps and plan.deferred.
void difference(const PlanInput& input, const Desired& desired, Plan& plan);

}  // namespace rediscovery::updater
