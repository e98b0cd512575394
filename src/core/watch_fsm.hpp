// When to ask Consul's HTTP API again what a service is: the rules of blocking queries.
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

struct WatchPolicy {
  // How long Consul may keep a question open. Its own limit is ten minutes; less than a minute passes every
  // proxy and notices a half-open connection soon enough.
  std::chrono::seconds wait{55};
  // Consul adds up to a sixteenth of jitter to `wait`; only after that, and this, is it silent.
  Duration patience = std::chrono::seconds(2);
  // Changes that come singly are asked about at once; a catalog that changes all the time is asked about this
  // many times in a row, and then at this pace.
  int burst = 4;
  Duration pace = std::chrono::milliseconds(100);
  Backoff retry{std::chrono::milliseconds(50), std::chrono::seconds(5), 4};
};

// WatchFsm keeps one blocking query open, and says what to do with its answer. Source for the rules:
// https://developer.hashicorp.com/consul/api-docs/features/blocking
//
//   state    event                        actions                                next
//   idle     start                        Ask(index 0)                           asking
//   asking   answered, index unchanged    Ask(same index): the wait was over     asking
//   asking   answered, index grew         Publish, Ask(that index)               asking, or waiting for a
//   token asking   answered, index went back    Publish, Ask(index 0)                  the same asking
//   answered without an index    Publish, Ask(index 0)                  waiting: it would answer at once
//   asking   failed                       Report once, index 0                   waiting until backoff
//   asking   deadline                     Abort, as failed                       waiting until backoff
//   waiting  deadline                     Ask                                    asking
//   any      stop                         Abort if asking                        stopped
//   Every other pair changes nothing.
class WatchFsm {
 public:
  enum class State : std::uint8_t { idle, asking, waiting, stopped };

  struct Start {};
  struct Answered {
    std::uint64_t index;
    std::vector<Endpoint> endpoints;
  };
  struct Failed {
    std::string problem;
  };
  struct Tick {};
  struct Stop {};
  using Event = std::variant<Start, Answered, Failed, Tick, Stop>;

  struct Ask {
    std::uint64_t index;  // 0: answer at once
    std::chrono::seconds wait;
    friend bool operator==(const Ask&, const Ask&) = default;
  };
  struct Publish {
    std::vector<Endpoint> endpoints;
    friend bool operator==(const Publish&, const Publish&) = default;
  };
  struct Report {
    std::string problem;
    friend bool operator==(const Report&, const Report&) = default;
  };
  struct Abort {
    friend bool operator==(const Abort&, const Abort&) = default;
  };
  using Action = std::variant<Ask, Publish, Report, Abort>;
  using Actions = std::vector<Action>;

  explicit WatchFsm(const WatchPolicy& policy) : policy_(policy), tokens_(policy.burst) {}

  [[nodiscard]] Actions on(const Event& event, TimePoint now, Rng& rng);
  // When to send Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  [[nodiscard]] State state() const { return state_; }

 private:
  void ask(TimePoint now, Actions& actions);
  void answered(const Answered& event, TimePoint now, Actions& actions);
  void failed(const std::string& problem, TimePoint now, Rng& rng, Actions& actions);

  WatchPolicy policy_;
  State state_ = State::idle;
  std::uint64_t index_ = 0;
  int tokens_;
  TimePoint refilled_{};  // when tokens_ was last brought up to date
  TimePoint due_{};       // asking: the answer is overdue; waiting: the next question
  std::optional<TimePoint> failing_since_;
};

std::ostream& operator<<(std::ostream& out, const WatchFsm::Action& action);
std::ostream& operator<<(std::ostream& out, WatchFsm::State state);

}  // namespace rediscovery::core
