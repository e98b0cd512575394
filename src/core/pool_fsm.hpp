// Which connection goes to whom, and how many there should be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iosfwd>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <rediscovery/error.hpp>

#include "core/connection_fsm.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

using WaiterId = std::uint64_t;

struct PoolPolicy {
  std::size_t min_idle = 1;
  std::size_t max_connections = 16;  // of the generation in force
  std::size_t max_waiters = 10'000;
  std::size_t max_connecting = 8;
  Duration idle_check_interval = std::chrono::seconds(5);
  std::optional<Duration> max_idle_time;
  std::optional<Duration> max_lifetime;
};

// PoolFsm lends the connections of one generation to callers in the order they came, keeps between min_idle
// and max_connections of them, and lets those of older generations go. It is driven by callers' threads and
// by the loop, under one mutex that its owner holds; it never waits.
//
//   state     event                     actions                                              next
//   starting  acquire                   - (queued), or Fail(overloaded)                      starting
//   serving   acquire                   Lend an idle one if nobody waits; else queued, Connect serving
//   paused    acquire                   - (queued), or Fail(overloaded)                      paused
//   any       release, reusable         Lend to the first waiter (serving), else idle        same
//   serving   the same, and none was    Check, because the master's role and its replicas    serving
//             asked for as long as idle  are to be known also where no connection is ever
//             ones may be                idle
//   any       release, spent            Close; Connect if somebody waits                     same
//   any       opened                    as release; Close if of another generation; Connect  same
//                                       if more wait
//   any       adopted(generation)       Close old idle ones; serve; Drained once the old     serving
//                                       lent ones have come back
//   serving   suspended                 -                                                    paused
//   paused    confirmed                 serve the waiters                                    serving
//   any       lost, or not healthy      Close, a lent one when it comes back                 same
//   any       refused                   Fail every waiter with the error                     same
//   any       tick                      Close the idle for too long, Check the unused        same
//   any       close                     Fail every waiter, Close every idle one              closed
//   closed    acquire                   Fail(closed)                                         closed
//   closed    grace is over             CutOff every lent one                                closed
//   Every other pair changes nothing, except that a connection that arrives too late is closed.
class PoolFsm {
 public:
  enum class State : std::uint8_t { starting, serving, paused, closed };

  struct Acquire {
    WaiterId waiter;
  };
  struct GiveUp {
    WaiterId waiter;
  };  // the caller's time is over
  struct Release {
    ConnectionId connection;
    bool reusable;
  };
  struct Opened {
    ConnectionId connection;
    std::uint64_t generation;
  };
  struct ConnectFailed {
    std::uint64_t generation;
  };
  struct Adopted {
    std::uint64_t generation;
    ConnectionId connection;
  };
  struct Suspended {};
  struct Confirmed {
    ConnectionId connection;
  };
  struct Lost {
    ConnectionId connection;
  };
  struct Checked {  // not healthy also unasked, of one that sends what is no answer
    ConnectionId connection;
    bool healthy;
  };
  struct Refused {
    Error error;
  };
  struct Tick {};
  struct CloseAll {};
  struct GraceOver {};  // after CloseAll
  using Event = std::variant<Acquire, GiveUp, Release, Opened, ConnectFailed, Adopted, Suspended, Confirmed,
                             Lost, Checked, Refused, Tick, CloseAll, GraceOver>;

  struct Lend {
    WaiterId waiter;
    ConnectionId connection;
    friend bool operator==(const Lend&, const Lend&) = default;
  };
  struct Fail {
    WaiterId waiter;
    Error error;
    friend bool operator==(const Fail&, const Fail&) = default;
  };
  struct Connect {  // open one more to the master of this generation
    std::uint64_t generation;
    friend bool operator==(const Connect&, const Connect&) = default;
  };
  struct Close {
    ConnectionId connection;
    std::string_view reason;
    friend bool operator==(const Close&, const Close&) = default;
  };
  struct CutOff {  // shut down while it is lent: its holder must not wait any longer
    ConnectionId connection;
    friend bool operator==(const CutOff&, const CutOff&) = default;
  };
  struct Check {  // ask it for its role; it is not lent meanwhile
    ConnectionId connection;
    friend bool operator==(const Check&, const Check&) = default;
  };
  struct Drained {  // nothing of the generations before this one is left
    std::uint64_t generation;
    friend bool operator==(const Drained&, const Drained&) = default;
  };
  using Action = std::variant<Lend, Fail, Connect, Close, CutOff, Check, Drained>;
  using Actions = std::vector<Action>;

  explicit PoolFsm(const PoolPolicy& policy) : policy_(policy) {}

  [[nodiscard]] Actions on(const Event& event, TimePoint now, Rng& rng);
  // When to send Tick; there may be nothing to do then. Costs nothing, because it is asked for after every
  // event. nullopt: nothing to wait for.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const { return due_; }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }
  [[nodiscard]] std::size_t lent() const { return lent_; }
  [[nodiscard]] std::size_t connecting() const { return connecting_; }
  [[nodiscard]] std::size_t waiting() const { return waiters_.size(); }

 private:
  enum class Use : std::uint8_t { idle, lent, checking };
  struct Slot {
    Use use = Use::idle;
    std::uint64_t generation = 0;
    bool doomed = false;  // close on release
    TimePoint idle_since{};
    TimePoint checked_at{};
    std::optional<TimePoint> retire_at;  // end of its lifetime
  };

  void acquire(WaiterId waiter, TimePoint now, Actions& actions);
  void release(ConnectionId connection, bool reusable, TimePoint now, Actions& actions);
  void admit(ConnectionId connection, TimePoint now, Rng& rng, Actions& actions);
  void adopt(const Adopted& event, TimePoint now, Rng& rng, Actions& actions);
  void lose(ConnectionId connection, std::string_view reason, Actions& actions);
  void check_done(const Checked& event, TimePoint now, Actions& actions);
  void tick(TimePoint now, Actions& actions);
  void close_all(Actions& actions);
  void fail_all(const Error& error, Actions& actions);

  void rest(ConnectionId connection, Slot& slot, TimePoint now, Actions& actions);
  void check(ConnectionId connection, Slot& slot, TimePoint now, Actions& actions);
  void lend(WaiterId waiter, ConnectionId connection, Slot& slot, Actions& actions);
  void drop(ConnectionId connection, std::string_view reason, Actions& actions);
  void serve(Actions& actions);
  void connect_as_needed(Actions& actions, std::size_t least_ready = 0);
  void keep_due(const Slot& idle);
  [[nodiscard]] std::size_t current() const;

  PoolPolicy policy_;
  State state_ = State::starting;
  std::uint64_t generation_ = 0;
  std::size_t lent_ = 0;        // of any generation
  std::size_t old_ = 0;         // of these, of an older generation
  std::size_t connecting_ = 0;  // to the generation in force
  std::unordered_map<ConnectionId, Slot> slots_;
  std::deque<ConnectionId> idle_;  // the longest idle first; lent from the back
  std::deque<WaiterId> waiters_;   // the longest waiting first
  TimePoint asked_at_{};           // when a connection was last asked for its role
  std::optional<TimePoint> due_;   // when the first of the idle ones has to be looked at, or sooner
};

std::ostream& operator<<(std::ostream& out, const PoolFsm::Action& action);
std::ostream& operator<<(std::ostream& out, PoolFsm::State state);

}  // namespace rediscovery::core
