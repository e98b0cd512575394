// ConnectionFsm: it opens or fails once, in its time; what is over says nothing; every wait has a deadline.
#include "core/connection_fsm.hpp"
#include "core/overloaded.hpp"
#include "fuzz/machine.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

using core::ConnectionFsm;
using State = ConnectionFsm::State;

class Driver {
 public:
  explicit Driver(Bytes& input) : input_(input) {}

  void step() {
    now_ += some_time(input_);
    switch (input_.below(12)) {
      case 0:
      case 1:
        return on(ConnectionFsm::Connected{});
      case 2:
      case 3:
        return on(ConnectionFsm::Greeted{some_report(input_)});
      case 4:
        return on(ConnectionFsm::Ask{});
      case 5:
        return on(ConnectionFsm::Answered{some_report(input_)});
      case 6:
        if (input_.chance()) oldest_ = now_;
        return on(ConnectionFsm::Unanswered{oldest_});
      case 7:
        return input_.byte() > 0xF0 ? on(ConnectionFsm::Failed{"reset", input_.chance()})
                                    : on(ConnectionFsm::Tick{});
      case 8:
        return input_.byte() > 0xF0 ? on(ConnectionFsm::Ended{}) : on(ConnectionFsm::Tick{});
      case 9:
        return on(ConnectionFsm::Retire{static_cast<core::OldMaster>(input_.below(3))});
      default:
        if (const auto due = fsm_.next_deadline()) now_ = std::max(now_, *due);
        return on(ConnectionFsm::Tick{});
    }
  }

 private:
  static bool is_opening(State state) { return state == State::connecting || state == State::greeting; }

  void on(const ConnectionFsm::Event& event) {
    const State before = fsm_.state();
    const auto action = fsm_.on(event, now_);
    const State after = fsm_.state();
    if (before == State::over) {
      EXPECT_EQ(after, State::over);
      EXPECT_FALSE(action) << "there is nothing more to say";
    }
    EXPECT_FALSE(is_opening(after) && !is_opening(before)) << "it opens a second time";
    EXPECT_TRUE(before == after || after != State::over || action) << "over, and nobody was told";
    if (action) check(*action, before, event);

    const auto due = fsm_.next_deadline();
    EXPECT_EQ(due.has_value(), after != State::ready && after != State::over) << "a wait without a deadline";
    if (is_opening(after)) {
      EXPECT_EQ(due, started_ + policy_.connect_timeout) << "time for both";
    }
    if (std::holds_alternative<ConnectionFsm::Tick>(event) && due) {
      EXPECT_GT(*due, now_) << "its owner spins";
    }
  }

  void check(const ConnectionFsm::Action& action, State before, const ConnectionFsm::Event& event) {
    std::visit(
        core::Overloaded{
            [&](const ConnectionFsm::Opened&) {
              EXPECT_EQ(before, State::greeting);
              EXPECT_TRUE(std::holds_alternative<ConnectionFsm::Greeted>(event));
            },
            [&](const ConnectionFsm::NotOpened& a) {
              EXPECT_TRUE(is_opening(before));
              EXPECT_FALSE(a.problem.empty());
            },
            [&](const ConnectionFsm::SendQuestion&) { EXPECT_EQ(before, State::ready); },
            [&](const ConnectionFsm::Report&) { EXPECT_EQ(before, State::asking); },
            [&](const ConnectionFsm::Silent&) {
              EXPECT_TRUE(before == State::ready || before == State::asking);
              EXPECT_GE(now_ - oldest_, policy_.silence_timeout);
              EXPECT_NE(oldest_, told_) << "one command is told as silent twice";
              told_ = oldest_;
            },
            [&](const ConnectionFsm::Broken&) {
              EXPECT_TRUE(before == State::ready || before == State::asking);
            },
            [&](const ConnectionFsm::CutByServer&) { EXPECT_FALSE(is_opening(before)); },
            [&](const ConnectionFsm::CutOff&) {
              EXPECT_TRUE(before == State::draining || std::holds_alternative<ConnectionFsm::Retire>(event));
            },
        },
        action);
  }

  Bytes& input_;
  core::TimePoint now_ = core::TimePoint{} + std::chrono::hours(1);
  const core::TimePoint started_ = now_;
  core::TimePoint oldest_ = now_;
  core::TimePoint told_{};
  core::ConnectionPolicy policy_;
  ConnectionFsm fsm_{policy_, node(0), now_};
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rediscovery::fuzz::drive<rediscovery::fuzz::Driver>(data, size);
}
