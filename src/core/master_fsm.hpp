// Who is the master.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <rediscovery/promotion.hpp>

#include "core/backoff.hpp"
#include "core/endpoint.hpp"
#include "core/node_report.hpp"
#include "core/old_master.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

// Why somebody thinks that the master is stale.
enum class EvidenceKind : std::uint8_t {
  read_only,    // a write, or ROLE, was answered by a replica
  lost,         // a connection ended
  unreachable,  // a connect failed
  silent,       // a command has been unanswered for too long
  unavailable,  // the server said LOADING or MASTERDOWN
};
[[nodiscard]] std::string_view to_string(EvidenceKind kind);

struct MasterPolicy {
  Promotion promotion = Promotion::observed;
  // The pace of asking one candidate again while there is no master: as for look-ups, see ResolvePolicy.
  Backoff retry{std::chrono::milliseconds(2), std::chrono::seconds(1), 32};
  // An old master that is started again has a new history and looks like a stranger. Its name is not believed
  // for this long after the promotion: DNS is late, and Sentinel makes it a replica within about ten seconds.
  Duration return_of_old_master = std::chrono::seconds(10);
  // Refused credentials do not heal within milliseconds, and servers may lock users out.
  Duration retry_after_refused_user = std::chrono::seconds(1);
};

// MasterFsm decides which node is the master. DNS offers candidates; a node's own ROLE and lineage decide.
//
//   state      event                                actions                              next
//   unknown    offered(set)                         Verify each new candidate            unknown
//   following  offered(set with the master)                                              following
//   following  offered(set without the master)      Verify each                          following
//   suspect    offered(set)                         Verify each new candidate            suspect
//   following  evidence(this generation)            Suspect, Verify the master, if it    suspect
//                                                   refuses everybody after a pause
//   any        verified: replica                    Refuse; unless following, its own     same
//                                                   master is a candidate
//   following  verified: the master is a replica    the same, Suspect, Verify the master suspect
//   any        verified: master, acceptable         Adopt, generation + 1                following
//   suspect    verified: the master, same process   Confirm; Verify what DNS names else  following
//   following  verified: the master, same process   Refuse: there is nothing to confirm  following
//   any        verified: master, not acceptable     Refuse                               same
//   any        failed                               Report; ask again after a pause      same
//   any        reported: the master, same process   - (its history may be a new one)     same
//   any        deadline of a candidate              Verify it, unless DNS names the      same
//                                                   master that is followed
//   Evidence of an older generation, and every other pair, changes nothing.
//
// Acceptable is a master that
//   - is the one that the followed master itself obeys, now that it is a replica; or else
//   - has not been left behind: its history is not the one that the followed master was promoted out of, nor
//     that of any master whose history ended like that (a returning zombie has kept its history);
//   - is not where the followed master was promoted away from, under a new history: an old master that was
//     started again. That holds for a while, and until DNS has once named the followed master;
//   - is named by DNS (or a push, or the configuration); or, with `promotion` observed, descends from the
//     followed master's history and either cut our standby connection just now (Sentinel's promotion does
//     that, an operator's REPLICAOF NO ONE does not) or the followed master is suspect;
//   - and, while the followed master is healthy, descends from it or is named by a newer word (of DNS or a
//     push) than it.
class MasterFsm {
 public:
  enum class State : std::uint8_t { unknown, following, suspect };

  enum class Source : std::uint8_t { dns, push };
  struct Offered {  // what the name stands for now; replaces the last offer of that source
    std::vector<Endpoint> endpoints;
    Source source = Source::dns;
  };
  struct Verified {
    Endpoint endpoint;
    NodeReport report;
    bool cut_us = false;  // the same process was a replica until it cut our standby connection just now
  };
  struct Failed {
    Endpoint endpoint;
    std::string problem;
    bool refused_user = false;
  };
  struct Evidence {
    std::uint64_t generation;
    EvidenceKind kind;
    std::string detail;
  };
  struct Tick {};
  // What the followed master has said of itself, on a connection of the pool. Its history may be another than
  // when it was adopted: a master begins one when its first replica attaches (Redis, syncCommand).
  struct Reported {
    NodeReport report;
  };
  using Event = std::variant<Offered, Verified, Failed, Evidence, Tick, Reported>;

