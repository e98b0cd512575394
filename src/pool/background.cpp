#include "pool/background.hpp"

#include <random>
#include <utility>

#include "pool/pool_plan.hpp"

namespace rediscovery {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

Background::Background(uv_loop_t* loop, const Options& options, redis::Access access, Counters& counters,
                       Members& members)
    : options_(options),
      counters_(counters),
      members_(members),
      dialer_(loop, std::move(access)),
      driver_(static_cast<engine::PoolPort&>(*this), driver_plan(options), random_seed(), engine::now()),
      timer_(loop,
             [this] {
               // The loop was held up: what looks unanswered may lie in the sockets, and is read first.
               constexpr std::chrono::milliseconds kHeldUp{10};
               const bool is_late = engine::now() - timer_at_ > kHeldUp;
               timer_at_ = core::TimePoint::max();
               is_late ? late_.need() : tick();
             }),
      late_(
          loop, [this] { tick(); }, engine::Turn::When::after_reading),
      turn_(loop, [this] {
        for (auto& event : std::exchange(soon_, {})) drive(event);
      }) {
  const engine::DriverPlan plan = driver_plan(options);
  const auto make_resolver = [&] { return std::make_unique<dns::Resolver>(loop, resolver_options(options)); };
  if (plan.discovery.fixed_masters.empty()) resolver(engine::Name::master) = make_resolver();
  if (plan.discovery.has_replicas && plan.discovery.fixed_replicas.empty()) {
    resolver(engine::Name::replicas) = make_resolver();
  }
  if (!options.consul_http.empty()) watch_service(loop);
  drive_soon([](engine::PoolDriver& driver, core::TimePoint now) { driver.start(now); });
}

Background::~Background() { driver_.stop(engine::now()); }

void Background::tick() {
  drive([](engine::PoolDriver& driver, core::TimePoint now) { driver.on_tick(now); });
}

void Background::watch_service(uv_loop_t* loop) {
  consul::ServiceWatch::Handlers handlers;
  handlers.changed = [this](std::vector<core::Endpoint> endpoints) {
    // Consul names the service; certificates have the name that it goes by in DNS.
    for (auto& endpoint : endpoints) endpoint.name = options_.master;
    drive([&](engine::PoolDriver& driver, core::TimePoint now) { driver.on_push(endpoints, now); });
  };
  handlers.lost = [this](const std::string& problem) {
    drive([&](engine::PoolDriver& driver, core::TimePoint now) { driver.on_push_lost(problem, now); });
  };
  push_ = std::make_unique<consul::ServiceWatch>(loop, consul_settings(options_),
                                                 consul::service_of_dns_name(options_.master), random_seed(),
                                                 std::move(handlers));
}

void Background::drive_soon(std::function<void(engine::PoolDriver&, core::TimePoint)> event) {
  soon_.push_back(std::move(event));
  turn_.need();
}

void Background::keep_time() {
  core::TimePoint next = driver_.next_deadline();
  if (const auto at = members_.next_deadline()) next = std::min(next, *at);
  // A timer that comes too early finds nothing to do and is set again: cheaper than moving it all the time.
  if (next < timer_at_) timer_.set(timer_at_ = next);
  members_.set_background(driver_.discovery().trouble(), driver_.work());
}

// ---- names ---------------------------------------------------------------------------------------------

std::unique_ptr<dns::Resolver>& Background::resolver(engine::Name name) {
  return resolvers_.at(static_cast<std::size_t>(name));
}

void Background::start_lookup(engine::Name name) {
  Counters::add(counters_.lookups);
  const std::string& text = name == engine::Name::master ? options_.master : options_.replicas;
  resolver(name)->lookup(text, [this, name, asked = engine::now()](const core::LookupResult& result) {
    counters_.lookup.record(engine::now() - asked);
    if (result.endpoints.empty()) Counters::add(counters_.lookups_failed);
    drive([&](engine::PoolDriver& driver, core::TimePoint now) { driver.on_lookup(name, result, now); });
  });
}

void Background::cancel_lookup(engine::Name name) {
  if (const auto& used = resolver(name)) used->cancel();
}

// ---- connections ---------------------------------------------------------------------------------------

void Background::dial(core::ConnectionId id, const core::Endpoint& endpoint) {
  Counters::add(counters_.connects);
  redis::Dialer::Handlers handlers;
  handlers.connected = [this, id] {
    drive([id](engine::PoolDriver& driver, core::TimePoint now) { driver.on_connected(id, now); });
  };
  handlers.done = [this, id, started = engine::now()](Result<redis::Dialled> result) {
    if (result) counters_.connect.record(engine::now() - started);
    dialled(id, std::move(result));
  };
  if (const auto error = dialer_.dial(id, endpoint, std::move(handlers))) {
    Counters::add(counters_.connects_failed);
    drive_soon([id, error = *error](engine::PoolDriver& driver, core::TimePoint now) {
      driver.on_failed(id, error.message(), error.code() == ErrorCode::authentication, now);
    });
  }
}

void Background::dialled(core::ConnectionId id, Result<redis::Dialled> result) {
  if (!result) {
    Counters::add(counters_.connects_failed);
    return failed(id, result.error());
  }
  members_.opened(id, std::move(result->connection));
  drive([&](engine::PoolDriver& driver, core::TimePoint now) { driver.on_greeted(id, result->report, now); });
}

void Background::failed(core::ConnectionId id, const Error& error) {
  drive([&](engine::PoolDriver& driver, core::TimePoint now) {
    driver.on_failed(id, error.message(), error.code() == ErrorCode::authentication, now);
  });
}

void Background::ask(core::ConnectionId id) {
  members_.ask(id, [this, id](const Result<core::NodeReport>& report) {
    if (!report) return failed(id, report.error());
    drive([&](engine::PoolDriver& driver, core::TimePoint now) { driver.on_answered(id, *report, now); });
  });
}

void Background::close(core::ConnectionId id) {
  if (dialer_.cancel(id)) Counters::add(counters_.connects_failed);
  members_.close(id);
}

void Background::pool(const core::PoolFsm::Event& event, std::uint64_t generation) {
  if (std::holds_alternative<core::PoolFsm::Adopted>(event)) {
    Counters::add(counters_.adoptions);
    adopted_at_ = engine::now();
  }
  members_.pool(event, generation);
}

void Background::drained(std::uint64_t generation, core::TimePoint now) {
  tell(EventKind::drained, "", "nothing is left of the generations before " + std::to_string(generation),
       now - adopted_at_);
}

void Background::tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                      core::Duration took) {
  if (kind == EventKind::suspect) Counters::add(counters_.suspicions);
  if (kind == EventKind::refused) Counters::add(counters_.refusals);
  if (kind == EventKind::adopted) counters_.adoption.record(took);
  if (kind == EventKind::verified) counters_.confirmation.record(took);
  if (!options_.on_event) return;
  Event event;
  event.kind = kind;
  event.at = std::chrono::system_clock::now();
  event.generation = driver_.discovery().master().generation();
  event.endpoint = endpoint;
  event.reason = reason;
  event.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
  options_.on_event(event);
}

}  // namespace rediscovery
