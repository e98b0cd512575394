// PoolFsm against a simple account of who has what, whatever happens. What happens is chosen by a seed (the
// unit test) or by an input (fuzzing).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/overloaded.hpp"
#include "core/pool_fsm.hpp"
#include "unit/core/script.hpp"

namespace rediscovery::core {

template <typename Choices>
PoolPolicy chosen_policy(Choices& choices) {
  PoolPolicy policy;
  policy.max_connections = 1 + choices.next() % 6;
  policy.min_idle = choices.next() % (policy.max_connections + 1);
  policy.max_waiters = choices.next() % 8;
  policy.max_connecting = 1 + choices.next() % 4;
  policy.idle_check_interval = std::chrono::milliseconds(300);
  if (choices.next() % 2 == 0) policy.max_idle_time = std::chrono::milliseconds(700);
  if (choices.next() % 2 == 0) policy.max_lifetime = std::chrono::seconds(2);
  return policy;
}

// What a driver of PoolFsm knows, and what it may expect of it.
template <typename Choices>
class PoolModel {
 public:
  explicit PoolModel(Choices& choices)
      : choices_(choices), rng_(choices.next()), policy_(chosen_policy(choices)), fsm_(policy_) {}

  void step() {
    // Mostly within a command's time, now and then beyond every timer.
    now_ +=
        choices_.between(Duration::zero(), std::chrono::milliseconds(choices_.next() % 50 == 0 ? 3000 : 5));
    switch (choices_.next() % 20) {
      case 0:
      case 1:
      case 2:
      case 3:
        return acquire();
      case 4:
        return give_up();
      case 5:
      case 6:
      case 7:
        return release(choices_.next() % 8 != 0);
      case 8:
      case 9:
      case 10:
        return end_a_connect(choices_.next() % 6 != 0);
      case 11:
        return choices_.next() % 4 == 0 ? adopt() : suspend();
      case 12:
        return confirm();
      case 13:
        return lose();
      case 14:
      case 15:
        return end_a_check(choices_.next() % 6 != 0);
      case 16:
        return choices_.next() % 10 == 0 ? refuse() : tick();
      default:
        return tick();
    }
  }

  void close() { on(PoolFsm::CloseAll{}, "close"); }

  // Whatever was still lent, connecting or being checked when the pool was closed comes back.
  void come_to_an_end() {
    on(PoolFsm::GraceOver{}, "the grace is over");
    while (!connects_.empty()) end_a_connect(true);
    for (int i = 0; i < 20; ++i) end_a_check(true);
    while (pick(Use::lent) != 0) release(true);
    EXPECT_TRUE(connections_.empty());
    EXPECT_TRUE(waiters_.empty());
    EXPECT_EQ(fsm_.idle() + fsm_.lent() + fsm_.connecting() + fsm_.waiting(), 0U);
  }

 private:
  using State = PoolFsm::State;
  enum class Use { arriving, idle, lent, checking };
  struct Connection {
    std::uint64_t generation;
    Use use = Use::arriving;
    bool doomed = false;  // lost while it was lent
  };