  struct Verify {
    Endpoint endpoint;
    friend bool operator==(const Verify&, const Verify&) = default;
  };
  struct Suspect {  // hand out no connection until Confirm or Adopt
    EvidenceKind kind;
    std::string detail;
    friend bool operator==(const Suspect&, const Suspect&) = default;
  };
  struct Confirm {  // the connection just verified belongs to the generation in force
    Duration took;
    friend bool operator==(const Confirm&, const Confirm&) = default;
  };
  struct Adopt {  // the connection just verified is the first of a new generation
    Endpoint endpoint;
    std::uint64_t generation;
    Kinship kinship;  // to the master followed before
    OldMaster old;    // what to do with commands in flight there
    Duration took;    // since suspicion began, DNS named another, or the start
    friend bool operator==(const Adopt&, const Adopt&) = default;
  };
  struct Refuse {  // close the connection just verified
    Endpoint endpoint;
    std::string reason;
    friend bool operator==(const Refuse&, const Refuse&) = default;
  };
  struct ReportFailed {
    Endpoint endpoint;
    std::string problem;
    bool refused_user;
    friend bool operator==(const ReportFailed&, const ReportFailed&) = default;
  };
  using Action = std::variant<Verify, Suspect, Confirm, Adopt, Refuse, ReportFailed>;
  using Actions = std::vector<Action>;

  MasterFsm(const MasterPolicy& policy, TimePoint now) : policy_(policy), troubled_since_(now) {}

  [[nodiscard]] Actions on(const Event& event, TimePoint now, Rng& rng);
  // When to send Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // The followed master; meaningful once generation() > 0.
  [[nodiscard]] const Endpoint& master() const { return master_; }
  [[nodiscard]] const NodeReport& report() const { return report_; }

 private:
  struct Candidate {
    Endpoint endpoint;
    bool verifying = false;
    TimePoint next_try{};
  };

  Actions offered(const Offered& event, TimePoint now);
  Actions verified(const Verified& event, TimePoint now, Rng& rng);
  Actions failed(const Failed& event, TimePoint now, Rng& rng);
  Actions evidence(const Evidence& event, TimePoint now, Rng& rng);
  Actions tick(TimePoint now);

  Actions verified_replica(const Verified& event, TimePoint now, Rng& rng);
  // Why this master is not acceptable; empty if it is.
  [[nodiscard]] std::string objection(const Verified& event, TimePoint now) const;
  [[nodiscard]] std::string objection_to_descendant(const Verified& event) const;
  void adopt(const Verified& event, TimePoint now, Actions& actions);
  void suspect(EvidenceKind kind, const std::string& detail, TimePoint now, Rng& rng, Actions& actions);
  void propose(const Endpoint& endpoint, TimePoint now, Actions& actions);
  void pause(const Endpoint& endpoint, Duration pause, TimePoint now);
  void propose_offered(TimePoint now, Actions& actions);
  Candidate* find(const Endpoint& endpoint);
  [[nodiscard]] bool is_offered(const Endpoint& endpoint) const;
  // Following a master that every source names which names anybody: nothing to ask.
  [[nodiscard]] bool settled() const;
  // 2: the newest word of DNS or a push names it. 1: only the other one does, and may be late. 0: neither.
  [[nodiscard]] int standing(const Endpoint& endpoint) const;
  [[nodiscard]] bool was_left(const Lineage& lineage) const;

  MasterPolicy policy_;
  State state_ = State::unknown;
  TimePoint troubled_since_;
  std::optional<TimePoint> confirmed_at_;  // the master in force, the last time
  TimePoint suspect_since_{};              // valid while suspect
  bool hung_ = false;
  std::uint64_t generation_ = 0;
  Endpoint master_;
  NodeReport report_;
  std::array<std::vector<Endpoint>, 2> offered_;  // by source
  Source newest_ = Source::dns;                   // whose word changed last
  std::optional<Endpoint> successor_;             // whom the followed master names since it is a replica
  std::vector<Candidate> candidates_;
  std::deque<std::string> left_;       // histories that a promotion ended, oldest first
  std::optional<Endpoint> overtaken_;  // where the followed master was promoted away from …
  TimePoint overtaken_at_{};           // … and when
  bool announced_ = false;             // DNS or a push has named the followed master since it was adopted
};

std::ostream& operator<<(std::ostream& out, const MasterFsm::Action& action);
std::ostream& operator<<(std::ostream& out, MasterFsm::State state);

}  // namespace rediscovery::core
