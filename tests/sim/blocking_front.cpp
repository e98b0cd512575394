#include "sim/blocking_front.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/overloaded.hpp"

namespace rediscovery::sim {

using core::PoolFsm;

struct BlockingFront::Caller {
  enum class Stage : std::uint8_t { waiting, exchanging, pausing, done };

  CommandId id;
  CommandKind kind;
  TimePoint deadline;
  core::Attempts attempts;
  core::Rng jitter;

  Caller(CommandId id_, CommandKind kind_, TimePoint started, TimePoint deadline_, std::uint64_t seed);

  Stage stage = Stage::waiting;
  std::uint64_t turn = 0;  // of its thread; what was meant for an earlier one is void
  std::optional<Result<ConnectionPtr>> borrowed;
  bool is_borrowing = false;  // inside the call that asks for a connection
  ConnectionPtr connection;
};

BlockingFront::Caller::Caller(CommandId id_, CommandKind kind_, TimePoint started, TimePoint deadline_,
                              std::uint64_t seed)
    : id(id_),
      kind(kind_),
      deadline(deadline_),
      attempts(command_of(kind_, id_), started, deadline_),
      jitter(seed) {}

BlockingFront::BlockingFront(Context& context, Cluster& cluster, Network& network, Ledger& ledger, Loop& loop,
                             const core::PoolPolicy& policy)
    : Front(context, cluster, network, ledger, loop),
      policy_(policy),
      rng_(context.rng.next()),
      fsm_(policy) {}

// ---- a caller's thread -----------------------------------------------------------------------------------

void BlockingFront::execute(CommandKind kind, Duration timeout) {
  const TimePoint started = context_.now();
  const TimePoint deadline = started + timeout;
  const CommandId id = ledger_.open(kind, deadline);
  context_.note("command", id, [&] { return '#' + std::to_string(id) + ' ' + std::string(to_string(kind)); });
  const auto caller = std::make_shared<Caller>(id, kind, started, deadline, context_.rng.next());
  context_.scheduler.at(deadline, [this, caller] { at_deadline(caller); });
  borrow(caller);
}

void BlockingFront::borrow(const CallerPtr& caller) {
  ++caller->turn;
  caller->stage = Caller::Stage::waiting;
  caller->borrowed.reset();
  waiting_.emplace(caller->id, caller);
  caller->is_borrowing = true;
  on(PoolFsm::Acquire{caller->id});
  caller->is_borrowing = false;
  if (caller->borrowed) proceed(caller);
}

void BlockingFront::proceed(const CallerPtr& caller) {
  if (!*caller->borrowed) return finish(caller, caller->attempts.give_up(caller->borrowed->error()));
  caller->connection = std::move(**caller->borrowed);
  if (context_.now() < caller->deadline) return exchange(caller);
  on(PoolFsm::Release{std::exchange(caller->connection, nullptr)->id, true});
  finish(caller,
         caller->attempts.give_up(Error(ErrorCode::timeout, Executed::no, "before it could be sent")));
}

void BlockingFront::exchange(const CallerPtr& caller) {
  ++caller->turn;
  caller->stage = Caller::Stage::exchanging;
  Connection& connection = *caller->connection;
  if (connection.at_end || connection.has_ended) {
    return attempted(caller, Error(ErrorCode::connection_lost, Executed::no, "closed while it was idle"));
  }
  connection.asked(context_.now(), caller->kind == CommandKind::set);
  ledger_.sent(caller->id);
  context_.note("send", caller->id, [&] {
    return '#' + std::to_string(caller->id) + " to " + cluster_.node(connection.node).endpoint.to_string();
  });
  connection.wake_holder = [this, caller] {
    wake(caller, [this, caller] {
      attempted(caller, Error(ErrorCode::connection_lost, Executed::maybe, "the connection ended"));
    });
  };
  network_.request(connection.link, [this, caller, turn = caller->turn, link = connection.link] {
    Reply reply = cluster_.execute(link->node, caller->id, caller->kind);
    network_.respond(link, [this, caller, turn, reply = std::move(reply)] {
      if (caller->turn == turn) wake(caller, [this, caller, reply] { arrived(caller, reply); });
    });
  });
}

void BlockingFront::arrived(const CallerPtr& caller, Reply reply) {
  const Connection& connection = *caller->connection;
  ledger_.answered(caller->id, proves_not_executed(reply));
  if (!reply.is_error() && !caller->attempts.traits().only_reads && connection.has_ended) {
    return attempted(caller, Error(ErrorCode::connection_lost, Executed::maybe, "answered after the switch"));
  }
  attempted(caller, std::move(reply));
}

void BlockingFront::attempted(const CallerPtr& caller, Result<Reply> outcome) {
  ++caller->turn;
  const ConnectionPtr connection = std::exchange(caller->connection, nullptr);
  const bool was_sent = connection->asked_at.has_value();
  connection->answered();
  connection->wake_holder = nullptr;
  if (was_sent && !outcome) ledger_.answered(caller->id, false);
  auto step =
      caller->attempts.after(std::move(outcome), connection->generation, context_.now(), caller->jitter);
  if (step.evidence && connection->generation == fsm_.generation()) {
    on(PoolFsm::Suspended{});
    loop_.evidence({connection->generation, *step.evidence, step.detail});
  }
  on(PoolFsm::Release{connection->id, !step.spent});
  if (step.result) return finish(caller, *step.result);
  ++context_.totals.retries;
  if (step.not_before <= context_.now()) return borrow(caller);
  caller->stage = Caller::Stage::pausing;
  context_.scheduler.at(step.not_before, [this, caller, turn = caller->turn] {
    if (caller->turn != turn) return;
    if (fsm_.state() != PoolFsm::State::closed) return borrow(caller);
    finish(caller, caller->attempts.give_up(Error(ErrorCode::closed, Executed::no, "the pool was closed")));
  });
}

void BlockingFront::at_deadline(const CallerPtr& caller) {
  switch (caller->stage) {
    case Caller::Stage::waiting:
      if (caller->borrowed) return proceed(caller);  // woken for both reasons at once
      waiting_.erase(caller->id);
      on(PoolFsm::GiveUp{caller->id});
      return finish(caller, caller->attempts.give_up(Error(ErrorCode::no_master, Executed::no, "in time")));
    case Caller::Stage::exchanging:
      return attempted(caller, Error(ErrorCode::timeout, Executed::maybe, "no answer in time"));
    case Caller::Stage::pausing:
      return context_.violated("a caller pauses beyond its deadline");
    case Caller::Stage::done:
      return;
  }
}

void BlockingFront::finish(const CallerPtr& caller, const Result<Reply>& result) {
  ++caller->turn;
  caller->stage = Caller::Stage::done;
  ledger_.completed(caller->id, result);
}

void BlockingFront::wake(const CallerPtr& caller, std::function<void()> task) {
  // Mostly at once; now and then the thread does not get a processor for a while.
  const Duration late = context_.chance(2) ? context_.between(1ms, 10ms) : context_.between(2us, 20us);
  const TimePoint at = std::min(context_.now() + late, caller->deadline);
  context_.scheduler.at(at, [caller, turn = caller->turn, task = std::move(task)] {
    if (caller->turn == turn) task();
  });
}

// ---- PoolFsm ---------------------------------------------------------------------------------------------

void BlockingFront::handle(const PoolFsm::Event& event, const ConnectionPtr& joining) {
  if (joining) connections_.emplace(joining->id, joining);
  perform(fsm_.on(event, context_.now(), rng_));
  check_bounds();
}

void BlockingFront::ask(const ConnectionPtr& connection, std::function<void(core::NodeReport)> done) {
  network_.request(connection->link, [this, link = connection->link, done = std::move(done)] {
    network_.respond(link, [done, report = cluster_.report(link->node)] { done(report); });
  });
}

bool BlockingFront::is_used() { return use_.ask(fsm_.lent() > 0); }

void BlockingFront::perform(const PoolFsm::Actions& actions) {
  const auto answer = [this](core::WaiterId waiter, Result<ConnectionPtr> outcome) {
    const auto found = waiting_.find(waiter);
    if (found == waiting_.end()) return context_.violated("somebody was answered who does not wait");
    const CallerPtr caller = found->second;
    waiting_.erase(found);
    caller->borrowed = std::move(outcome);
    if (!caller->is_borrowing) wake(caller, [this, caller] { proceed(caller); });
  };
  for (const auto& action : actions) {
    std::visit(core::Overloaded{
                   [&](const PoolFsm::Lend& lend) {
                     const auto& connection = connections_.at(lend.connection);
                     check_usable(*connection, fsm_);
                     if (use_.use()) loop_.wake();
                     answer(lend.waiter, connection);
                   },
                   [&](const PoolFsm::Fail& fail) { answer(fail.waiter, fail.error); },
                   [&](const PoolFsm::Connect& connect) { loop_.connect(connect.generation); },
                   [&](const PoolFsm::Close& close) {
                     if (auto node = connections_.extract(close.connection)) {
                       loop_.discard(std::move(node.mapped()), std::string(close.reason));
                     }
                   },
                   [&](const PoolFsm::CutOff& cut_off) { cut(*connections_.at(cut_off.connection), false); },
                   [&](const PoolFsm::Check& check) { loop_.check(check.connection); },
                   [&](const PoolFsm::Drained&) {},
               },
               action);
  }
}

void BlockingFront::cut(Connection& connection, bool writes_only) {
  connection.has_ended = true;
  if (writes_only && !connection.repeatable) return;
  network_.close(connection.link);
  connection.ended();
}

// ---- invariants ------------------------------------------------------------------------------------------

void BlockingFront::check_bounds() {
  std::size_t current = 0;
  for (const auto& [id, connection] : connections_) {
    if (connection->generation == fsm_.generation()) ++current;
  }
  if (current > policy_.max_connections) context_.violated("more than max_connections");
  if (fsm_.waiting() > policy_.max_waiters) context_.violated("more than max_waiters");
  if (fsm_.connecting() > policy_.max_connecting) context_.violated("more than max_connecting");
  if (fsm_.waiting() != waiting_.size()) context_.violated("PoolFsm and its owner disagree about who waits");
}

}  // namespace rediscovery::sim
