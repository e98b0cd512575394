// The commands that write the answer: `run` and `once`.
#include <poll.h>
#include <unistd.h>

#include <array>

#include "app/commands.hpp"
#include "app/watcher.hpp"

namespace st_gate {
namespace {

using st_api::Level;
using st_api::log;

Time now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

// What is held and found is told when it is new, not at every pass.
class Story {
 public:
  void tell(const Pass& pass) {
    if (pass.paused) return;
    if (pass.problem != problem_) {
      if (!pass.problem.empty()) log(Level::error, "not now", {{"reason", pass.problem}});
      if (pass.problem.empty()) log(Level::info, "back again");
      problem_ = pass.problem;
    }
    if (!pass.problem.empty() && pass.plan == Plan{}) return;  // nothing was read
    // Not what waits a moment longer for another reason.
    std::string held;
    for (const auto& one : pass.plan.held)
      held += std::string(to_text(one.hold)) + one.change.address + to_text(one.change.move);
    for (const auto& finding : pass.plan.findings) held += finding;
    if (held == held_) return;
    held_ = held;
    for (const auto& one : pass.plan.held) {
      const bool guarded = one.hold == Hold::freeze || one.hold == Hold::floor;
      log(guarded ? Level::warning : Level::info,
          one.change.move == Move::add ? "held: not added yet" : "held: not removed",
          {{"address", one.change.address},
           {"who", one.change.who},
           {"why", one.change.why},
           {"held_by", to_text(one.hold)},
           {"because", one.why}});
    }
    for (const auto& finding : pass.plan.findings) log(Level::warning, "found", {{"what", finding}});
  }

 private:
  std::string problem_;
  std::string held_;
};

// Consul writes it all before it looks at us again, and would wait for us if we did not read. What it says is
// not used: it may be old, and with `passingonly` a service that is gone looks like one that is ill.
void drain_standard_input(Stop& stop) {
  if (isatty(STDIN_FILENO) != 0) return;
  constexpr int kTries = 20;
  constexpr int kPatienceMs = 100;
  std::array<char, 65536> buffer{};
  pollfd input{STDIN_FILENO, POLLIN, 0};
  for (int quiet = 0; quiet < kTries && !stop.stopped();) {
    const int ready = ::poll(&input, 1, kPatienceMs);
    if (ready > 0 && ::read(STDIN_FILENO, buffer.data(), buffer.size()) <= 0) return;
    quiet = ready > 0 ? 0 : quiet + 1;
  }
}

}  // namespace

int run(const Config& config, Stop& stop) {
  ConsulClient consul(config.consul);
  Gate gate(config.gate, consul, *config.backend, now);
  const Watcher health(config.consul, "/v1/health/service/" + config.gate.service, stop);
  const Watcher subjects(config.consul, "/v1/kv/" + config.gate.kv_prefix + "subjects/?recurse", stop);
  log(Level::info, "following",
      {{"service", config.gate.service},
       {"name", config.address_name},
       {"at_server", config.backend->name()}});
  constexpr Millis kShortest{200};
  constexpr Millis kLongest{5'000};
  Millis backoff = kShortest;
  Story story;
  while (!stop.stopped()) {
    const Pass pass = gate.pass();
    story.tell(pass);
    Time next = now() + config.reconcile;
    if (!pass.problem.empty()) {
      next = std::min(next, now() + backoff);
      backoff = std::min(2 * backoff, kLongest);
    } else {
      backoff = kShortest;
    }
    if (pass.wake) next = std::min(next, std::max(*pass.wake, now()));
    if (!stop.wait_until(next)) break;
  }
  log(Level::info, "stopped");
  return kDone;
}

int once(const Config& config, Stop& stop) {
  drain_standard_input(stop);
  ConsulClient consul(config.consul);
  Gate gate(config.gate, consul, *config.backend, now);
  const Time deadline = now() + config.deadline;
  constexpr Millis kRetry{500};
  Story story;
  while (true) {
    const Pass pass = gate.pass();
    story.tell(pass);
    if (pass.hopeless) return kNotNow;
    // A guard is not waited for: it may stand for long, and who started us may want to know.
    const bool waits = pass.more || !pass.problem.empty() ||
                       (!pass.plan.held.empty() && pass.plan.wake && !pass.plan.guarded());
    if (!waits) return pass.plan.guarded() ? kGuarded : kDone;
    const Time next = pass.wake.value_or(now() + kRetry);
    if (next > deadline || !stop.wait_until(std::max(next, now()))) {
      if (pass.problem.empty())
        log(Level::warning, "the deadline is over before all is done", {{"next", to_text(next)}});
      return kNotNow;
    }
  }
}

}  // namespace st_gate
