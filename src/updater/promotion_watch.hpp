// Decides when a replica of one master has been promoted, and may be registered before Sentinel says so.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/standby_fsm.hpp"
#include "sentinel/failover_news.hpp"

namespace rediscovery::updater {

// A warm connection to each replica is StandbyFsm's business, as it is in the pool: the server's cut at the
// promotion, the question at once on the next connection, and meanwhile a question every 1 to 2 ms. Added to
// that is what makes a promotion Sentinel's, so that its epoch is known and the name may move:
//
//   state      event                                        actions               next
//   calm       selected                                     Dial, Ask …           selected
//   calm       selected, and that replica is proven         Claim                 calm
//   selected   selected at a higher epoch                   Dial, Ask …           selected (the new one)
//   selected   the selected replica is proven               Claim                 calm
//   selected   ended, by the Sentinel that had selected     -                     calm
//   selected   patience is over                             -                     calm
//   any        replicas                                     Dial, Close           same
//
// Proven: the same process (run_id) that said it was a replica now says that it is a master, and its history
// is continued from the one it had as a replica (master_replid2). The selected one stays among the replicas
// whatever the list says meanwhile.
class PromotionWatch {
 public:
  struct Replicas {
    std::vector<core::Endpoint> endpoints;
  };
  struct Selected {
    sentinel::Selected selection;
    core::Duration patience;  // Sentinel's failover-timeout: then it has given up itself
  };
  struct Ended {
    core::Endpoint leader;
  };
  using Event = std::variant<Replicas, Selected, Ended, core::StandbyFsm::Event>;

  using Dial = core::StandbyFsm::Dial;
  using Ask = core::StandbyFsm::Ask;
  using Close = core::StandbyFsm::Close;
  struct Claim {  // register it
    sentinel::Selected selection;
    std::string run_id;  // of the promoted process
    friend bool operator==(const Claim&, const Claim&) = default;
  };
  using Action = std::variant<Dial, Ask, Close, Claim>;
  using Actions = std::vector<Action>;

  PromotionWatch();

  [[nodiscard]] Actions on(const Event& event, core::TimePoint now, core::Rng& rng);
  // When to send Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const;

 private:
  struct Order {
    sentinel::Selected selection;
    core::TimePoint until;
  };
  struct Node {
    std::optional<core::NodeReport> as_replica;  // its last one
    bool proven = false;
  };

  void forward(const core::StandbyFsm::Event& event, core::TimePoint now, core::Rng& rng, Actions& actions);
  void name_replicas(core::TimePoint now, core::Rng& rng, Actions& actions);
  void reported(const core::Endpoint& endpoint, const core::NodeReport& report);
  void calm(core::TimePoint now, core::Rng& rng, Actions& actions);

  core::StandbyFsm standbys_;
  std::vector<core::Endpoint> replicas_;
  std::map<core::Endpoint, Node> nodes_;
  std::optional<Order> order_;  // set: selected
};

// See above.
[[nodiscard]] bool proves_promotion(const core::NodeReport& before, const core::NodeReport& after);

std::ostream& operator<<(std::ostream& out, const PromotionWatch::Action& action);

}  // namespace rediscovery::updater
