// When to look a name up.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/backoff.hpp"
#include "core/endpoint.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

// What the look-up of a name brought.
struct LookupResult {
  std::vector<Endpoint> endpoints;  // usable ones; empty: see problem
  Duration ttl{};       // the shortest among the records used; of an empty answer: for how long to believe it
  std::string problem;  // for people: "NXDOMAIN from 127.0.0.1:8600"; empty if there are endpoints
};

struct ResolvePolicy {
  // A healthy name is asked for again after its TTL, but not sooner than the floor nor later than the
  // ceiling, which is also the longest pause after failures. Jitter takes up to a tenth off, the floor
  // included.
  Duration refresh_floor = std::chrono::seconds(1);
  Duration refresh_ceiling = std::chrono::seconds(30);
  // While somebody needs an answer: from 2 ms (a local agent answers in a fraction of that) to a second, a
  // thirty-second of what the trouble has lasted.
  Backoff hurry{std::chrono::milliseconds(2), std::chrono::seconds(1), 32};
};

// ResolveFsm decides when to look up one name. One look-up at a time; an empty answer changes nothing. It is
// in a hurry while somebody waits for the answer (no master yet, or the master is suspect), else calm.
//
//   state       event              actions              next
//   idle        start              StartLookup          looking_up (in a hurry)
//   looking_up  answered, usable   Publish              waiting (calm: jittered clamp(ttl); hurry: backoff)
//   looking_up  answered, empty    ReportFailure        waiting (calm: a quarter of the failing time, or the
//                                                       negative TTL if longer, clamped; hurry: backoff)
//   looking_up  hurry_up                                looking_up: the answer may be older than the
//                                                       evidence, so another follows at the hurry's pace
//   looking_up  calm_down                               looking_up (the next deadline will be the calm one)
//   waiting     hurry_up (first)   StartLookup          looking_up
//   waiting     deadline reached   StartLookup          looking_up
//   waiting     calm_down                               waiting (deadline moves to the calm one)
//   not idle    stop               CancelLookup if any  stopped
//   Every other pair changes nothing; a test enumerates them all.
class ResolveFsm {
 public:
  enum class State : std::uint8_t { idle, looking_up, waiting, stopped };

  struct Start {
    friend bool operator==(const Start&, const Start&) = default;
  };
  struct Answered {
    LookupResult result;
  };
  struct HurryUp {
    friend bool operator==(const HurryUp&, const HurryUp&) = default;
  };
  struct CalmDown {
    friend bool operator==(const CalmDown&, const CalmDown&) = default;
  };
  struct Tick {
    friend bool operator==(const Tick&, const Tick&) = default;
  };
  struct Stop {
    friend bool operator==(const Stop&, const Stop&) = default;
  };
  using Event = std::variant<Start, Answered, HurryUp, CalmDown, Tick, Stop>;

  struct StartLookup {
    friend bool operator==(const StartLookup&, const StartLookup&) = default;
  };
  struct CancelLookup {
    friend bool operator==(const CancelLookup&, const CancelLookup&) = default;
  };
  struct Publish {
    std::vector<Endpoint> endpoints;
    bool changed;  // other than the last published
    friend bool operator==(const Publish&, const Publish&) = default;
  };
  struct ReportFailure {
    std::string problem;
    friend bool operator==(const ReportFailure&, const ReportFailure&) = default;
  };
  using Action = std::variant<StartLookup, CancelLookup, Publish, ReportFailure>;
  using Actions = std::vector<Action>;

  explicit ResolveFsm(const ResolvePolicy& policy) : policy_(policy) {}

  [[nodiscard]] Actions on(const Event& event, TimePoint now, Rng& rng);
  // When to send Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  [[nodiscard]] State state() const { return state_; }

 private:
  Actions look_up(TimePoint now);
  Actions finish(const LookupResult& result, TimePoint now, Rng& rng);
  void wait_calmly(TimePoint now, Rng& rng);

  ResolvePolicy policy_;
  State state_ = State::idle;
  std::optional<TimePoint> hurry_since_;
  std::optional<TimePoint> failing_since_;
  std::vector<Endpoint> last_good_;
  Duration last_ttl_{};
  TimePoint due_{};
};

std::ostream& operator<<(std::ostream& out, const ResolveFsm::Action& action);
std::ostream& operator<<(std::ostream& out, ResolveFsm::State state);

}  // namespace rediscovery::core
