#include "core/pool_fsm.hpp"

#include <algorithm>

#include "core/overloaded.hpp"

namespace rediscovery::core {

PoolFsm::Actions PoolFsm::on(const Event& event, TimePoint now, Rng& rng) {
  Actions actions;
  std::visit(Overloaded{
                 [&](const Acquire& e) { acquire(e.waiter, now, actions); },
                 [&](const GiveUp& e) { std::erase(waiters_, e.waiter); },
                 [&](const Release& e) { release(e.connection, e.reusable, now, actions); },
                 [&](const Opened& e) {
                   if (e.generation == generation_ && connecting_ > 0) --connecting_;
                   if (e.generation != generation_ || state_ == State::closed) {
                     actions.emplace_back(Close{e.connection, "came too late"});
                   } else {
                     admit(e.connection, now, rng, actions);
                     connect_as_needed(actions);  // max_connecting may have held others up
                   }
                 },
                 [&](const ConnectFailed& e) {
                   if (e.generation == generation_ && connecting_ > 0) --connecting_;
                   connect_as_needed(actions);
                 },
                 [&](const Adopted& e) { adopt(e, now, rng, actions); },
                 [&](const Suspended&) {
                   if (state_ == State::serving) state_ = State::paused;
                 },
                 [&](const Confirmed& e) {
                   if (state_ == State::paused) {
                     state_ = State::serving;
                     due_ = now;  // for the checks that were put off
                   }
                   admit(e.connection, now, rng, actions);
                   serve(actions);
                   connect_as_needed(actions);
                 },
                 [&](const Lost& e) { lose(e.connection, "closed by the server", actions); },
                 [&](const Checked& e) { check_done(e, now, actions); },
                 [&](const Refused& e) { fail_all(e.error, actions); },
                 [&](const Tick&) { tick(now, actions); },
                 [&](const CloseAll&) { close_all(actions); },
                 [&](const GraceOver&) {
                   for (const auto& [id, slot] : slots_) {
                     if (slot.use == Use::lent) actions.emplace_back(CutOff{id});
                   }
                 },
             },
             event);
  return actions;
}

void PoolFsm::acquire(WaiterId waiter, TimePoint now, Actions& actions) {
  if (state_ == State::closed) {
    actions.emplace_back(Fail{waiter, Error(ErrorCode::closed, Executed::no, "the pool is closed")});
    return;
  }
  if (state_ == State::serving && waiters_.empty()) {
    while (!idle_.empty()) {
      const ConnectionId connection = idle_.back();
      idle_.pop_back();
      Slot& slot = slots_.at(connection);
      if (!slot.retire_at || *slot.retire_at > now) {
        lend(waiter, connection, slot, actions);
        return;
      }
      drop(connection, "lifetime", actions);
    }
  }
  if (waiters_.size() >= policy_.max_waiters) {
    actions.emplace_back(Fail{waiter, Error(ErrorCode::overloaded, Executed::no,
                                            "max_waiters (" + std::to_string(policy_.max_waiters) +
                                                ") callers wait for a connection already")});
    // Where nobody may wait, all that can be done is to have a connection for the next caller.
    connect_as_needed(actions, 1);
    return;
  }
  waiters_.push_back(waiter);
  connect_as_needed(actions);
}

void PoolFsm::release(ConnectionId connection, bool reusable, TimePoint now, Actions& actions) {
  const auto found = slots_.find(connection);
  if (found == slots_.end() || found->second.use != Use::lent) return;
  Slot& slot = found->second;
  --lent_;
  if (slot.generation != generation_) {
    drop(connection, "drained", actions);
    if (--old_ == 0) actions.emplace_back(Drained{generation_});
  } else if (!reusable || slot.doomed || state_ == State::closed) {
    drop(connection, state_ == State::closed ? "the pool was closed" : "spent", actions);
  } else if (slot.retire_at && *slot.retire_at <= now) {
    drop(connection, "lifetime", actions);
  } else if (state_ == State::serving && asked_at_ + policy_.idle_check_interval <= now) {
    check(connection, slot, now, actions);  // none has been idle for long enough
  } else {
    rest(connection, slot, now, actions);
  }
  connect_as_needed(actions);
}

void PoolFsm::admit(ConnectionId connection, TimePoint now, Rng& rng, Actions& actions) {
  if (state_ == State::closed || current() >= policy_.max_connections) {
    actions.emplace_back(Close{connection, state_ == State::closed ? "the pool was closed" : "one too many"});
    return;
  }
  Slot& slot = slots_[connection];
  slot.generation = generation_;
  slot.checked_at = now;  // its handshake asked for the role
  asked_at_ = now;
  if (policy_.max_lifetime) {
    // A tenth either way: connections opened together must not end together.
    const Duration tenth = *policy_.max_lifetime / 10;
    slot.retire_at = now + rng.between(*policy_.max_lifetime - tenth, *policy_.max_lifetime + tenth);
  }
  rest(connection, slot, now, actions);
}

void PoolFsm::adopt(const Adopted& event, TimePoint now, Rng& rng, Actions& actions) {
  if (state_ == State::closed) {
    actions.emplace_back(Close{event.connection, "the pool was closed"});
    return;
  }
  generation_ = event.generation;
  state_ = State::serving;
  connecting_ = 0;  // what is under way belongs to the generation before and is closed when it arrives
  idle_.clear();
  std::vector<ConnectionId> unused;
  for (const auto& [id, slot] : slots_) {
    if (slot.use != Use::lent) unused.push_back(id);
  }
  for (const ConnectionId id : unused) drop(id, "of an older generation", actions);
  const bool had_old = old_ > 0;
  old_ = lent_;
  admit(event.connection, now, rng, actions);
  if (old_ == 0 && (had_old || !unused.empty())) actions.emplace_back(Drained{generation_});
  serve(actions);
  connect_as_needed(actions);
}

void PoolFsm::lose(ConnectionId connection, std::string_view reason, Actions& actions) {
  const auto found = slots_.find(connection);
  if (found == slots_.end()) return;
  if (found->second.use == Use::lent) {
    found->second.doomed = true;  // its holder finds out by itself
    return;
  }
  std::erase(idle_, connection);
  drop(connection, reason, actions);
  connect_as_needed(actions);
}

void PoolFsm::check_done(const Checked& event, TimePoint now, Actions& actions) {
  if (!event.healthy) return lose(event.connection, "did not pass its check", actions);
  const auto found = slots_.find(event.connection);
  if (found == slots_.end() || found->second.use != Use::checking) return;
  Slot& slot = found->second;
  slot.checked_at = now;
  if (state_ == State::serving && !waiters_.empty()) {
    const WaiterId waiter = waiters_.front();
    waiters_.pop_front();
    lend(waiter, event.connection, slot, actions);
    return;
  }
  slot.use = Use::idle;
  idle_.push_front(event.connection);  // it is still the longest unused
  keep_due(slot);
}

void PoolFsm::tick(TimePoint now, Actions& actions) {
  if (!due_ || now < *due_) return;
  due_.reset();
  std::size_t left = idle_.size();
  for (std::size_t turn = idle_.size(); turn > 0; --turn) {
    const ConnectionId connection = idle_.front();
    idle_.pop_front();
    Slot& slot = slots_.at(connection);
    if (slot.retire_at && *slot.retire_at <= now) {
      drop(connection, "lifetime", actions);
      --left;
    } else if (policy_.max_idle_time && left > policy_.min_idle &&
               slot.idle_since + *policy_.max_idle_time <= now) {
      drop(connection, "idle for too long", actions);
      --left;
    } else if (state_ == State::serving &&
               std::max(slot.checked_at, slot.idle_since) + policy_.idle_check_interval <= now) {
      check(connection, slot, now, actions);
    } else {
      idle_.push_back(connection);
    }
  }
  for (const ConnectionId connection : idle_) keep_due(slots_.at(connection));
  connect_as_needed(actions);
}

// Only what tick() would act on counts, or a deadline in the past would never go away: checks while serving,
// the time of idling above min_idle.
void PoolFsm::keep_due(const Slot& idle) {
  const auto consider = [&](TimePoint at) { due_ = due_ ? std::min(*due_, at) : at; };
  if (idle.retire_at) consider(*idle.retire_at);
  if (state_ == State::serving) {
    consider(std::max(idle.checked_at, idle.idle_since) + policy_.idle_check_interval);
  }
  if (policy_.max_idle_time && idle_.size() > policy_.min_idle) {
    consider(idle.idle_since + *policy_.max_idle_time);
  }
}

void PoolFsm::close_all(Actions& actions) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  connecting_ = 0;
  due_.reset();
  fail_all(Error(ErrorCode::closed, Executed::no, "the pool was closed"), actions);
  idle_.clear();
  std::vector<ConnectionId> unused;
  for (const auto& [id, slot] : slots_) {
    if (slot.use != Use::lent) unused.push_back(id);
  }
  for (const ConnectionId id : unused) drop(id, "the pool was closed", actions);
}

