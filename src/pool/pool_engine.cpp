#include "pool/pool_engine.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <random>

#include "pool/pool_plan.hpp"

namespace rediscovery {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

PoolEngine::PoolEngine(const Options& options, PoolState& state) : options_(options), state_(state) {}

PoolEngine::~PoolEngine() { stop(); }

void PoolEngine::start() {
  // Waited for, so that what cannot be made is the constructor's exception and not the end of the process.
  std::promise<void> is_set_up;
  loop_.post([&] {
    try {
      set_up();
      is_set_up.set_value();
    } catch (...) {
      is_set_up.set_exception(std::current_exception());
    }
  });
  is_set_up.get_future().get();
}

void PoolEngine::set_up() {
  const engine::DriverPlan plan = driver_plan(options_);
  const auto make_resolver = [this] {
    return std::make_unique<dns::Resolver>(loop_.uv(), resolver_options(options_));
  };
  if (plan.discovery.fixed_masters.empty()) resolver(engine::Name::master) = make_resolver();
  if (plan.discovery.has_replicas && plan.discovery.fixed_replicas.empty()) {
    resolver(engine::Name::replicas) = make_resolver();
  }
  dialer_ = std::make_unique<redis::Dialer>(
      loop_.uv(),
      redis::Identity{options_.username, options_.password, options_.client_name, options_.database});
  timer_ = std::make_unique<engine::Timer>(loop_.uv(), [this] {
    driver_->on_tick(engine::now());
    keep_time();
  });
  driver_ = std::make_unique<engine::PoolDriver>(static_cast<engine::PoolPort&>(*this), plan, random_seed(),
                                                 engine::now());
  driver_->start(engine::now());
  if (!options_.consul_http.empty()) watch_service();
  keep_time();
}

void PoolEngine::watch_service() {
  consul::ServiceWatch::Handlers handlers;
  handlers.changed = [this](const std::vector<core::Endpoint>& endpoints) {
    driver_->on_push(endpoints, engine::now());
    keep_time();
  };
  handlers.lost = [this](const std::string& problem) {
    driver_->on_push_lost(problem, engine::now());
    keep_time();
  };
  push_ = std::make_unique<consul::ServiceWatch>(loop_.uv(), consul_settings(options_),
                                                 consul::service_of_dns_name(options_.master), random_seed(),
                                                 std::move(handlers));
}

void PoolEngine::stop() {
  loop_.stop([this] {
    if (driver_) driver_->stop(engine::now());
    watches_.clear();
    push_.reset();
    dialer_.reset();
    for (auto& each : resolvers_) each.reset();
    timer_.reset();
  });
}

void PoolEngine::post(std::function<void()> task) {
  loop_.post([this, task = std::move(task)] {
    task();
    keep_time();
  });
}

void PoolEngine::keep_time() {
  core::TimePoint next = driver_->next_deadline();
  if (const auto at = state_.next_deadline()) next = std::min(next, *at);
  timer_->set(next);
  state_.set_background(driver_->discovery().trouble(), driver_->work());
}

// ---- from callers' threads -----------------------------------------------------------------------------

void PoolEngine::connect(std::uint64_t generation) {
  post([this, generation] { driver_->connect(generation, engine::now()); });
}

void PoolEngine::check(core::ConnectionId id) {
  post([this, id] { driver_->check(id, engine::now()); });
}

void PoolEngine::discard(PoolState::ConnectionPtr connection, std::string_view reason) {
  post([this, connection = std::move(connection), reason = std::string(reason)] {
    driver_->discard(connection->id, reason, engine::now());
  });
}

void PoolEngine::evidence(core::MasterFsm::Evidence evidence) {
  post([this, evidence = std::move(evidence)] { driver_->on_evidence(evidence, engine::now()); });
}

void PoolEngine::drained(std::uint64_t generation) {
  post([this, generation] {
    tell(EventKind::drained, "", "nothing is left of the generations before " + std::to_string(generation),
         engine::now() - adopted_at_);
  });
}

void PoolEngine::wake() {
  post([this] { driver_->wake(engine::now()); });
}

// ---- names ---------------------------------------------------------------------------------------------

std::unique_ptr<dns::Resolver>& PoolEngine::resolver(engine::Name name) {
  return resolvers_.at(static_cast<std::size_t>(name));
}

void PoolEngine::start_lookup(engine::Name name) {
  Counters::add(state_.counters.lookups);
  const std::string& text = name == engine::Name::master ? options_.master : options_.replicas;
  resolver(name)->lookup(text, [this, name, asked = engine::now()](const core::LookupResult& result) {
    state_.counters.lookup.record(engine::now() - asked);
    if (result.endpoints.empty()) Counters::add(state_.counters.lookups_failed);
    driver_->on_lookup(name, result, engine::now());
    keep_time();
  });
}

void PoolEngine::cancel_lookup(engine::Name name) {
  if (const auto& used = resolver(name)) used->cancel();
}

// ---- connections ---------------------------------------------------------------------------------------

void PoolEngine::dial(core::ConnectionId id, const core::Endpoint& endpoint) {
  Counters::add(state_.counters.connects);
  redis::Dialer::Handlers handlers;
  handlers.connected = [this, id] {
    driver_->on_connected(id, engine::now());
    keep_time();
  };
  handlers.done = [this, id, started = engine::now()](Result<redis::Dialled> result) {
    if (result) state_.counters.connect.record(engine::now() - started);
    dialled(id, std::move(result));
    keep_time();
  };
  if (const auto error = dialer_->dial(id, endpoint, std::move(handlers))) {
    post([this, id, error = *error] { failed(id, error); });
  }
}

void PoolEngine::dialled(core::ConnectionId id, Result<redis::Dialled> result) {
  if (!result) {
    Counters::add(state_.counters.connects_failed);
    return failed(id, result.error());
  }
  auto connection = std::make_shared<PooledConnection>(id, std::move(result->connection));
  auto watch = std::make_unique<ConnectionWatch>(loop_.uv(), std::move(connection));
  watch->on_end([this, id] {
    driver_->on_ended(id, engine::now());
    keep_time();
  });
  watches_.emplace(id, std::move(watch));
  driver_->on_greeted(id, result->report, engine::now());
}

void PoolEngine::failed(core::ConnectionId id, const Error& error) {
  driver_->on_failed(id, error.message(), error.code() == ErrorCode::authentication, engine::now());
}

void PoolEngine::ask(core::ConnectionId id) {
  watches_.at(id)->ask([this, id](const Result<core::NodeReport>& report) {
    if (report) {
      driver_->on_answered(id, *report, engine::now());
    } else {
      failed(id, report.error());
    }
    keep_time();
  });
}

void PoolEngine::cut(core::ConnectionId id, bool writes_only) {
  watches_.at(id)->connection()->cut(writes_only);
}

void PoolEngine::close(core::ConnectionId id) {
  if (dialer_->cancel(id)) Counters::add(state_.counters.connects_failed);
  watches_.erase(id);
}

std::optional<core::TimePoint> PoolEngine::unanswered_since(core::ConnectionId id) const {
  return watches_.at(id)->connection()->unanswered_since();
}

void PoolEngine::pool(const core::PoolFsm::Event& event, std::uint64_t generation) {
  PoolState::ConnectionPtr joining;
  const auto join = [&](core::ConnectionId id) {
    joining = watches_.at(id)->connection();
    joining->generation = generation;
  };
  if (const auto* adopted = std::get_if<core::PoolFsm::Adopted>(&event)) {
    Counters::add(state_.counters.adoptions);
    adopted_at_ = engine::now();
    state_.set_master(driver_->discovery().master().master().to_string());
    join(adopted->connection);
  } else if (const auto* confirmed = std::get_if<core::PoolFsm::Confirmed>(&event)) {
    join(confirmed->connection);
  } else if (const auto* opened = std::get_if<core::PoolFsm::Opened>(&event)) {
    join(opened->connection);
  }
  state_.on(event, engine::now(), joining);
}

void PoolEngine::tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                      core::Duration took) {
  if (kind == EventKind::suspect) Counters::add(state_.counters.suspicions);
  if (kind == EventKind::refused) Counters::add(state_.counters.refusals);
  if (kind == EventKind::adopted) state_.counters.adoption.record(took);
  if (kind == EventKind::verified) state_.counters.confirmation.record(took);
  if (!options_.on_event) return;
  Event event;
  event.kind = kind;
  event.at = std::chrono::system_clock::now();
  event.generation = driver_->discovery().master().generation();
  event.endpoint = endpoint;
  event.reason = reason;
  event.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
  options_.on_event(event);
}

}  // namespace rediscovery
