#include "pool/pool_engine.hpp"

#include <algorithm>
#include <random>

namespace rediscovery {
namespace {

using std::chrono::milliseconds;

std::optional<core::Endpoint> fixed_master(const Options& options) {
  return core::parse_endpoint(options.master, options.default_port);
}

dns::ResolverOptions resolver_options(const Options& options) {
  dns::ResolverOptions result;
  for (const auto& server : options.dns_servers) result.servers.push_back(*core::parse_endpoint(server, 53));
  result.timeout = options.dns_timeout;
  result.default_port = options.default_port;
  return result;
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
    dialer_.reset();
    resolver_.reset();
    timer_.reset();
  });
}

void PoolEngine::set_up() {
  const auto fixed = fixed_master(options_);
  if (!fixed) resolver_ = std::make_unique<dns::Resolver>(loop_.uv(), resolver_options(options_));
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
  discovery_ = std::make_unique<engine::Discovery>(
      static_cast<engine::DiscoveryPort&>(*this), core::ResolvePolicy{options_.refresh_floor, options_.refresh_ceiling}, fixed, random_seed(),
      engine::now());
  discovery_->start(engine::now());
  keep_time();
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

void PoolEngine::start_lookup() {
  Counters::add(state_.counters.lookups);
  resolver_->lookup(options_.master, [this](const core::LookupResult& result) {
    if (result.endpoints.empty()) Counters::add(state_.counters.lookups_failed);
    discovery_->on_lookup(result, engine::now());
    keep_time();
  });
}

void PoolEngine::cancel_lookup() { resolver_->cancel(); }

void PoolEngine::verify(const core::Endpoint& endpoint) {
  Counters::add(state_.counters.connects);
  dialer_->dial(endpoint, options_.connect_timeout, [this, endpoint](Result<redis::Dialled> result) {
    if (result) {
      verified_ = std::move(*result);
      // A copy: the port's callbacks move the connection on.
      const core::NodeReport report = verified_->report;
      discovery_->on_verified(endpoint, report, engine::now());
      verified_.reset();
    } else {
      Counters::add(state_.counters.connects_failed);
      discovery_->on_verify_failed(endpoint, result.error().message(),
                                   result.error().code() == ErrorCode::authentication, engine::now());
    }
    keep_time();
  });
}

void PoolEngine::suspected() { state_.on(core::PoolFsm::Suspended{}, engine::now()); }

void PoolEngine::confirmed() {
  const auto connection = join(std::move(*verified_), discovery_->master().generation());
  state_.on(core::PoolFsm::Confirmed{connection->id}, engine::now(), connection);
}

void PoolEngine::adopted(const core::MasterFsm::Adopt& adoption) {
  Counters::add(state_.counters.adoptions);
  state_.set_master(adoption.endpoint.to_string());
  const auto connection = join(std::move(*verified_), adoption.generation);
  state_.on(core::PoolFsm::Adopted{adoption.generation, connection->id, adoption.old_may_be_hung},
            engine::now(), connection);
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
  const auto connection = join(std::move(*result), generation);
  state_.on(core::PoolFsm::Opened{connection->id, generation}, engine::now(), connection);
}

PoolState::ConnectionPtr PoolEngine::join(redis::Dialled dialled, std::uint64_t generation) {
  auto connection = std::make_shared<PooledConnection>(++last_id_, generation, std::move(dialled.connection));
  auto watch =
      std::make_unique<ConnectionWatch>(loop_.uv(), connection, [this, connection = connection.get()] {
        const auto found = watches_.find(connection->id);
        if (found != watches_.end()) lost(found->second->connection());
      });
  watches_.emplace(connection->id, std::move(watch));
  tell(EventKind::connection_opened, connection->link->endpoint().to_string(), "", {});
  return connection;
}

void PoolEngine::lost(const PoolState::ConnectionPtr& watched) {
  const PoolState::ConnectionPtr connection = watched;  // outlives its watch
  report_evidence(*connection, core::EvidenceKind::lost,
                  connection->link->endpoint().to_string() + ": the server closed a connection");
  state_.on(core::PoolFsm::Lost{connection->id}, engine::now());
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
    found->second->ask_role([this, connection](const Result<Reply>& role) { checked(connection, role); });
  });
}

void PoolEngine::checked(const PoolState::ConnectionPtr& connection, const Result<Reply>& role) {
  const std::string endpoint = connection->link->endpoint().to_string();
  bool healthy = false;
  if (!role) {
    const bool silent = role.error().code() == ErrorCode::timeout;
    report_evidence(*connection, silent ? core::EvidenceKind::silent : core::EvidenceKind::lost,
                    role.error().message());
  } else if (const auto& words = role->elements(); !words.empty() && words[0].text() == "master") {
    healthy = true;
  } else {
    report_evidence(*connection, core::EvidenceKind::read_only, endpoint + " is not a master any more");
  }
  state_.on(core::PoolFsm::Checked{connection->id, healthy}, engine::now());
  keep_time();
}

void PoolEngine::look_for_silence(core::TimePoint now) {
  const auto too_long_ago = (now - options_.silence_timeout).time_since_epoch().count();
  std::vector<PoolState::ConnectionPtr> silent;
  state_.for_each_connection([&](const PoolState::ConnectionPtr& connection) {
    const auto asked_at = connection->asked_at.load(std::memory_order_relaxed);
    if (asked_at != 0 && asked_at <= too_long_ago) silent.push_back(connection);
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
}

}  // namespace rediscovery
