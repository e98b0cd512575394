// MasterFsm: whatever DNS, pushes and nodes say, the generation only grows, by adoptions of masters; no
// zombie and nobody unnamed is adopted beside a healthy master; every verified connection is used or closed;
// and while there is no master somebody is asked.
#include <optional>
#include <set>

#include "core/master_fsm.hpp"
#include "core/overloaded.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

using core::MasterFsm;
using State = MasterFsm::State;

core::MasterPolicy policy_of(Bytes& input) {
  core::MasterPolicy policy;
  policy.promotion = input.chance() ? Promotion::announced : Promotion::observed;
  return policy;
}

class Driver {
 public:
  explicit Driver(Bytes& input) : input_(input), rng_(input.byte()), policy_(policy_of(input)) {}

  void step() {
    now_ += some_time(input_);
    switch (input_.below(10)) {
      case 0:
      case 1:
        return offered();
      case 2:
      case 3:
      case 4:
      case 5:
        return verified();
      case 6:
        return failed();
      case 7:
        return evidence();
      case 8:
        return reported();
      default:
        if (const auto due = fsm_.next_deadline()) now_ = std::max(now_, *due);
        on(MasterFsm::Tick{});
        if (const auto due = fsm_.next_deadline()) {
          EXPECT_GT(*due, now_) << "its owner spins";
        }
    }
  }

 private:
  void offered() {
    const auto source = input_.chance() ? MasterFsm::Source::push : MasterFsm::Source::dns;
    auto endpoints = some_nodes(input_);
    offers_[static_cast<std::size_t>(source)] = endpoints;
    on(MasterFsm::Offered{std::move(endpoints), source});
  }

  void verified() {
    const MasterFsm::Verified event{some_node(input_), some_report(input_), input_.byte() > 0xC0};
    under_way_.erase(event.endpoint);
    const State before = fsm_.state();
    const auto successor = successor_;
    const std::string why_not = objection(event);
    const bool same_process = fsm_.generation() > 0 && event.endpoint == fsm_.master() &&
                              event.report.run_id == fsm_.report().run_id;
    verified_ = event;
    const auto actions = on(event);
    verified_.reset();
    REDISCOVERY_TRACE(actions);

    const auto count = [&](auto wanted) {
      return std::count_if(actions.begin(), actions.end(),
                           [&](const auto& action) { return wanted(action); });
    };
    const auto adopts = count([](const auto& a) { return std::holds_alternative<MasterFsm::Adopt>(a); });
    const auto confirms = count([](const auto& a) { return std::holds_alternative<MasterFsm::Confirm>(a); });
    const auto refuses = count([](const auto& a) { return std::holds_alternative<MasterFsm::Refuse>(a); });
    EXPECT_EQ(adopts + confirms + refuses, 1) << "a verified connection is used, or closed, once";
    if (adopts > 0) {
      EXPECT_EQ(why_not, "");
      EXPECT_FALSE(same_process) << "a new generation for the master that is followed";
      EXPECT_EQ(fsm_.master(), event.endpoint);
    }
    if (confirms > 0) {
      EXPECT_EQ(before, State::suspect);
      EXPECT_TRUE(same_process && event.report.role == core::Role::master);
    }
    if (event.report.role == core::Role::master && same_process && before == State::suspect) {
      EXPECT_EQ(confirms, 1) << "the followed master is there again";
    }
    if (event.report.role == core::Role::master && !same_process && event.endpoint == successor) {
      EXPECT_EQ(adopts, 1) << "whom the followed master obeys is the master";
    }
    const bool says_replica = event.report.role == core::Role::replica;
    if (adopts > 0 || confirms > 0) {
      successor_.reset();
    } else if (says_replica && event.endpoint == fsm_.master() && event.report.master &&
               !(event.report.master == event.endpoint)) {
      successor_ = event.report.master;
    }
  }

  // Rules 1, 3, 7 and 8 of src/README.md's table, as far as they forbid; the machine may be stricter.
  [[nodiscard]] std::string objection(const MasterFsm::Verified& event) const {
    const auto& [endpoint, report, cut_us] = event;
    if (report.role != core::Role::master) return "a replica";
    const bool named = is_named(endpoint);
    if (fsm_.generation() == 0) return named ? "" : "nobody names it";
    if (endpoint == successor_) return "";
    const auto& followed = fsm_.report().lineage;
    const bool known = !report.lineage.id.empty() && !followed.id.empty();
    if (known && report.lineage.id != followed.id && report.lineage.previous_id != followed.id &&
        report.lineage.id == followed.previous_id) {
      return "a zombie";
    }
    if (ended_.contains(report.lineage.id)) return "its history has ended";
    if (named) return "";
    if (policy_.promotion == Promotion::announced) return "not announced";
    const bool descends =
        known && report.lineage.id != followed.id && report.lineage.previous_id == followed.id;
    if (!descends) return "a stranger whom nobody names";
    if (!cut_us && fsm_.state() == State::following)
      return "the master is healthy, and no sign of a promotion";
    return "";
  }