  // ---- events -------------------------------------------------------------------------------------
  void acquire() {
    waiters_.push_back(++last_waiter_);
    on(PoolFsm::Acquire{last_waiter_}, "acquire");
  }
  void give_up() {
    if (waiters_.empty()) return;
    const auto waiter = waiters_.begin() + static_cast<std::ptrdiff_t>(choices_.next() % waiters_.size());
    const WaiterId id = *waiter;
    waiters_.erase(waiter);
    on(PoolFsm::GiveUp{id}, "give up");
  }
  void release(bool reusable) {
    const ConnectionId id = pick(Use::lent);
    if (id == 0) return;
    Connection& connection = connections_.at(id);
    const bool must_close = !reusable || connection.doomed || connection.generation != fsm_.generation() ||
                            fsm_.state() == State::closed;
    connection.use = Use::arriving;
    on(PoolFsm::Release{id, reusable}, "release");
    EXPECT_FALSE((must_close) && connections_.contains(id)) << trace_ << "kept " << id;
  }
  void end_a_connect(bool successful) {
    if (connects_.empty()) return;
    const auto connect = connects_.begin() + static_cast<std::ptrdiff_t>(choices_.next() % connects_.size());
    const std::uint64_t generation = *connect;
    connects_.erase(connect);
    if (!successful) return on(PoolFsm::ConnectFailed{generation}, "connect failed");
    const ConnectionId id = arrive(generation);
    on(PoolFsm::Opened{id, generation}, "opened");
    EXPECT_FALSE((generation != fsm_.generation()) && connections_.contains(id)) << trace_ << "kept " << id;
  }
  void adopt() {
    ++generation_;
    const ConnectionId id = arrive(generation_);
    on(PoolFsm::Adopted{generation_, id}, "adopted");
  }
  void suspend() { on(PoolFsm::Suspended{}, "suspended"); }
  void confirm() {
    if (generation_ == 0) return;
    const ConnectionId id = arrive(generation_);
    on(PoolFsm::Confirmed{id}, "confirmed");
  }
  void lose() {
    for (const Use use : {Use::idle, Use::lent, Use::checking}) {
      const ConnectionId id = pick(use);
      if (id == 0 || choices_.next() % 3 != 0) continue;
      if (use == Use::lent) connections_.at(id).doomed = true;
      if (choices_.next() % 2 == 0) {
        on(PoolFsm::Lost{id}, "lost");
      } else {
        on(PoolFsm::Checked{id, false}, "of no use");
      }
      EXPECT_EQ(connections_.contains(id), use == Use::lent) << trace_;
      return;
    }
  }
  void end_a_check(bool healthy) {
    const ConnectionId id = pick(Use::checking);
    if (id == 0) return;
    connections_.at(id).use = Use::arriving;
    on(PoolFsm::Checked{id, healthy}, "checked");
    EXPECT_FALSE((!healthy) && connections_.contains(id)) << trace_ << "kept " << id;
  }
  void refuse() { on(PoolFsm::Refused{Error(ErrorCode::authentication, Executed::no, "")}, "refused"); }
  void tick() {
    on(PoolFsm::Tick{}, "tick");
    const auto next = fsm_.next_deadline();
    EXPECT_TRUE(!next || *next > now_) << trace_ << "a tick must do all that is due, or its owner spins";
  }

  // ---- actions ------------------------------------------------------------------------------------
  void on(const PoolFsm::Event& event, const char* name) {
    const auto actions = fsm_.on(event, now_, rng_);
    trace_ = std::string("after '") + name + "', state ";
    std::ostringstream out;
    out << fsm_.state() << ", " << Script<PoolFsm::Action>{actions} << ": ";
    trace_ += out.str();
    for (const auto& action : actions) {
      std::visit(Overloaded{
                     [&](const PoolFsm::Lend& a) { lend(a); },
                     [&](const PoolFsm::Fail& a) { answer(a.waiter); },
                     [&](const PoolFsm::Connect& a) { connect(a); },
                     [&](const PoolFsm::Close& a) { close(a); },
                     [&](const PoolFsm::CutOff& a) { cut_off(a); },
                     [&](const PoolFsm::Check& a) { check(a); },
                     [&](const PoolFsm::Drained& a) { drained(a); },
                 },
                 action);
    }
    for (auto& [id, connection] : connections_) {
      if (connection.use == Use::arriving) connection.use = Use::idle;
    }
    verify();
  }

