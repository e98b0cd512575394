// StandbyFsm: at most one connection to each node, none to the followed master, none forgotten; and a cut is
// a promotion's sign only where the very next connection shows the same process that was a replica.
#include <map>
#include <optional>

#include "core/overloaded.hpp"
#include "core/standby_fsm.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

using core::StandbyFsm;

core::StandbyPolicy policy_of(Bytes& input) {
  core::StandbyPolicy policy;
  policy.most = 1 + input.below(kNodes);
  return policy;
}

class Driver {
 public:
  explicit Driver(Bytes& input) : input_(input), rng_(input.byte()), policy_(policy_of(input)) {}

  void step() {
    now_ += some_time(input_);
    switch (input_.below(12)) {
      case 0:
        named_ = some_nodes(input_);
        return on(StandbyFsm::Named{named_});
      case 1:
      case 2:
        return report<StandbyFsm::Opened>();
      case 3:
      case 4:
        return report<StandbyFsm::Answered>();
      case 5:
        return failed(some_node(input_));
      case 6:
      case 7:
        return cut(some_node(input_));
      case 8:
        followed_ = some_node(input_);
        return on(StandbyFsm::Followed{*followed_});
      case 9:
        return input_.chance() ? on(StandbyFsm::Suspected{}) : on(StandbyFsm::Calmed{});
      default:
        if (const auto due = fsm_.next_deadline()) now_ = std::max(now_, *due);
        return on(StandbyFsm::Tick{});
    }
  }

 private:
  enum class Link { dialling, open, asking };
  struct Known {
    std::optional<Link> link;              // as its owner has it
    std::optional<core::NodeReport> last;  // since it was named
    bool cut = false;                      // and nothing else has happened since
  };

  // Answers come from where they were asked for, and now and then from elsewhere.
  template <typename Event>
  void report() {
    constexpr bool kOpened = std::is_same_v<Event, StandbyFsm::Opened>;
    const auto endpoint = some_node(input_);
    const auto said = some_report(input_);
    Known& known = nodes_[endpoint];
    const bool expected = known.link == (kOpened ? Link::dialling : Link::asking);
    const bool proves = expected && known.cut && known.last && known.last->role == core::Role::replica &&
                        !said.run_id.empty() && known.last->run_id == said.run_id;
    if (expected) {
      known.link = Link::open;
      known.last = said;
      known.cut = false;
    }
    may_offer_ = expected && said.role == core::Role::master ? std::optional(endpoint) : std::nullopt;
    proves_ = proves;
    on(Event{endpoint, said});
    EXPECT_FALSE(may_offer_) << "a master was not offered";
  }
  void failed(const core::Endpoint& endpoint) {
    Known& known = nodes_[endpoint];
    // What fails while it is dialled needs no closing; a connection that was asked does.
    if (known.link == Link::dialling) known.link.reset();
    if (known.link != Link::open) known.cut = false;
    on(StandbyFsm::Failed{endpoint});
  }
  void cut(const core::Endpoint& endpoint) {
    Known& known = nodes_[endpoint];
    if (known.link == Link::open || known.link == Link::asking) {
      known.link.reset();
      known.cut = true;
    }
    on(StandbyFsm::Cut{endpoint});
  }

  void on(const StandbyFsm::Event& event) {
    const auto actions = fsm_.on(event, now_, rng_);
    REDISCOVERY_TRACE(actions);
    for (const auto& action : actions) {
      std::visit(core::Overloaded{
                     [&](const StandbyFsm::Dial& a) {
                       EXPECT_FALSE(nodes_[a.endpoint].link) << "dialled twice";
                       EXPECT_NE(a.endpoint, followed_) << "the master needs no standby";
                       nodes_[a.endpoint].link = Link::dialling;
                     },
                     [&](const StandbyFsm::Ask& a) {
                       EXPECT_EQ(nodes_[a.endpoint].link, Link::open) << "asked while it cannot answer";
                       nodes_[a.endpoint].link = Link::asking;
                     },
                     [&](const StandbyFsm::Close& a) {
                       EXPECT_TRUE(nodes_[a.endpoint].link) << "closed twice";
                       nodes_[a.endpoint].link.reset();
                     },
                     [&](const StandbyFsm::Offer& a) {
                       EXPECT_EQ(may_offer_, a.endpoint) << "offered what did not say that it is a master";
                       EXPECT_EQ(a.cut_us, proves_);
                       may_offer_.reset();
                     },
                 },
                 action);
    }
    verify(std::holds_alternative<StandbyFsm::Tick>(event));
  }

  void verify(bool ticked) {
    std::size_t kept = 0;
    for (auto& [endpoint, known] : nodes_) {
      const auto state = fsm_.state(endpoint);
      kept += state ? 1U : 0U;
      if (!state) {
        known = Known{known.link, {}, false};
        EXPECT_FALSE(known.link) << endpoint << " is left open";
        continue;
      }
      EXPECT_EQ(state == StandbyFsm::State::down, !known.link) << endpoint;
      EXPECT_NE(endpoint, followed_);
    }
    EXPECT_LE(kept, policy_.most);
    for (const auto& endpoint : named_) {
      if (endpoint == followed_ || kept == policy_.most) continue;
      EXPECT_TRUE(fsm_.state(endpoint)) << endpoint << " is forgotten";
    }
    const auto due = fsm_.next_deadline();
    if (due && ticked) {
      EXPECT_GT(*due, now_) << "its owner spins";
    }
    if (due) {
      EXPECT_LE(*due, now_ + std::chrono::seconds(5)) << "nobody asks any more";
    }
  }

  Bytes& input_;
  core::Rng rng_;
  core::TimePoint now_ = core::TimePoint{} + std::chrono::hours(1);
  core::StandbyPolicy policy_;
  StandbyFsm fsm_{policy_};
  std::vector<core::Endpoint> named_;
  std::optional<core::Endpoint> followed_;
  std::map<core::Endpoint, Known> nodes_;
  std::optional<core::Endpoint> may_offer_;
  bool proves_ = false;
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rediscovery::fuzz::drive<rediscovery::fuzz::Driver>(data, size);
}
