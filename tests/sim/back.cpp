#include "sim/back.hpp"

#include <utility>
#include <variant>

#include "sim/async_front.hpp"
#include "sim/blocking_front.hpp"

namespace rediscovery::sim {

using core::ConnectionId;
using core::PoolFsm;
using engine::Name;

namespace {

std::size_t slot(Name name) { return static_cast<std::size_t>(name); }

std::unique_ptr<Front> front(Context& context, Cluster& cluster, Network& network, Ledger& ledger, Loop& loop,
                             const PoolSettings& settings) {
  if (settings.async) {
    return std::make_unique<AsyncFront>(context, cluster, network, ledger, loop, *settings.async);
  }
  return std::make_unique<BlockingFront>(context, cluster, network, ledger, loop, settings.policy);
}

}  // namespace

Back::Back(Context& context, Cluster& cluster, Network& network, Names& names, Ledger& ledger,
           const PoolSettings& settings, PoolIndex index)
    : context_(context),
      cluster_(cluster),
      network_(network),
      names_(names),
      settings_(settings),
      index_(index),
      front_(sim::front(context, cluster, network, ledger, *this, settings)),
      adoptions_(context, settings.plan.discovery.master.promotion == Promotion::announced),
      driver_(static_cast<engine::PoolPort&>(*this), settings.plan, context.rng.next(), context.now()) {
  adoptions_.dns_said(settings.plan.discovery.fixed_masters);
  front_->replicas_are(settings.plan.discovery.fixed_replicas);
}

void Back::start() {
  on_loop([this] { driver_.start(context_.now()); });
}

void Back::stop() {
  front_->close();
  context_.scheduler.after(50ms, [this] {
    on_loop([this] {
      front_->cut_off();
      driver_.stop(context_.now());
      is_stopped_ = true;
    });
  });
}

void Back::push(const Names::Endpoints& masters) {
  on_loop([this, masters] {
    adoptions_.push_said(masters);
    driver_.on_push(masters, context_.now());
  });
}

// ---- the loop --------------------------------------------------------------------------------------------

void Back::on_loop(Task task) {
  last_task_ = std::max({last_task_, busy_until_, context_.now() + context_.between(1us, 20us)});
  context_.scheduler.at(last_task_, [this, task = std::move(task)] {
    if (is_stopped_) return;
    task();
    end_turn();
  });
}

void Back::end_turn() {
  front_->turn(driver_.discovery().trouble(), driver_.work());
  // As the real loop's timer, which is set anew after each task: what had been set before is void.
  tick_at_ = driver_.next_deadline();
  if (const auto at = front_->next_deadline()) tick_at_ = std::min(tick_at_, *at);
  if (tick_at_ < timer_at_) set_timer(tick_at_);
}

void Back::set_timer(TimePoint at) {
  timer_at_ = at;
  context_.scheduler.at(std::max(at, busy_until_), [this, at] {
    if (timer_at_ != at || is_stopped_) return;
    if (context_.now() < busy_until_) return set_timer(at);
    timer_at_ = TimePoint::max();
    if (context_.now() < tick_at_) return set_timer(tick_at_);
    // A deadline that stays in the past would keep a processor busy for ever.
    spins_ = context_.now() == last_tick_ ? spins_ + 1 : 0;
    last_tick_ = context_.now();
    if (spins_ > 3) return context_.violated("the loop spins");
    driver_.on_tick(context_.now());
    end_turn();
  });
}

// ---- from callers' threads -------------------------------------------------------------------------------

void Back::connect(std::uint64_t generation) {
  on_loop([this, generation] { driver_.connect(generation, context_.now()); });
}

void Back::check(ConnectionId id) {
  on_loop([this, id] { driver_.check(id, context_.now()); });
}

void Back::discard(ConnectionPtr connection, std::string reason) {
  on_loop([this, connection = std::move(connection), reason = std::move(reason)] {
    driver_.discard(connection->id, reason, context_.now());
    network_.close(connection->link);
  });
}

void Back::evidence(core::MasterFsm::Evidence evidence) {
  on_loop([this, evidence = std::move(evidence)] { driver_.on_evidence(evidence, context_.now()); });
}

void Back::wake() {
  on_loop([this] { driver_.wake(context_.now()); });
}

// ---- names -----------------------------------------------------------------------------------------------

void Back::start_lookup(Name name) {
  if (std::exchange(is_looking_up_[slot(name)], true))
    context_.violated("two look-ups of one name at a time");
  ++context_.totals.lookups;
  const std::uint64_t number = ++lookup_[slot(name)];
  names_.look_up(name, [this, name, number](const core::LookupResult& result) {
    on_loop([this, name, number, result] {
      if (lookup_[slot(name)] != number || !is_looking_up_[slot(name)]) return;
      is_looking_up_[slot(name)] = false;
      if (name == Name::master) {
        adoptions_.dns_said(result.endpoints);
      } else if (!result.endpoints.empty()) {
        front_->replicas_are(result.endpoints);
      }
      context_.note("looked up", slot(name), [&] {
        std::string all = name == Name::master ? "master:" : "replicas:";
        for (const auto& endpoint : result.endpoints) all += ' ' + endpoint.to_string();
        return all + ' ' + result.problem;
      });
      driver_.on_lookup(name, result, context_.now());
    });
  });
}

void Back::cancel_lookup(Name name) { is_looking_up_[slot(name)] = false; }

// ---- connections -----------------------------------------------------------------------------------------

void Back::dial(ConnectionId id, const core::Endpoint& endpoint) {
  ++context_.totals.dials;
  dials_.emplace(id, Dial{endpoint});
  const auto node = cluster_.find(endpoint);
  if (!node) return;  // nobody lives there
  network_.connect(index_, *node, [this, id](const LinkPtr& link) {
    if (link) return connected(id, link);
    on_loop([this, id] { dial_failed(id, "connection refused"); });
  });
}

void Back::connected(ConnectionId id, const LinkPtr& link) {
  const auto dial = dials_.find(id);
  if (dial == dials_.end()) return network_.close(link);
  dial->second.link = link;
  on_loop([this, id] {
    if (dials_.contains(id)) driver_.on_connected(id, context_.now());
  });
  link->on_end = [this, id] { on_loop([this, id] { dial_failed(id, "closed during the handshake"); }); };
  network_.request(link, [this, id, link] {
    network_.respond(link, [this, id, link, report = cluster_.report(link->node)] {
      on_loop([this, id, link, report] { dialled(id, link, report); });
    });
  });
}

void Back::dial_failed(ConnectionId id, const std::string& problem) {
  if (dials_.erase(id) != 0) driver_.on_failed(id, problem, false, context_.now());
}

void Back::dialled(ConnectionId id, const LinkPtr& link, const core::NodeReport& report) {
  const auto dial = dials_.extract(id);
  if (!dial) return network_.close(link);
  auto connection = std::make_shared<Connection>();
  connection->id = id;
  connection->node = link->node;
  connection->link = link;
  connection->report = report;
  connection->wake_watch = [this, id] { on_loop([this, id] { ended(id); }); };
  link->on_end = [connection = std::weak_ptr(connection)] {
    if (const auto it = connection.lock()) it->ended();
  };
  watches_.emplace(id, connection);
  front_->opened(connection);
  if (!link->client_open) connection->ended();  // between the answer and this turn of the loop
  adoptions_.node_said(dial.mapped().endpoint, report);
  driver_.on_greeted(id, report, context_.now());
}

void Back::ended(ConnectionId id) {
  const ConnectionPtr connection = watched(id);
  if (!connection || connection->end_told) return;
  const core::Endpoint endpoint = cluster_.node(connection->node).endpoint;
  adoptions_.standby_was_cut(endpoint);
  connection->is_asking = false;
  connection->end_told = true;
  context_.note("cut", connection->node,
                [&] { return endpoint.to_string() + " connection " + std::to_string(id); });
  driver_.on_ended(id, context_.now());
}

void Back::ask(ConnectionId id) {
  const ConnectionPtr connection = watched(id);
  if (!connection) return;
  connection->is_asking = true;
  const std::uint64_t question = ++connection->questions;
  if (connection->at_end) return on_loop([this, id] { ended(id); });
  front_->ask(connection, [this, id, question](const core::NodeReport& report) {
    on_loop([this, id, question, report] { answered(id, question, report); });
  });
}

void Back::answered(ConnectionId id, std::uint64_t question, const core::NodeReport& report) {
  const ConnectionPtr connection = watched(id);
  if (!connection || !connection->is_asking || connection->questions != question) return;
  connection->is_asking = false;
  connection->report = report;
  adoptions_.node_said(cluster_.node(connection->node).endpoint, report);
  driver_.on_answered(id, report, context_.now());
}

void Back::cut(ConnectionId id, bool writes_only) { front_->cut(*watches_.at(id), writes_only); }

void Back::close(ConnectionId id) {
  if (const auto dial = dials_.extract(id); dial && dial.mapped().link) network_.close(dial.mapped().link);
  const auto node = watches_.extract(id);
  if (!node) return;
  node.mapped()->wake_watch = nullptr;
  front_->closed(id);
  // One that has joined the pool lives on until its holder has given it back.
  if (!node.mapped()->has_joined) network_.close(node.mapped()->link);
}

std::optional<TimePoint> Back::unanswered_since(ConnectionId id) const {
  return front_->unanswered_since(*watches_.at(id));
}

ConnectionPtr Back::watched(ConnectionId id) const {
  const auto found = watches_.find(id);
  return found == watches_.end() ? nullptr : found->second;
}

// ---- the pool --------------------------------------------------------------------------------------------

void Back::pool(const PoolFsm::Event& event, std::uint64_t generation) {
  ConnectionPtr joining;
  const auto join = [&](ConnectionId id) {
    joining = watches_.at(id);
    joining->generation = generation;
    joining->has_joined = true;
    return cluster_.node(joining->node).endpoint;
  };
  if (const auto* adopted = std::get_if<PoolFsm::Adopted>(&event)) {
    const core::Endpoint endpoint = join(adopted->connection);
    adoptions_.adopted(endpoint, joining->report, generation, was_healthy_);
    was_healthy_ = true;
  } else if (const auto* confirmed = std::get_if<PoolFsm::Confirmed>(&event)) {
    const core::Endpoint endpoint = join(confirmed->connection);
    adoptions_.confirmed(endpoint, joining->report);
    was_healthy_ = true;
  } else if (const auto* opened = std::get_if<PoolFsm::Opened>(&event)) {
    join(opened->connection);
  } else if (std::holds_alternative<PoolFsm::Suspended>(event)) {
    was_healthy_ = false;
    ++context_.totals.suspicions;
  }
  front_->on(event, joining);
}

void Back::tell(EventKind kind, const std::string& endpoint, const std::string& reason, Duration /*took*/) {
  context_.note(to_string(kind), index_, [&] { return endpoint + (reason.empty() ? "" : " " + reason); });
}

}  // namespace rediscovery::sim
