// Warm connections to the replicas, for the day one of them is promoted.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/backoff.hpp"
#include "core/endpoint.hpp"
#include "core/node_report.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

struct StandbyPolicy {
  // Of more replicas than this the first are stood by; each costs one connection.
  std::size_t most = 16;
  // While the master is suspect each standby is asked for its role: at once, and then for the sake of
  // promotions that do not cut us, an operator's. Seldom, because a thousand pools ask the same replica,
  // which has a failover to get through.
  Backoff ask{std::chrono::milliseconds(100), std::chrono::seconds(1), 8};
  // A calm standby is asked this often, which finds half-open connections and keeps its report fresh.
  Duration calm_interval = std::chrono::seconds(5);
  // Reconnecting to a replica that is down concerns nobody who waits.
  Backoff reconnect{std::chrono::milliseconds(10), std::chrono::seconds(5), 4};
  // As MasterPolicy's.
  Duration retry_after_refused_user = std::chrono::seconds(1);
};

// StandbyFsm keeps one verified connection to each replica, and notices promotions. Sentinel promotes with
// SLAVEOF NO ONE and CLIENT KILL in one transaction, so the server itself cuts the standby connection at that
// instant: the cut is the signal, and the answer on the next connection the proof.
//
//   node       event                          actions                                       next
//   absent     named                          Dial                                          dialling
//   dialling   opened, replica                -                                             ready
//   dialling   opened, master                 Offer (cut_us if it was cut and is the same   ready
//                                             process that was a replica before)
//   dialling   failed                         - (forget the cut)                            down (backoff)
//   ready      cut                            Dial (remember the process)                   dialling
//   asking     cut                            Dial (remember the process)                   dialling
//   ready      failed                         Close                                         down (backoff)
//   ready      deadline                       Ask                                           asking
//   asking     answered, replica              -                                             ready
//   asking     answered, master               Offer                                         ready
//   asking     failed                         Close                                         down (backoff)
//   down       deadline                       Dial                                          dialling
//   any        no longer named, or followed   Close, unless down                            absent
//   dialling   no longer named, after a cut   - (it may just have been promoted; Close      dialling
//                                             once it has said what it is)
//   suspect, calm: move the deadlines of the ready ones. Every other pair changes nothing.
class StandbyFsm {
 public:
  enum class State : std::uint8_t { dialling, ready, asking, down };

  struct Named {
    std::vector<Endpoint> endpoints;  // the most important ones first
  };
  struct Opened {
    Endpoint endpoint;
    NodeReport report;
  };
  struct Failed {
    Endpoint endpoint;
    bool refused_user = false;
  };
  struct Cut {
    Endpoint endpoint;
  };
  struct Answered {
    Endpoint endpoint;
    NodeReport report;
  };
  struct Followed {
    Endpoint endpoint;
  };  // the master, which needs no standby
  struct Suspected {};
  struct Calmed {};
  struct Tick {};
  using Event = std::variant<Named, Opened, Failed, Cut, Answered, Followed, Suspected, Calmed, Tick>;

  struct Dial {
    Endpoint endpoint;
    friend bool operator==(const Dial&, const Dial&) = default;
  };
  struct Ask {  // ROLE and INFO on the standby's connection
    Endpoint endpoint;
    friend bool operator==(const Ask&, const Ask&) = default;
  };
  struct Close {
    Endpoint endpoint;
    friend bool operator==(const Close&, const Close&) = default;
  };
  struct Offer {  // it says that it is a master
    Endpoint endpoint;
    NodeReport report;
    bool cut_us;
    friend bool operator==(const Offer&, const Offer&) = default;
  };
  using Action = std::variant<Dial, Ask, Close, Offer>;
  using Actions = std::vector<Action>;

  explicit StandbyFsm(const StandbyPolicy& policy) : policy_(policy) {}

  [[nodiscard]] Actions on(const Event& event, TimePoint now, Rng& rng);
  // When to send Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  // nullopt: no standby is kept there.
  [[nodiscard]] std::optional<State> state(const Endpoint& endpoint) const;

 private:
  struct Node {
    Endpoint endpoint;
    State state = State::dialling;
    std::optional<NodeReport> report;  // its last one; kept while it is dialled again
    bool cut = false;                  // this dial answers a cut
    std::optional<TimePoint> down_since;
    TimePoint due{};  // ready: the next question; down: the next dial
  };

  void named(const std::vector<Endpoint>& endpoints, Actions& actions);
  void reported(Node& node, const NodeReport& report, TimePoint now, Rng& rng, Actions& actions);
  void failed(Node& node, bool refused_user, TimePoint now, Rng& rng, Actions& actions);
  void cut(Node& node, Actions& actions);
  void let_go(const Endpoint& endpoint, Actions& actions);
  [[nodiscard]] bool is_wanted(const Endpoint& endpoint) const;
  void remove(const Endpoint& endpoint, Actions& actions);
  void tick(TimePoint now, Actions& actions);
  void plan_question(Node& node, TimePoint now, Rng& rng) const;
  Node* find(const Endpoint& endpoint);

  StandbyPolicy policy_;
  std::optional<TimePoint> suspect_since_;
  std::optional<Endpoint> followed_;
  std::vector<Endpoint> named_;
  std::vector<Endpoint> wanted_;  // of these: the first ones, but for the followed master
  std::vector<Node> nodes_;
};

std::ostream& operator<<(std::ostream& out, const StandbyFsm::Action& action);
std::ostream& operator<<(std::ostream& out, StandbyFsm::State state);

}  // namespace rediscovery::core