  void lend(const PoolFsm::Lend& action) {
    EXPECT_EQ(fsm_.state(), State::serving) << trace_;
    ASSERT_TRUE(connections_.contains(action.connection)) << trace_;
    Connection& connection = connections_.at(action.connection);
    EXPECT_TRUE(connection.use == Use::idle || connection.use == Use::arriving) << trace_ << "not free";
    EXPECT_EQ(connection.generation, fsm_.generation()) << trace_;
    EXPECT_FALSE(connection.doomed) << trace_;
    ASSERT_FALSE(waiters_.empty()) << trace_;
    EXPECT_EQ(waiters_.front(), action.waiter) << trace_ << "out of turn";
    answer(action.waiter);
    connection.use = Use::lent;
  }
  void answer(WaiterId waiter) {
    const auto found = std::find(waiters_.begin(), waiters_.end(), waiter);
    ASSERT_NE(found, waiters_.end()) << trace_ << waiter << " does not wait";
    waiters_.erase(found);
  }
  void connect(const PoolFsm::Connect& action) {
    EXPECT_EQ(action.generation, fsm_.generation()) << trace_;
    EXPECT_EQ(fsm_.state(), State::serving) << trace_;
    connects_.push_back(action.generation);
  }
  void close(const PoolFsm::Close& action) {
    ASSERT_TRUE(connections_.contains(action.connection)) << trace_ << "closed twice";
    EXPECT_NE(connections_.at(action.connection).use, Use::lent) << trace_ << "closed under its holder";
    connections_.erase(action.connection);
  }
  void cut_off(const PoolFsm::CutOff& action) {
    ASSERT_TRUE(connections_.contains(action.connection)) << trace_;
    EXPECT_EQ(connections_.at(action.connection).use, Use::lent) << trace_;
    EXPECT_EQ(fsm_.state(), State::closed) << trace_;
  }
  void check(const PoolFsm::Check& action) {
    EXPECT_EQ(fsm_.state(), State::serving) << trace_;
    ASSERT_TRUE(connections_.contains(action.connection)) << trace_;
    Connection& connection = connections_.at(action.connection);
    EXPECT_TRUE(connection.use == Use::idle || connection.use == Use::arriving) << trace_;
    connection.use = Use::checking;
  }
  void drained(const PoolFsm::Drained& action) {
    EXPECT_EQ(action.generation, fsm_.generation()) << trace_;
    EXPECT_GT(action.generation, last_drained_) << trace_ << "drained twice";
    last_drained_ = action.generation;
    for (const auto& [id, connection] : connections_) {
      EXPECT_GE(connection.generation, action.generation) << trace_ << id << " is left";
    }
  }

  // ---- invariants ---------------------------------------------------------------------------------
  void verify() const {
    const auto count = [&](auto wanted) {
      return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(),
                                                    [&](const auto& entry) { return wanted(entry.second); }));
    };
    const std::size_t current =
        count([&](const Connection& connection) { return connection.generation == fsm_.generation(); });
    const auto connecting = static_cast<std::size_t>(
        fsm_.state() == State::closed ? 0
                                      : std::count(connects_.begin(), connects_.end(), fsm_.generation()));
    EXPECT_EQ(fsm_.idle(), count([](const Connection& connection) { return connection.use == Use::idle; }))
        << trace_;
    EXPECT_EQ(fsm_.lent(), count([](const Connection& connection) { return connection.use == Use::lent; }))
        << trace_;
    EXPECT_EQ(fsm_.waiting(), waiters_.size()) << trace_;
    EXPECT_EQ(fsm_.connecting(), connecting) << trace_;
    EXPECT_LE(current, policy_.max_connections) << trace_;
    EXPECT_LE(waiters_.size(), policy_.max_waiters) << trace_;
    EXPECT_LE(connecting, policy_.max_connecting) << trace_;
    if (fsm_.state() == State::closed) {
      EXPECT_EQ(waiters_.size() + fsm_.idle(), 0U) << trace_;
    }
    if (fsm_.state() != State::serving) return;
    EXPECT_TRUE(waiters_.empty() || fsm_.idle() == 0) << trace_ << "somebody waits beside an idle connection";
    const std::size_t room = policy_.max_connections - current;
    EXPECT_GE(connecting, std::min({waiters_.size(), policy_.max_connecting, room}))
        << trace_ << "somebody waits and nothing is done about it";
  }

  ConnectionId arrive(std::uint64_t generation) {
    connections_.emplace(++last_connection_, Connection{generation});
    return last_connection_;
  }
  // A random connection in that use; 0 if there is none.
  ConnectionId pick(Use use) {
    std::vector<ConnectionId> found;
    for (const auto& [id, connection] : connections_) {
      if (connection.use == use) found.push_back(id);
    }
    return found.empty() ? 0 : found[choices_.next() % found.size()];
  }

  Choices& choices_;
  Rng rng_;  // the machine's own
  PoolPolicy policy_;
  PoolFsm fsm_;
  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
  std::map<ConnectionId, Connection> connections_;
  std::deque<WaiterId> waiters_;
  std::vector<std::uint64_t> connects_;  // the generations of those under way
  std::uint64_t generation_ = 0;
  std::uint64_t last_drained_ = 0;
  ConnectionId last_connection_ = 0;
  WaiterId last_waiter_ = 0;
  std::string trace_;
};

}  // namespace rediscovery::core
