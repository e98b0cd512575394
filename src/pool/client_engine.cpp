#include "pool/client_engine.hpp"

#include <random>
#include <utility>

#include "pool/pool_plan.hpp"

namespace rediscovery {

using engine::PoolDriver;

std::shared_ptr<ClientEngine> ClientEngine::make(uv_loop_t* loop, const Options& options,
                                                 redis::Access access) {
  std::shared_ptr<ClientEngine> engine(new ClientEngine(loop, options));
  engine->background_.emplace(loop, engine->options_, std::move(access), engine->counters_,
                              static_cast<Members&>(*engine));
  return engine;
}

ClientEngine::ClientEngine(uv_loop_t* loop, const Options& options)
    : loop_(loop),
      options_(options),
      dispatcher_(static_cast<engine::DispatchPort&>(*this), dispatch_policy(options), std::random_device{}(),
                  engine::now()) {
  turn_.emplace(loop, [this] { turn(); });
}

ClientEngine::~ClientEngine() { close(); }

// ---- the application -----------------------------------------------------------------------------------

void ClientEngine::execute(Ticket ticket, core::Request request, core::TimePoint deadline, Done done,
                           core::TimePoint now, core::TimePoint asked_at) {
  if (is_closed()) return done(Error(ErrorCode::closed, Executed::no, "the client is closed"));
  dispatcher_.execute(ticket, std::move(request), deadline, std::move(done), now, asked_at);
  turn_->need();
}

void ClientEngine::cancel(Ticket ticket) { dispatcher_.cancel(ticket, engine::now()); }

void ClientEngine::subscribe(engine::Subscriptions::Id id, const std::vector<std::string>& channels,
                             const std::vector<std::string>& patterns, SubscriptionHandler handler) {
  if (is_closed()) return;
  dispatcher_.subscribe(id, channels, patterns, std::move(handler), engine::now());
}

void ClientEngine::unsubscribe(engine::Subscriptions::Id id) {
  if (!is_closed()) dispatcher_.unsubscribe(id);
}

void ClientEngine::finish(std::function<void()> done) {
  if (is_closed()) return done();
  dispatcher_.close(engine::now());
  when_idle_ = std::move(done);
  turn_->need();
}

void ClientEngine::close() {
  if (is_closed()) return;
  dispatcher_.close(engine::now());
  dispatcher_.cut_off(engine::now());
  background_.reset();
  lines_.clear();
  dirty_.clear();
  publish();
  turn_.reset();
  dispatcher_.deliver();
  if (const auto done = std::exchange(when_idle_, nullptr)) done();
}

// Callbacks first: what they ask for leaves in the same write.
void ClientEngine::turn() {
  const auto self = shared_from_this();  // a callback may drop the last reference
  read_at_.reset();
  dispatcher_.deliver();
  for (const auto id : std::exchange(dirty_, {})) {
    const auto found = lines_.find(id);
    if (found == lines_.end()) continue;
    found->second.is_dirty = false;
    found->second.pipeline->flush();
  }
  if (is_closed()) return;
  background_->keep_time();
  publish();
  if (when_idle_ && dispatcher_.in_flight() == 0) std::exchange(when_idle_, nullptr)();
}

void ClientEngine::publish() {
  const auto& connections = dispatcher_.connections();
  const std::lock_guard lock(mutex_);
  now_.generation = connections.generation();
  now_.suspect = connections.state() == core::PoolFsm::State::paused;
  now_.idle = connections.idle();
  now_.in_use = connections.lent();
  now_.connecting = connections.connecting();
  now_.waiting = dispatcher_.waiting();
  now_.in_flight = dispatcher_.in_flight();
}

Stats ClientEngine::stats() {
  Stats stats;
  {
    const std::lock_guard lock(mutex_);
    stats = now_;
  }
  counters_.read_into(stats);
  return stats;
}

// ---- connections, for PoolDriver -------------------------------------------------------------------------

void ClientEngine::opened(core::ConnectionId id, std::unique_ptr<redis::Connection> connection) {
  redis::Pipeline::Handlers handlers;
  handlers.bytes = [this, id] { dispatcher_.on_bytes(id, read_at()); };
  handlers.reply = [this, id](Reply reply) { dispatcher_.on_reply(id, std::move(reply), read_at()); };
  handlers.push = [this, id](const Reply& push) { dispatcher_.on_push(id, push); };
  handlers.ended = [this, id](const Error& error) {
    if (error.code() != ErrorCode::connection_lost) return background_->failed(id, error);
    background_->drive([id](PoolDriver& driver, core::TimePoint now) { driver.on_ended(id, now); });
  };
  lines_[id].pipeline = std::make_unique<redis::Pipeline>(loop_, std::move(connection), std::move(handlers));
  dispatcher_.opened(id, engine::now());
}

// One time for all that is read between two turns: asking the clock for each answer is an eighth of what a
// command costs.
core::TimePoint ClientEngine::read_at() {
  if (!read_at_) {
    read_at_ = engine::now();
    turn_->need();  // where it is forgotten
  }
  return *read_at_;
}

void ClientEngine::ask(core::ConnectionId id, std::function<void(Result<core::NodeReport>)> done) {
  const auto question = std::make_shared<redis::Handshake>(redis::Handshake::question());
  const auto answer = [this, question, done = std::move(done)](Reply reply) {
    if (auto report = question->on_reply(std::move(reply))) {
      // Not from inside the reading: what follows may close the connection that is being read.
      background_->drive_soon([done, report = std::move(*report)](auto&, core::TimePoint) { done(report); });
    }
  };
  dispatcher_.ask(id, question->commands(), answer, engine::now());
}

void ClientEngine::cut(core::ConnectionId id, bool writes_only) {
  dispatcher_.cut(id, writes_only, engine::now());
}

void ClientEngine::close(core::ConnectionId id) {
  dispatcher_.on_lost(id, "the connection was closed", engine::now());
  lines_.erase(id);
}

std::optional<core::TimePoint> ClientEngine::unanswered_since(core::ConnectionId id) const {
  return dispatcher_.unanswered_since(id);
}

void ClientEngine::reported(core::ConnectionId id, const core::NodeReport& report) {
  dispatcher_.reported(id, report, engine::now());
}

void ClientEngine::pool(const core::PoolFsm::Event& event, std::uint64_t generation) {
  if (std::holds_alternative<core::PoolFsm::Adopted>(event)) {
    const std::lock_guard lock(mutex_);
    now_.master = background_->driver().discovery().master().master().to_string();
    now_.generation = generation;
  }
  dispatcher_.pool(event, engine::now());
  turn_->need();
}

std::optional<core::TimePoint> ClientEngine::next_deadline() { return dispatcher_.next_deadline(); }

void ClientEngine::set_background(const std::string& trouble, const core::Work& work) {
  dispatcher_.set_background(trouble, work);
}

// ---- what Dispatcher asks for ----------------------------------------------------------------------------

std::size_t ClientEngine::write(core::ConnectionId id, const Command& command) {
  Line& line = lines_.at(id);
  if (!std::exchange(line.is_dirty, true)) {
    dirty_.push_back(id);
    turn_->need();
  }
  return line.pipeline->write(command);
}

std::size_t ClientEngine::stop_sending(core::ConnectionId id) {
  const auto found = lines_.find(id);
  return found == lines_.end() ? 0 : found->second.pipeline->stop_sending();
}

void ClientEngine::connect(std::uint64_t generation) {
  background_->drive_soon(
      [generation](auto& driver, core::TimePoint now) { driver.connect(generation, now); });
}

void ClientEngine::check(core::ConnectionId id) {
  background_->drive_soon([id](auto& driver, core::TimePoint now) { driver.check(id, now); });
}

void ClientEngine::discard(core::ConnectionId id, std::string_view reason) {
  if (!background_) return;
  background_->drive_soon([id, reason = std::string(reason)](auto& driver, core::TimePoint now) {
    driver.discard(id, reason, now);
  });
}

void ClientEngine::drained(std::uint64_t generation) {
  if (!background_) return;
  background_->drive_soon(
      [this, generation](auto&, core::TimePoint now) { background_->drained(generation, now); });
}

void ClientEngine::evidence(core::MasterFsm::Evidence evidence) {
  background_->drive_soon([evidence = std::move(evidence)](auto& driver, core::TimePoint now) {
    driver.on_evidence(evidence, now);
  });
}

void ClientEngine::wake() {
  background_->drive_soon([](auto& driver, core::TimePoint now) { driver.wake(now); });
}

void ClientEngine::ended(const Result<Reply>& result, core::Duration took) {
  counters_.execute.record(took);
  counters_.count(result);
}

}  // namespace rediscovery
