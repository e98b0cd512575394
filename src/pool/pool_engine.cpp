#include "pool/pool_engine.hpp"

#include <algorithm>
#include <random>

namespace rediscovery {
namespace {

using std::chrono::milliseconds;

dns::ResolverOptions resolver_options(const Options& options) {
  dns::ResolverOptions result;
  for (const auto& server : options.dns_servers) result.servers.push_back(*core::parse_endpoint(server, 53));
  result.timeout = options.dns_timeout;
  result.default_port = options.default_port;
  return result;
}

engine::DiscoveryPlan discovery_plan(const Options& options) {
  engine::DiscoveryPlan plan{
      .resolve = {options.refresh_floor, options.refresh_ceiling},
      .master = {},
      .standby = {},
      .fixed_masters = core::parse_endpoint_list(options.master, options.default_port),
      .fixed_replicas = core::parse_endpoint_list(options.replicas, options.default_port),
      .has_replicas = !options.replicas.empty(),
      .allowed = {}};
  plan.master.promotion = options.promotion;
  plan.standby.calm_interval = options.idle_check_interval;
  for (const auto& network : options.allowed_networks) plan.allowed.push_back(*core::Network::parse(network));
  return plan;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

PoolEngine::PoolEngine(const Options& options, PoolState& state) : options_(options), state_(state) {}

PoolEngine::~PoolEngine() { stop(); }

void PoolEngine::start() {
  loop_.post([this] { set_up(); });
}

void PoolEngine::stop() {
  loop_.stop([this] {
    if (discovery_) discovery_->stop(engine::now());
    watches_.clear();
    verified_.reset();
    standbys_.reset();
    dialer_.reset();
    for (auto& resolver : resolvers_) resolver.reset();
    timer_.reset();
  });
}

void PoolEngine::set_up() {
  const engine::DiscoveryPlan plan = discovery_plan(options_);
  if (plan.fixed_masters.empty()) resolver(engine::Name::master) = make_resolver();
  if (plan.fixed_replicas.empty() && plan.has_replicas) resolver(engine::Name::replicas) = make_resolver();
  dialer_ = std::make_unique<redis::Dialer>(
      loop_.uv(),
      redis::Identity{options_.username, options_.password, options_.client_name, options_.database});
  timer_ = std::make_unique<engine::Timer>(loop_.uv(), [this] {
    const core::TimePoint now = engine::now();
    look_for_silence(now);
    discovery_->on_tick(now);
    state_.on(core::PoolFsm::Tick{}, now);
    keep_time();
  });
  discovery_ = std::make_unique<engine::Discovery>(static_cast<engine::DiscoveryPort&>(*this), plan,
                                                   random_seed(), engine::now());
  standbys_ = std::make_unique<StandbyConnections>(loop_.uv(), *dialer_, options_.connect_timeout,
                                                   *discovery_, [this] { keep_time(); });
  discovery_->start(engine::now());
  keep_time();
}

std::unique_ptr<dns::Resolver>& PoolEngine::resolver(engine::Name name) {
  return resolvers_.at(static_cast<std::size_t>(name));
}

std::unique_ptr<dns::Resolver> PoolEngine::make_resolver() {
  return std::make_unique<dns::Resolver>(loop_.uv(), resolver_options(options_));
}

void PoolEngine::keep_time() {
  // A quarter: silence is noticed at most that much later than configured.
  core::TimePoint next =
      engine::now() + std::max<core::Duration>(options_.silence_timeout / 4, milliseconds(5));
  if (const auto at = discovery_->next_deadline()) next = std::min(next, *at);
  if (const auto at = state_.next_deadline()) next = std::min(next, *at);
  timer_->set(next);
  state_.set_trouble(discovery_->trouble());
}

// ---- look-ups and verification ------------------------------------------------------------------------

void PoolEngine::start_lookup(engine::Name name) {
  Counters::add(state_.counters.lookups);
  const std::string& text = name == engine::Name::master ? options_.master : options_.replicas;
  resolver(name)->lookup(text, [this, name](const core::LookupResult& result) {
    if (result.endpoints.empty()) Counters::add(state_.counters.lookups_failed);
    discovery_->on_lookup(name, result, engine::now());
    keep_time();
  });
}

void PoolEngine::cancel_lookup(engine::Name name) { resolver(name)->cancel(); }

void PoolEngine::verify(const core::Endpoint& endpoint) {
  Counters::add(state_.counters.connects);
  dialer_->dial(endpoint, options_.connect_timeout, [this, endpoint](Result<redis::Dialled> result) {
    if (result) {
      verified_ = watch(std::move(result->connection));
      discovery_->on_verified(endpoint, result->report, engine::now());
      verified_.reset();
    } else {
      Counters::add(state_.counters.connects_failed);
      discovery_->on_verify_failed(endpoint, result.error().message(),
                                   result.error().code() == ErrorCode::authentication, engine::now());
    }
    keep_time();
  });
}

void PoolEngine::dial_standby(const core::Endpoint& endpoint) {
  Counters::add(state_.counters.connects);
  standbys_->dial(endpoint);
}

void PoolEngine::ask_standby(const core::Endpoint& endpoint) { standbys_->ask(endpoint); }

void PoolEngine::close_standby(const core::Endpoint& endpoint) { standbys_->close(endpoint); }

void PoolEngine::suspected() { state_.on(core::PoolFsm::Suspended{}, engine::now()); }

void PoolEngine::confirmed() {
  const auto connection = join(std::move(verified_), discovery_->master().generation());
  state_.on(core::PoolFsm::Confirmed{connection->id}, engine::now(), connection);
}

void PoolEngine::adopted(const core::MasterFsm::Adopt& adoption) {
  Counters::add(state_.counters.adoptions);
  state_.set_master(adoption.endpoint.to_string());
  auto proof = verified_ ? std::move(verified_) : standbys_->take(adoption.endpoint);
  const auto connection = join(std::move(proof), adoption.generation);
  state_.on(core::PoolFsm::Adopted{adoption.generation, connection->id, adoption.old}, engine::now(),
            connection);
}

void PoolEngine::user_refused(const std::string& problem) {
  state_.on(core::PoolFsm::Refused{Error(ErrorCode::authentication, Executed::no, problem)}, engine::now());
}

void PoolEngine::tell(EventKind kind, const std::string& endpoint, const std::string& reason,
                      core::Duration took) {
  if (kind == EventKind::refused) Counters::add(state_.counters.refusals);
  if (!options_.on_event) return;
  Event event;
  event.kind = kind;
  event.at = std::chrono::system_clock::now();
  event.generation = discovery_->master().generation();
  event.endpoint = endpoint;
  event.reason = reason;
  event.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
  options_.on_event(event);
}

// ---- connections ---------------------------------------------------------------------------------------

void PoolEngine::connect(std::uint64_t generation) {
  loop_.post([this, generation] { open_connection(generation); });
}

void PoolEngine::open_connection(std::uint64_t generation) {
  if (generation != discovery_->master().generation()) return;  // PoolFsm has forgotten it too
  Counters::add(state_.counters.connects);
  dialer_->dial(discovery_->master().master(), options_.connect_timeout,
                [this, generation](Result<redis::Dialled> result) { opened(generation, std::move(result)); });
}

void PoolEngine::opened(std::uint64_t generation, Result<redis::Dialled> result) {
  const auto& followed = discovery_->master();
  const auto complain = [&](core::EvidenceKind kind, const std::string& detail) {
    // The evidence first: it pauses the pool, which would otherwise try the same again at once.
    count_evidence({generation, kind, detail});
    state_.on(core::PoolFsm::ConnectFailed{generation}, engine::now());
    keep_time();
  };
  if (!result) {
    Counters::add(state_.counters.connects_failed);
    return complain(core::EvidenceKind::unreachable, result.error().message());
  }
  if (generation == followed.generation()) {
    const std::string endpoint = result->connection->endpoint().to_string();
    if (result->report.role != core::Role::master) {
      return complain(core::EvidenceKind::read_only, endpoint + " is a replica now");
    }
    if (result->report.run_id != followed.report().run_id) {
      return complain(core::EvidenceKind::lost, endpoint + " is another process now");
    }
  }
  const auto connection = join(watch(std::move(result->connection)), generation);
  state_.on(core::PoolFsm::Opened{connection->id, generation}, engine::now(), connection);
}

std::unique_ptr<ConnectionWatch> PoolEngine::watch(std::unique_ptr<redis::Connection> connection) {
  return std::make_unique<ConnectionWatch>(loop_.uv(),
                                           std::make_shared<PooledConnection>(std::move(connection)));
}

PoolState::ConnectionPtr PoolEngine::join(std::unique_ptr<ConnectionWatch> watch, std::uint64_t generation) {
  const PoolState::ConnectionPtr connection = watch->connection();
  connection->id = ++last_id_;
  connection->generation = generation;
  watch->on_end([this, id = connection->id] { lost(id); });
  watches_.emplace(connection->id, std::move(watch));
  tell(EventKind::connection_opened, connection->link->endpoint().to_string(), "", {});
  return connection;
}

void PoolEngine::lost(core::ConnectionId id) {
  const PoolState::ConnectionPtr connection = watches_.at(id)->connection();  // outlives its watch
  report_evidence(*connection, core::EvidenceKind::lost,
                  connection->link->endpoint().to_string() + ": the server closed a connection");
  state_.on(core::PoolFsm::Lost{id}, engine::now());
  keep_time();
}

void PoolEngine::discard(PoolState::ConnectionPtr connection, std::string_view reason) {
  loop_.post([this, connection = std::move(connection), reason = std::string(reason)] {
    watches_.erase(connection->id);
    tell(EventKind::connection_closed, connection->link->endpoint().to_string(), reason, {});
  });
}

void PoolEngine::drained(std::uint64_t generation) {
  loop_.post([this, generation] {
    tell(EventKind::drained, "", "nothing is left of the generations before " + std::to_string(generation),
         {});
  });
}

// ---- evidence ------------------------------------------------------------------------------------------

void PoolEngine::evidence(core::MasterFsm::Evidence evidence) {
  loop_.post([this, evidence = std::move(evidence)] {
    count_evidence(evidence);
    keep_time();
  });
}

void PoolEngine::report_evidence(const PooledConnection& connection, core::EvidenceKind kind,
                                 const std::string& detail) {
  count_evidence({connection.generation, kind, detail});
}

void PoolEngine::count_evidence(const core::MasterFsm::Evidence& evidence) {
  if (evidence.generation == discovery_->master().generation()) Counters::add(state_.counters.evidence);
  discovery_->on_evidence(evidence, engine::now());
}

void PoolEngine::check(PoolState::ConnectionPtr connection) {
  loop_.post([this, connection = std::move(connection)] {
    const auto found = watches_.find(connection->id);
    if (found == watches_.end()) return;
    found->second->ask(
        [this, connection](const Result<core::NodeReport>& report) { checked(connection, report); });
  });
}

void PoolEngine::checked(const PoolState::ConnectionPtr& connection, const Result<core::NodeReport>& report) {
  const bool healthy = report && report->role == core::Role::master;
  if (!report) {
    const bool silent = report.error().code() == ErrorCode::timeout;
    report_evidence(*connection, silent ? core::EvidenceKind::silent : core::EvidenceKind::lost,
                    report.error().message());
  } else if (!healthy) {
    report_evidence(*connection, core::EvidenceKind::read_only,
                    connection->link->endpoint().to_string() + " is a replica now");
  }
  state_.on(core::PoolFsm::Checked{connection->id, healthy}, engine::now());
  keep_time();
}

void PoolEngine::look_for_silence(core::TimePoint now) {
  const core::TimePoint limit = now - options_.silence_timeout;
  std::vector<PoolState::ConnectionPtr> silent;
  state_.for_each_connection([&](const PoolState::ConnectionPtr& connection) {
    if (connection->is_silent_since(limit)) silent.push_back(connection);
  });
  for (const auto& connection : silent) {
    const auto found = watches_.find(connection->id);
    if (found != watches_.end() && found->second->is_asking()) {
      found->second->give_up_asking();
    } else if (connection->generation == discovery_->master().generation() && connection->is_new_silence()) {
      report_evidence(*connection, core::EvidenceKind::silent,
                      connection->link->endpoint().to_string() + ": a command has been unanswered for " +
                          std::to_string(options_.silence_timeout.count()) + " ms");
    }
  }
  standbys_->look_for_silence(limit);
}

}  // namespace rediscovery
