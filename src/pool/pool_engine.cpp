#include "pool/pool_engine.hpp"

#include <exception>

#include "pool/pool_plan.hpp"

namespace rediscovery {

PoolEngine::PoolEngine(const Options& options, PoolState& state)
    : options_(options), access_(access(options)), state_(state) {}

PoolEngine::~PoolEngine() { stop(); }

void PoolEngine::start() {
  // Waited for, so that what cannot be made is the constructor's exception and not the end of the process.
  loop_.run([this] {
    background_.emplace(loop_.uv(), options_, access_, state_.counters, static_cast<Members&>(*this));
  });
}

void PoolEngine::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  loop_.stop([this] {
    take_reads();
    if (reader_) reader_->close();
    background_.reset();
    watches_.clear();
  });
}

// ---- from callers' threads -----------------------------------------------------------------------------

void PoolEngine::post(std::function<void(engine::PoolDriver&, core::TimePoint)> event) {
  loop_.post([this, event = std::move(event)] { background_->drive(event); });
}

void PoolEngine::connect(std::uint64_t generation) {
  post([generation](auto& driver, core::TimePoint now) { driver.connect(generation, now); });
}

void PoolEngine::check(core::ConnectionId id) {
  post([id](auto& driver, core::TimePoint now) { driver.check(id, now); });
}

void PoolEngine::discard(PoolState::ConnectionPtr connection, std::string_view reason) {
  post([connection = std::move(connection), reason = std::string(reason)](auto& driver, core::TimePoint now) {
    driver.discard(connection->id, reason, now);
  });
}

void PoolEngine::evidence(core::MasterFsm::Evidence evidence) {
  post([evidence = std::move(evidence)](auto& driver, core::TimePoint now) {
    driver.on_evidence(evidence, now);
  });
}

void PoolEngine::drained(std::uint64_t generation) {
  post([this, generation](auto&, core::TimePoint now) { background_->drained(generation, now); });
}

void PoolEngine::wake() {
  post([](auto& driver, core::TimePoint now) { driver.wake(now); });
}

void PoolEngine::read(core::Request request, core::TimePoint deadline,
                      std::function<void(Result<Reply>)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_) {
      reads_.push_back({std::move(request), engine::now(), deadline, std::move(done)});
      if (reads_.size() == 1) loop_.post([this] { take_reads(); });
      return;
    }
  }
  done(Error(ErrorCode::closed, Executed::no, "the pool is closed"));
}

void PoolEngine::take_reads() {
  std::vector<Read> reads;
  {
    const std::lock_guard lock(mutex_);
    reads.swap(reads_);
  }
  if (reads.empty()) return;
  if (!reader_) {
    Options options = options_;
    options.on_event = nullptr;  // the pool's own events tell of the same
    try {
      reader_ = ClientEngine::make(loop_.uv(), options, access_);
    } catch (const std::exception& error) {
      const Error no_reader(ErrorCode::no_replica, Executed::no,
                            std::string("no connections for reading can be made: ") + error.what());
      for (Read& read : reads) read.done(no_reader);
      return;
    }
  }
  const core::TimePoint now = engine::now();
  for (Read& read : reads) {
    reader_->execute(++last_read_, std::move(read.request), read.deadline, std::move(read.done), now,
                     read.asked_at);
  }
}

// ---- connections ---------------------------------------------------------------------------------------

void PoolEngine::opened(core::ConnectionId id, std::unique_ptr<redis::Connection> connection) {
  auto watch = std::make_unique<ConnectionWatch>(
      loop_.uv(), std::make_shared<PooledConnection>(id, std::move(connection)));
  watch->on_end([this, id] {
    background_->drive([id](auto& driver, core::TimePoint now) { driver.on_ended(id, now); });
  });
  watches_.emplace(id, std::move(watch));
}

void PoolEngine::ask(core::ConnectionId id, std::function<void(Result<core::NodeReport>)> done) {
  watches_.at(id)->ask(std::move(done));
}

void PoolEngine::cut(core::ConnectionId id, bool writes_only) {
  const PoolState::ConnectionPtr connection = watches_.at(id)->connection();
  // Also then: what had arrived before the cut can still be read.
  connection->end_history();
  if (!writes_only) connection->cut();
}

std::optional<core::TimePoint> PoolEngine::unanswered_since(core::ConnectionId id) const {
  return watches_.at(id)->connection()->unanswered_since();
}

void PoolEngine::pool(const core::PoolFsm::Event& event, std::uint64_t generation) {
  PoolState::ConnectionPtr joining;
  std::string master;
  const auto join = [&](core::ConnectionId id) {
    joining = watches_.at(id)->connection();
    joining->generation = generation;
  };
  if (const auto* adopted = std::get_if<core::PoolFsm::Adopted>(&event)) {
    master = background_->driver().discovery().master().master().to_string();
    join(adopted->connection);
  } else if (const auto* confirmed = std::get_if<core::PoolFsm::Confirmed>(&event)) {
    join(confirmed->connection);
  } else if (const auto* opened = std::get_if<core::PoolFsm::Opened>(&event)) {
    join(opened->connection);
  }
  state_.on(event, engine::now(), joining, master);
}

}  // namespace rediscovery
