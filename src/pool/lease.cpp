// Exclusive use of one connection.
#include "core/retry_policy.hpp"
#include "engine/loop.hpp"
#include "pool/pool_state.hpp"

namespace rediscovery {
namespace {

// What a lease's commands have done to its connection, so that the next borrower does not inherit it.
class Session {
 public:
  // Why this command cannot be sent on a lease; empty if it can.
  [[nodiscard]] static std::string objection(const std::string& name) {
    for (const auto* many : {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC", "PSYNC"}) {
      if (name == many) return name + " has more than one answer and is not supported";
    }
    if (name == "HELLO") return "HELLO would change the protocol of the connection, which is the pool's";
    return "";
  }

  // The same, for what depends on what was sent before.
  [[nodiscard]] std::string objection(const Command& command) const {
    if (command.read_from().value_or(ReadFrom::master) != ReadFrom::master)
      return "from: a lease is a connection to the master";
    if (!in_transaction_) return "";
    if (command.replicas() > 0) return "acknowledged_by: not between MULTI and EXEC, where WAIT says nothing";
    if (command.script())
      return "a script's call() between MULTI and EXEC may come to nothing at EXEC; send EVAL with its text";
    return "";
  }

  // A refused EXEC ends the transaction all the same; a refused DISCARD or UNWATCH ends nothing.
  void sent(const std::string& name, const core::CommandTraits& traits, bool is_refused) {
    if (name == "MULTI") {
      in_transaction_ = in_transaction_ || !is_refused;  // a second one is refused, and ends nothing
    } else if (name == "WATCH") {
      watching_ = true;
    } else if (name == "EXEC" || name == "DISCARD") {
      if (name == "EXEC" || !is_refused) in_transaction_ = watching_ = false;
    } else if (name == "UNWATCH") {
      watching_ = watching_ && is_refused;
    } else if (traits.needs_lease) {
      changed_ = true;  // SELECT, CLIENT, HELLO, …: for good
    }
  }

  [[nodiscard]] bool is_clean() const { return !in_transaction_ && !watching_ && !changed_; }

 private:
  bool in_transaction_ = false;
  bool watching_ = false;
  bool changed_ = false;
};

}  // namespace

struct Lease::State {
  std::shared_ptr<PoolState> pool;
  PoolState::ConnectionPtr connection;
  core::TimePoint deadline;
  Session session;
  bool broken = false;

  State(std::shared_ptr<PoolState> pool_, PoolState::ConnectionPtr connection_, core::TimePoint deadline_)
      : pool(std::move(pool_)), connection(std::move(connection_)), deadline(deadline_) {}
  ~State() {
    if (pool->is_forked()) {
      new std::pair(std::move(pool), std::move(connection));  // left as they are, for good: see ForkMark
      return;
    }
    pool->give_back(connection, !broken && session.is_clean(), engine::now());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<Reply> execute(const Command& command, core::TimePoint until) {
    if (pool->is_forked()) return PoolState::forked();
    core::Request request(&command);
    if (auto objection = request.objection(); !objection.empty()) {
      return Error(ErrorCode::invalid_argument, Executed::no, objection);
    }
    if (broken) {
      return Error(ErrorCode::connection_lost, Executed::no,
                   "this lease is broken: an earlier command failed on it");
    }
    if (pool->is_closed()) return Error(ErrorCode::closed, Executed::no, "the pool is closed");
    const std::string name = core::upper(command.words().front());
    for (const auto& refused : {Session::objection(name), session.objection(command)}) {
      if (!refused.empty()) return Error(ErrorCode::invalid_argument, Executed::no, refused);
    }
    const core::TimePoint sent = engine::now();
    TimeSpent spent;
    if (sent >= until) return pool->count(PoolState::time_is_over(), spent);
    const auto traits = request.traits();
    auto reply = PoolState::exchange(*connection, request, traits, sent, until).result;
    if (!reply || reply->is_error()) {
      spent.answering = std::chrono::duration_cast<std::chrono::microseconds>(engine::now() - sent);
    }
    if (!reply) {
      const auto verdict = core::judge_failure(reply.error(), traits, false);
      broken = verdict.spent;
      if (!broken) session.sent(name, traits, false);  // it was answered, and not as it was asked for
      if (verdict.evidence) pool->evidence(*connection, request, *verdict.evidence, reply.error().message());
      return pool->count(reply.error(), spent);
    }
    session.sent(name, traits, reply->is_error());
    if (!reply->is_error()) return pool->count(std::move(reply), spent);
    const auto verdict = core::judge_error_reply(reply->text(), traits);
    broken = verdict.spent;
    const Error error(ErrorCode::server_error, verdict.executed, std::string(reply->text()));
    if (verdict.evidence) pool->evidence(*connection, request, *verdict.evidence, error.message());
    return pool->count(error, spent);
  }
};

Lease::Lease(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

Result<Reply> Lease::execute(const Command& command, std::chrono::milliseconds timeout) {
  if (timeout <= std::chrono::milliseconds::zero()) {
    return Error(ErrorCode::invalid_argument, Executed::no, "the timeout must be greater than 0 ms");
  }
  return state_->execute(command, core::saturating_add(engine::now(), timeout));
}

Result<Reply> Lease::execute(const Command& command) { return state_->execute(command, state_->deadline); }

std::uint64_t Lease::generation() const noexcept { return state_->connection->generation; }

Result<Lease> PoolState::acquire(std::chrono::milliseconds timeout) {
  if (timeout <= std::chrono::milliseconds::zero()) {
    return Error(ErrorCode::invalid_argument, Executed::no, "the timeout must be greater than 0 ms");
  }
  const core::TimePoint started = engine::now();
  const core::TimePoint deadline = core::saturating_add(started, timeout);
  TimeSpent spent;
  auto connection = borrow(started, deadline, timeout, spent);
  if (!connection) {
    Counters::add(counters.failed);
    return connection.error().with(spent);
  }
  return Lease(std::make_unique<Lease::State>(shared_from_this(), std::move(*connection), deadline));
}

}  // namespace rediscovery
