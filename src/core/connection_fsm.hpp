// The life of one connection, from the dial to its end.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/endpoint.hpp"
#include "core/node_report.hpp"
#include "core/old_master.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

using ConnectionId = std::uint64_t;  // within one pool, never used again

struct ConnectionPolicy {
  // TCP connect and handshake together. On a local network a healthy server needs a millisecond for both; one
  // that needs longer than this is overloaded or gone.
  Duration connect_timeout = std::chrono::milliseconds(250);
  // A command or question that is unanswered for this long is a sign that the server hangs.
  Duration silence_timeout = std::chrono::milliseconds(500);
  // How long a command in flight on an old master may still be answered after another was adopted. Longer
  // than any healthy round trip; short enough that a hung old master does not hold its callers up.
  Duration drain = std::chrono::milliseconds(100);
  // TLS comes before the greeting: a server that does not speak it may wait for more, in silence.
  bool tls = false;
};

// ConnectionFsm times everything a connection waits for, and says what became of it. Nothing that is written
// on the connection moves a deadline: silence under steady traffic is silence (rule 6 of the design). What is
// read may put that of a question off, whose answer comes after those of the commands before it.
//
//   state       event                          actions                              next
//   connecting  connected                      -                                    greeting
//   connecting  failed, ended, deadline        NotOpened                            over
//   greeting    greeted                        Opened                               ready
//   greeting    failed, ended, deadline        NotOpened                            over
//   ready       ask                            SendQuestion                         asking
//   ready,      unanswered for too long        Silent, once for each silence        same
//    asking
//   ready       failed                         Broken(lost)                         over
//   ready       ended                          Ended                                over
//   asking      answered                       Report                               ready
//   asking      unanswered for a short time    -; the question has its time anew    asking
//   asking      failed; deadline               Broken(lost); Broken(silent)         over
//   asking      ended                          Ended                                over
//   ready,      retire, the old master answers -                                    draining
//    asking     retire, its history has ended  CutOff(writes only)                  draining
//               retire, it hangs               CutOff(all)                          over
//   draining    deadline                       CutOff(all)                          over
//   draining    failed, ended                  Ended                                over
//   Every other pair changes nothing. In `over` there is nothing more to say: its owner closes it.
class ConnectionFsm {
 public:
  enum class State : std::uint8_t { connecting, greeting, ready, asking, draining, over };

  struct Connected {};  // the TCP connect is done, TLS and the handshake are under way
  struct Greeted {
    NodeReport report;
  };
  struct Ask {};  // who the node is now; requires that no caller uses the connection
  struct Answered {
    NodeReport report;
  };
  struct Unanswered {
    TimePoint since;
  };  // something asked has been so, and nothing was heard, since then
  struct Failed {
    std::string problem;
    bool refused_user = false;
  };
  struct Ended {};  // by the server's hand
  struct Retire {
    OldMaster old;
  };  // another master was adopted
  struct Tick {};
  using Event = std::variant<Connected, Greeted, Ask, Answered, Unanswered, Failed, Ended, Retire, Tick>;

  struct Opened {
    NodeReport report;
    friend bool operator==(const Opened&, const Opened&) = default;
  };
  struct NotOpened {
    std::string problem;
    bool refused_user;
    friend bool operator==(const NotOpened&, const NotOpened&) = default;
  };
  struct SendQuestion {
    friend bool operator==(const SendQuestion&, const SendQuestion&) = default;
  };
  struct Report {
    NodeReport report;
    friend bool operator==(const Report&, const Report&) = default;
  };
  struct Silent {  // the connection goes on: its caller may have more patience
    std::string problem;
    friend bool operator==(const Silent&, const Silent&) = default;
  };
  struct Broken {
    bool silent;  // else lost
    std::string problem;
    friend bool operator==(const Broken&, const Broken&) = default;
  };
  struct CutByServer {
    friend bool operator==(const CutByServer&, const CutByServer&) = default;
  };
  struct CutOff {      // nobody is to wait on it any more …
    bool writes_only;  // … or, no success of a write is to be believed any more
    friend bool operator==(const CutOff&, const CutOff&) = default;
  };
  using Action = std::variant<Opened, NotOpened, SendQuestion, Report, Silent, Broken, CutByServer, CutOff>;

  ConnectionFsm(const ConnectionPolicy& policy, Endpoint endpoint, TimePoint now);

  // No event has more than one consequence.
  [[nodiscard]] std::optional<Action> on(const Event& event, TimePoint now);
  // When to send Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const { return due_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_open() const { return !is_opening() && state_ != State::over; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  [[nodiscard]] bool is_opening() const { return state_ == State::connecting || state_ == State::greeting; }
  [[nodiscard]] bool is_in_use() const { return state_ == State::ready || state_ == State::asking; }
  void enter(State state, std::optional<TimePoint> due = std::nullopt);

  std::optional<Action> unanswered(TimePoint since, TimePoint now);
  std::optional<Action> failed(const Failed& event);
  std::optional<Action> ended();
  std::optional<Action> retire(OldMaster old, TimePoint now);
  std::optional<Action> tick(TimePoint now);

  ConnectionPolicy policy_;
  Endpoint endpoint_;
  State state_ = State::connecting;
  std::optional<TimePoint> due_;
  std::optional<TimePoint> silent_since_;  // the command that was last reported as silent
};

std::ostream& operator<<(std::ostream& out, const ConnectionFsm::Action& action);
std::ostream& operator<<(std::ostream& out, ConnectionFsm::State state);

}  // namespace rediscovery::core
