#include "pool/pool_state.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <variant>

#include "core/overloaded.hpp"
#include "engine/loop.hpp"
#include "pool/pool_plan.hpp"

namespace rediscovery {
struct PoolState::Waiter {
  std::condition_variable wake;
  std::variant<std::monostate, ConnectionPtr, Error> outcome;

  [[nodiscard]] bool is_done() const { return outcome.index() != 0; }
  // A waiter lives on its thread's stack until it has been answered or has given up, so its address names it.
  [[nodiscard]] core::WaiterId id() { return reinterpret_cast<std::uintptr_t>(this); }
  static Waiter& of(core::WaiterId id) { return *reinterpret_cast<Waiter*>(static_cast<std::uintptr_t>(id)); }
};

struct PoolState::Errands {
  std::vector<std::uint64_t> connects;
  std::vector<core::ConnectionId> checks;
  std::vector<std::pair<ConnectionPtr, std::string_view>> discards;
  std::optional<std::uint64_t> drained;
  bool wake = false;
};

PoolState::PoolState(const Options& options)
    : read_from_(options.read_from), rng_(std::random_device{}()), fsm_(pool_policy(options)) {}

Error PoolState::forked() {
  return {ErrorCode::forked, Executed::no,
          "this pool belongs to the process that this one was forked from: make a pool of your own"};
}

Result<PoolState::ConnectionPtr> PoolState::borrow(core::TimePoint started, core::TimePoint deadline,
                                                   std::chrono::milliseconds timeout, TimeSpent& spent) {
  Waiter waiter;
  Errands errands;
  {
    std::unique_lock lock(mutex_);
    perform(fsm_.on(core::PoolFsm::Acquire{waiter.id()}, started, rng_), errands);
    if (!waiter.is_done()) {
      const core::Work before = work_;
      lock.unlock();
      run(errands);
      lock.lock();
      bool in_time = true;
      while (in_time && !waiter.is_done()) {
        in_time = waiter.wake.wait_until(lock, deadline) == std::cv_status::no_timeout;
      }
      const core::TimePoint ended = engine::now();
      counters.wait.record(ended - started);
      core::add_wait(spent, before, started, work_, ended);
      if (!waiter.is_done()) {
        perform(fsm_.on(core::PoolFsm::GiveUp{waiter.id()}, deadline, rng_), errands);
        return no_connection(timeout);
      }
    }
  }
  run(errands);
  if (const auto* error = std::get_if<Error>(&waiter.outcome)) return *error;
  return std::get<ConnectionPtr>(waiter.outcome);
}

Error PoolState::no_connection(std::chrono::milliseconds timeout) const {
  const std::string within = " within " + std::to_string(timeout.count()) + " ms";
  const std::string why = trouble_.empty() ? "" : ": " + trouble_;
  if (fsm_.state() == core::PoolFsm::State::serving) {
    return {ErrorCode::timeout, Executed::no,
            "no connection to " + master_ + " became free" + within + ": " + std::to_string(fsm_.lent()) +
                " are in use, " + std::to_string(fsm_.connecting()) + " are being opened"};
  }
  return {ErrorCode::no_master, Executed::no, "no verified master" + within + why};
}

void PoolState::give_back(const ConnectionPtr& connection, bool reusable, core::TimePoint now) {
  Errands errands;
  bool is_closing = false;
  {
    const std::lock_guard lock(mutex_);
    if (connection->generation == fsm_.generation()) {
      answered_at_ = std::max(answered_at_, connection->answered_at);
    }
    perform(fsm_.on(core::PoolFsm::Release{connection->id, reusable}, now, rng_), errands);
    is_closing = fsm_.state() == core::PoolFsm::State::closed;
  }
  run(errands);
  // Only close() waits for what is given back; callers that pause wait for close() alone.
  if (is_closing) changed_.notify_all();
}

void PoolState::evidence(const PooledConnection& connection, const core::Request& request,
                         core::EvidenceKind kind, const std::string& detail) {
  if (kind == core::EvidenceKind::silent && request.was_answered()) return;
  {
    const std::lock_guard lock(mutex_);
    if (connection.generation != fsm_.generation()) return;
    if (kind == core::EvidenceKind::silent && answered_at_ > connection.sent_at) return;
    // Pauses only; there is nothing to perform.
    (void)fsm_.on(core::PoolFsm::Suspended{}, engine::now(), rng_);
  }
  backstage_->evidence({connection.generation, kind, detail});
}

bool PoolState::is_closed() {
  const std::lock_guard lock(mutex_);
  return fsm_.state() == core::PoolFsm::State::closed;
}

void PoolState::close(std::chrono::milliseconds grace) {
  on(core::PoolFsm::CloseAll{}, engine::now());
  changed_.notify_all();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, core::saturating_add(engine::now(), grace),
                        [this] { return fsm_.lent() == 0 && reading_ == 0; });
  }
  on(core::PoolFsm::GraceOver{}, engine::now());
  backstage_->stop();
}