void PoolFsm::fail_all(const Error& error, Actions& actions) {
  for (const WaiterId waiter : waiters_) actions.emplace_back(Fail{waiter, error});
  waiters_.clear();
}

void PoolFsm::rest(ConnectionId connection, Slot& slot, TimePoint now, Actions& actions) {
  slot.use = Use::idle;
  slot.idle_since = now;
  idle_.push_back(connection);
  keep_due(slot);
  serve(actions);
}

void PoolFsm::check(ConnectionId connection, Slot& slot, TimePoint now, Actions& actions) {
  slot.use = Use::checking;
  asked_at_ = now;
  actions.emplace_back(Check{connection});
}

void PoolFsm::lend(WaiterId waiter, ConnectionId connection, Slot& slot, Actions& actions) {
  slot.use = Use::lent;
  ++lent_;
  actions.emplace_back(Lend{waiter, connection});
}

void PoolFsm::drop(ConnectionId connection, std::string_view reason, Actions& actions) {
  slots_.erase(connection);
  actions.emplace_back(Close{connection, reason});
}

void PoolFsm::serve(Actions& actions) {
  while (state_ == State::serving && !waiters_.empty() && !idle_.empty()) {
    const ConnectionId connection = idle_.back();
    const WaiterId waiter = waiters_.front();
    idle_.pop_back();
    waiters_.pop_front();
    lend(waiter, connection, slots_.at(connection), actions);
  }
}

void PoolFsm::connect_as_needed(Actions& actions, std::size_t least_ready) {
  if (state_ != State::serving) return;
  const std::size_t ready = current() - (lent_ - old_);  // idle, or being checked and idle again in a moment
  const std::size_t spare = std::max(policy_.min_idle, least_ready);
  const std::size_t wanted = waiters_.size() + (spare > ready ? spare - ready : 0);
  while (connecting_ < wanted && connecting_ < policy_.max_connecting &&
         current() + connecting_ < policy_.max_connections) {
    ++connecting_;
    actions.emplace_back(Connect{generation_});
  }
}

std::size_t PoolFsm::current() const { return slots_.size() - old_; }

}  // namespace rediscovery::core
