#include "updater/visibility.hpp"

#include <algorithm>

#include "core/backoff.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// An agent beside the servers shows a change within a millisecond, one that asks a follower within tens of
// them. What takes longer is a fault, and a script of Sentinel's should be done in less than a second.
constexpr milliseconds kLongest{750};
// So that the wait is measured to an eighth of itself.
constexpr core::Backoff kAgain{microseconds(200), milliseconds(50), 8};
// For one question: whoever wants the updater to stop waits for no silent server.
constexpr milliseconds kQuestion{300};

// As it was written, which need not be as Sentinel knows it.
std::optional<consul::SetService> registered_master(const Plan& plan) {
  std::optional<consul::SetService> service;
  bool changed = false;
  for (const auto& step : plan.steps) {
    if (step.registration.role != Role::master) continue;
    changed = changed || step.kind != Step::Kind::keep;
    if (step.kind != Step::Kind::remove) service = service_of(step.registration);
  }
  return changed ? service : std::nullopt;
}

std::string describe(const core::LookupResult& answer) {
  if (answer.endpoints.empty()) return answer.problem;
  std::string text = "it still answers";
  const char* separator = " ";
  for (const auto& endpoint : answer.endpoints) {
    text += separator + endpoint.to_string();
    separator = ", ";
  }
  return text;
}

}  // namespace

std::optional<Visibility> wait_until_visible(World& world, const Plan& plan, core::TimePoint deadline,
                                             core::Rng& rng) {
  const auto service = registered_master(plan);
  if (!service) return std::nullopt;
  const auto written = world.now();
  deadline = std::min(deadline, written + kLongest);
  Visibility visibility{{service->address, service->port, {}}, {}, written, {}};
  while (true) {
    const auto answer = world.ask_dns(service->service, std::min(deadline, world.now() + kQuestion));
    if (!answer) return std::nullopt;
    visibility.at = world.now();
    if (answer->endpoints == std::vector<core::Endpoint>{visibility.master}) {
      visibility.after = visibility.at - written;
      visibility.problem.clear();
      return visibility;
    }
    visibility.problem = describe(*answer);
    const auto pause = kAgain.after(visibility.at - written, rng);
    if (visibility.at + pause >= deadline) return visibility;
    if (!world.pause(pause)) return std::nullopt;  // who is told to stop has not waited long enough to say
  }
}

}  // namespace rediscovery::updater