bool PoolState::pause(core::TimePoint until) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, until, [this] { return fsm_.state() == core::PoolFsm::State::closed; });
}

void PoolState::on(const core::PoolFsm::Event& event, core::TimePoint now, const ConnectionPtr& joining,
                   const std::string& master) {
  Errands errands;
  {
    const std::lock_guard lock(mutex_);
    if (joining) connections_.emplace(joining->id, joining);
    if (!master.empty()) master_ = master;
    perform(fsm_.on(event, now, rng_), errands);
  }
  run(errands);
}

void PoolState::perform(const core::PoolFsm::Actions& actions, Errands& errands) {
  for (const auto& action : actions) {
    std::visit(
        core::Overloaded{
            [&](const core::PoolFsm::Lend& lend) {
              Waiter& waiter = Waiter::of(lend.waiter);
              waiter.outcome = connections_.at(lend.connection);
              waiter.wake.notify_one();
              if (use_.use()) errands.wake = true;
            },
            [&](const core::PoolFsm::Fail& fail) {
              Waiter& waiter = Waiter::of(fail.waiter);
              waiter.outcome = fail.error;
              waiter.wake.notify_one();
            },
            [&](const core::PoolFsm::Connect& connect) { errands.connects.push_back(connect.generation); },
            [&](const core::PoolFsm::Close& close) {
              if (auto node = connections_.extract(close.connection)) {
                errands.discards.emplace_back(std::move(node.mapped()), close.reason);
              }
            },
            [&](const core::PoolFsm::CutOff& cut) { connections_.at(cut.connection)->cut(); },
            [&](const core::PoolFsm::Check& check) { errands.checks.push_back(check.connection); },
            [&](const core::PoolFsm::Drained& drained) { errands.drained = drained.generation; },
        },
        action);
  }
}

void PoolState::run(Errands& errands) {
  for (const auto generation : errands.connects) backstage_->connect(generation);
  for (const auto connection : errands.checks) backstage_->check(connection);
  for (auto& [connection, reason] : errands.discards) backstage_->discard(std::move(connection), reason);
  if (errands.drained) backstage_->drained(*errands.drained);
  if (errands.wake) backstage_->wake();
  errands = {};
}

std::optional<core::TimePoint> PoolState::next_deadline() {
  const std::lock_guard lock(mutex_);
  return fsm_.next_deadline();
}

bool PoolState::is_used() {
  const std::lock_guard lock(mutex_);
  return use_.ask(fsm_.lent() > 0);
}

void PoolState::set_background(const std::string& trouble, const core::Work& work) {
  const std::lock_guard lock(mutex_);
  if (trouble_ != trouble) trouble_ = trouble;
  work_ = work;
}

Stats PoolState::stats() {
  Stats stats;
  {
    const std::lock_guard lock(mutex_);
    stats.generation = fsm_.generation();
    stats.master = master_;
    stats.suspect = fsm_.state() == core::PoolFsm::State::paused;
    stats.idle = fsm_.idle();
    stats.in_use = fsm_.lent();
    stats.connecting = fsm_.connecting();
    stats.waiting = fsm_.waiting();
  }
  counters.read_into(stats);
  return stats;
}

}  // namespace rediscovery
