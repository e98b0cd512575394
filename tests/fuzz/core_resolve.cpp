// ResolveFsm: one look-up at a time, an empty answer changes nothing, and there is always a next one.
#include "core/overloaded.hpp"
#include "core/resolve_fsm.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

using core::ResolveFsm;
using State = ResolveFsm::State;

class Driver {
 public:
  explicit Driver(Bytes& input) : input_(input), rng_(input.byte()) {}

  void step() {
    now_ += some_time(input_);
    switch (input_.below(10)) {
      case 0:
        return on(ResolveFsm::Start{});
      case 1:
      case 2:
      case 3: {
        core::LookupResult result{some_nodes(input_), std::chrono::seconds(input_.byte()), "NXDOMAIN"};
        if (input_.byte() == 0xFF) result.ttl = std::chrono::seconds(0xFFFF'FFFFLL);
        return on(ResolveFsm::Answered{result});
      }
      case 4:
        return on(ResolveFsm::HurryUp{});
      case 5:
        return on(ResolveFsm::CalmDown{});
      case 6:
        return input_.byte() == 0xFF ? on(ResolveFsm::Stop{}) : on(ResolveFsm::Tick{});
      case 7:
        // As its owner does: when it is time.
        if (const auto due = fsm_.next_deadline()) now_ = std::max(now_, *due);
        [[fallthrough]];
      default:
        return on(ResolveFsm::Tick{});
    }
  }

 private:
  void on(const ResolveFsm::Event& event) {
    const State before = fsm_.state();
    const auto actions = fsm_.on(event, now_, rng_);
    REDISCOVERY_TRACE(actions);
    if (before == State::stopped) {
      EXPECT_TRUE(actions.empty());
    }
    if (std::holds_alternative<ResolveFsm::Answered>(event)) looking_up_ = false;
    for (const auto& action : actions) {
      std::visit(core::Overloaded{
                     [&](const ResolveFsm::StartLookup&) {
                       EXPECT_FALSE(looking_up_) << "two look-ups at a time";
                       looking_up_ = true;
                     },
                     [&](const ResolveFsm::CancelLookup&) {
                       EXPECT_TRUE(looking_up_);
                       looking_up_ = false;
                     },
                     [&](const ResolveFsm::Publish& a) {
                       EXPECT_FALSE(a.endpoints.empty());
                       EXPECT_EQ(a.endpoints, std::get<ResolveFsm::Answered>(event).result.endpoints);
                       EXPECT_EQ(a.changed, a.endpoints != published_);
                       published_ = a.endpoints;
                     },
                     [&](const ResolveFsm::ReportFailure&) {
                       EXPECT_TRUE(std::get<ResolveFsm::Answered>(event).result.endpoints.empty());
                     },
                 },
                 action);
    }
    const auto due = fsm_.next_deadline();
    EXPECT_EQ(due.has_value(), fsm_.state() == State::waiting);
    EXPECT_EQ(looking_up_, fsm_.state() == State::looking_up);
    if (due) {
      EXPECT_LE(*due, now_ + policy_.refresh_ceiling) << "nobody asks any more";
    }
    if (due && std::holds_alternative<ResolveFsm::Tick>(event)) {
      EXPECT_GT(*due, now_) << "its owner spins";
    }
  }

  Bytes& input_;
  core::Rng rng_;
  core::TimePoint now_ = core::TimePoint{} + std::chrono::hours(1);
  core::ResolvePolicy policy_;
  ResolveFsm fsm_{policy_};
  bool looking_up_ = false;
  std::vector<core::Endpoint> published_;
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rediscovery::fuzz::drive<rediscovery::fuzz::Driver>(data, size);
}
