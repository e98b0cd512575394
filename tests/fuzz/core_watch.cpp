// WatchFsm: one question at a time, never more of them than its pace allows, and every change is published.
#include <deque>

#include "core/overloaded.hpp"
#include "core/watch_fsm.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

using core::WatchFsm;
using State = WatchFsm::State;

class Driver {
 public:
  explicit Driver(Bytes& input) : input_(input), rng_(input.byte()) {}

  void step() {
    now_ += some_time(input_);
    switch (input_.below(8)) {
      case 0:
        return on(WatchFsm::Start{});
      case 1:
      case 2:
      case 3: {
        const std::uint64_t index = input_.byte() == 0xFF ? ~0ULL : input_.below(6);
        return on(WatchFsm::Answered{index, some_nodes(input_)});
      }
      case 4:
        return on(WatchFsm::Failed{"no answer"});
      case 5:
        return input_.byte() == 0xFF ? on(WatchFsm::Stop{}) : on(WatchFsm::Tick{});
      default:
        if (const auto due = fsm_.next_deadline()) now_ = std::max(now_, *due);
        return on(WatchFsm::Tick{});
    }
  }

 private:
  void on(const WatchFsm::Event& event) {
    const State before = fsm_.state();
    const auto actions = fsm_.on(event, now_, rng_);
    REDISCOVERY_TRACE(actions);
    if (before == State::stopped || before == State::idle) {
      EXPECT_TRUE(actions.empty() || std::holds_alternative<WatchFsm::Start>(event));
    }
    const auto* answer = std::get_if<WatchFsm::Answered>(&event);
    if (answer != nullptr || std::holds_alternative<WatchFsm::Failed>(event)) asking_ = false;
    bool published = false;
    for (const auto& action : actions) {
      std::visit(core::Overloaded{
                     [&](const WatchFsm::Ask& a) { ask(a); },
                     [&](const WatchFsm::Publish& a) {
                       published = true;
                       ASSERT_NE(answer, nullptr);
                       EXPECT_EQ(a.endpoints, answer->endpoints);
                     },
                     [&](const WatchFsm::Report&) {},
                     [&](const WatchFsm::Abort&) {
                       EXPECT_TRUE(asking_);
                       asking_ = false;
                     },
                 },
                 action);
    }
    if (before == State::asking && answer != nullptr) {
      EXPECT_TRUE(published || answer->index == asked_for_) << "a change was not published";
    }
    EXPECT_EQ(asking_, fsm_.state() == State::asking);
    const bool alive = fsm_.state() == State::asking || fsm_.state() == State::waiting;
    const auto due = fsm_.next_deadline();
    EXPECT_EQ(due.has_value(), alive) << "nobody asks any more";
    if (due) {
      EXPECT_LE(*due, now_ + policy_.wait + policy_.wait / 16 + policy_.patience);
    }
    if (due && std::holds_alternative<WatchFsm::Tick>(event)) {
      EXPECT_GT(*due, now_) << "its owner spins";
    }
    if (fsm_.state() == State::asking && !actions.empty()) asked_for_ = index_;
  }

  void ask(const WatchFsm::Ask& action) {
    EXPECT_FALSE(asking_) << "two questions at a time";
    asking_ = true;
    index_ = action.index;
    // In any stretch of time no more than a burst, and one for each pace that has passed.
    asked_at_.push_back(now_);
    const auto within = [&](std::size_t count) { return now_ - asked_at_[asked_at_.size() - count]; };
    for (std::size_t count = 1; count <= std::min<std::size_t>(asked_at_.size(), 40); ++count) {
      const auto paces = static_cast<std::size_t>(within(count) / policy_.pace);
      EXPECT_LE(count, static_cast<std::size_t>(policy_.burst) + paces + 1) << "more questions than allowed";
    }
  }

  Bytes& input_;
  core::Rng rng_;
  core::TimePoint now_ = core::TimePoint{} + std::chrono::hours(1);
  core::WatchPolicy policy_;
  WatchFsm fsm_{policy_};
  bool asking_ = false;
  std::uint64_t index_ = 0;
  std::uint64_t asked_for_ = 0;
  std::deque<core::TimePoint> asked_at_;
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rediscovery::fuzz::drive<rediscovery::fuzz::Driver>(data, size);
}