  [[nodiscard]] bool is_named(const core::Endpoint& endpoint) const {
    for (const auto& offer : offers_) {
      if (std::find(offer.begin(), offer.end(), endpoint) != offer.end()) return true;
    }
    return false;
  }

  void failed() {
    const auto endpoint = some_node(input_);
    under_way_.erase(endpoint);
    const auto actions = on(MasterFsm::Failed{endpoint, "refused", input_.chance()});
    EXPECT_EQ(actions.size(), 1U);
  }

  void reported() {
    core::NodeReport report = some_report(input_);
    if (input_.chance()) report.run_id = fsm_.report().run_id;
    const bool is_masters =
        fsm_.generation() > 0 && report.role == core::Role::master && report.run_id == fsm_.report().run_id;
    const auto before = fsm_.report().lineage;
    EXPECT_TRUE(on(MasterFsm::Reported{report}).empty());
    EXPECT_EQ(fsm_.report().lineage, is_masters ? report.lineage : before);
  }

  void evidence() {
    const std::uint64_t age = input_.below(3);
    const std::uint64_t generation = fsm_.generation() >= age ? fsm_.generation() - age : 0;
    const auto kind = static_cast<core::EvidenceKind>(input_.below(5));
    const State before = fsm_.state();
    const auto actions = on(MasterFsm::Evidence{generation, kind, "detail"});
    if (age > 0 || before != State::following) {
      EXPECT_TRUE(actions.empty()) << "old, or known already: " << printed(actions);
    } else {
      EXPECT_EQ(fsm_.state(), State::suspect);
    }
  }

  MasterFsm::Actions on(const MasterFsm::Event& event) {
    const State before = fsm_.state();
    const std::uint64_t generation = fsm_.generation();
    const auto followed = fsm_.report().lineage.id;
    auto actions = fsm_.on(event, now_, rng_);
    REDISCOVERY_TRACE(actions);
    bool suspected = false;
    std::uint64_t adoptions = 0;
    for (const auto& action : actions) {
      std::visit(
          core::Overloaded{
              [&](const MasterFsm::Verify& a) {
                EXPECT_TRUE(under_way_.insert(a.endpoint).second) << "asked twice at a time";
              },
              [&](const MasterFsm::Suspect&) {
                suspected = true;
                EXPECT_EQ(before, State::following);
              },
              [&](const MasterFsm::Confirm&) { under_way_.clear(); },
              [&](const MasterFsm::Adopt& a) {
                ++adoptions;
                under_way_.clear();
                EXPECT_EQ(a.generation, generation + 1);
                ASSERT_TRUE(verified_) << "adopted without having been asked";
                EXPECT_EQ(a.endpoint, verified_->endpoint);
                ended_.erase(verified_->report.lineage.id);
                const bool ends = a.kinship == core::Kinship::descendant || a.endpoint == successor_;
                if (generation > 0 && ends && !followed.empty() && followed != verified_->report.lineage.id) {
                  ended_.insert(followed);
                }
              },
              [&](const MasterFsm::Refuse& a) {
                ASSERT_TRUE(verified_);
                EXPECT_EQ(a.endpoint, verified_->endpoint);
                EXPECT_FALSE(a.reason.empty());
              },
              [&](const MasterFsm::ReportFailed&) {},
          },
          action);
    }
    EXPECT_EQ(fsm_.generation(), generation + adoptions);
    EXPECT_EQ(fsm_.state() == State::unknown, fsm_.generation() == 0);
    EXPECT_EQ(suspected, before == State::following && fsm_.state() == State::suspect);
    verify();
    return actions;
  }

  void verify() const {
    const auto due = fsm_.next_deadline();
    if (due) {
      EXPECT_LE(*due, now_ + std::chrono::seconds(1)) << "later than every pause";
    }
    const bool knows_whom = fsm_.state() == State::suspect ||
                            (fsm_.state() == State::unknown && !(offers_[0].empty() && offers_[1].empty()));
    if (knows_whom) {
      EXPECT_TRUE(due || !under_way_.empty()) << "there is no master, and nobody is asked";
    }
  }

  Bytes& input_;
  core::Rng rng_;
  core::TimePoint now_ = core::TimePoint{} + std::chrono::hours(1);
  core::MasterPolicy policy_;
  MasterFsm fsm_{policy_, now_};
  std::array<std::vector<core::Endpoint>, 2> offers_;
  std::set<core::Endpoint> under_way_;  // asked, and not answered
  std::set<std::string> ended_;         // histories that a promotion has ended
  std::optional<core::Endpoint> successor_;
  std::optional<MasterFsm::Verified> verified_;
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The machine remembers 64 ended histories; an input is too short for more.
  return rediscovery::fuzz::drive<rediscovery::fuzz::Driver>(data, size);
}
