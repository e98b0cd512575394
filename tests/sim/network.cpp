#include "sim/network.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::sim {
namespace {

// What the pool sets as TCP_USER_TIMEOUT. Keepalive is left out: the questions that idle connections are
// asked come sooner.
constexpr Duration kUserTimeout = 5s;
// How long after a partition TCP sends again what it held up.
constexpr Duration kRetransmission = 200ms;
// What a slow server adds to an answer at most.
constexpr Duration kSlowness = 300ms;

}  // namespace

Network::Network(Context& context, Cluster& cluster, Duration latency_low, Duration latency_high)
    : context_(context), cluster_(cluster), latency_low_(latency_low), latency_high_(latency_high) {
  cluster_.on_clients_killed = [this](NodeIndex node) { cut_clients(node); };
  cluster_.on_vanished = [this](NodeIndex node) {
    for (const auto& link : links_) {
      if (link->node == node) link->server_open = false;  // and nobody says so
    }
  };
  cluster_.on_back = [this](NodeIndex node) {
    for (const auto& link : std::vector<LinkPtr>(links_)) {
      if (link->node == node) release(link);
    }
  };
}

// What is held up for a link may hold the link: it is let go here, or it would never be.
Network::~Network() {
  for (const auto& link : links_) {
    link->client_open = link->server_open = false;
    forget_if_over(*link);
  }
}

bool Network::forget_if_over(Link& link) {
  if (link.client_open || link.server_open) return false;
  link.held_to_node.clear();
  link.held_to_client.clear();
  return true;
}

void Network::connect(PoolIndex pool, NodeIndex node, std::function<void(LinkPtr)> done) {
  context_.scheduler.after(latency(), [this, pool, node, done = std::move(done)]() mutable {
    const Path& way = path(pool, node);
    const Power power = cluster_.node(node).power;
    if (way.to_node_blocked || way.to_client_blocked || power == Power::gone) return;
    if (power == Power::down) {
      context_.scheduler.after(latency(), [done = std::move(done)] { done(nullptr); });
      return;
    }
    std::erase_if(links_, [](const LinkPtr& link) { return forget_if_over(*link); });
    auto link = std::make_shared<Link>();
    link->pool = pool;
    link->node = node;
    links_.push_back(link);
    respond(link, [link, done = std::move(done)] { done(link); });
  });
}

void Network::request(const LinkPtr& link, Task at_node) {
  transmit(link, Way::to_node, [this, link, at_node = std::move(at_node)]() mutable {
    if (!link->server_open) return end_by_server(link);  // RST
    Node& node = cluster_.node(link->node);
    if (node.answers()) return at_node();
    node.backlog.push_back([link, at_node = std::move(at_node)] {
      if (link->server_open) at_node();
    });
  });
}

void Network::respond(const LinkPtr& link, Task at_client) {
  if (cluster_.node(link->node).slow_until > context_.now()) {
    link->last_to_client = std::max(link->last_to_client, context_.now() + context_.between(0ms, kSlowness));
  }
  transmit(link, Way::to_client, [link, at_client = std::move(at_client)] {
    if (link->client_open) at_client();
  });
}

void Network::close(const LinkPtr& link) {
  if (!link->client_open) return;
  link->client_open = false;
  if (link->is_forgotten) link->server_open = false;
  transmit(link, Way::to_node, [this, link] {
    Node& node = cluster_.node(link->node);
    if (node.power != Power::hung) return void(link->server_open = false);
    // When it goes on, it reads what came before.
    node.backlog.push_back([link] { link->server_open = false; });
  });
}

void Network::reset(PoolIndex pool, NodeIndex node) {
  for (const auto& link : std::vector<LinkPtr>(links_)) {
    if (link->pool != pool || link->node != node) continue;
    link->server_open = false;
    end_at_client(link);
  }
}

void Network::forget(PoolIndex pool, NodeIndex node) {
  for (const auto& link : links_) {
    if (link->pool == pool && link->node == node) link->is_forgotten = true;
  }
}

void Network::cut_clients(NodeIndex node) {
  for (const auto& link : std::vector<LinkPtr>(links_)) {
    if (link->node == node && link->server_open) end_by_server(link);
  }
}

void Network::end_by_server(const LinkPtr& link) {
  link->server_open = false;
  transmit(link, Way::to_client, [this, link] { end_at_client(link); });
}

void Network::end_at_client(const LinkPtr& link) {
  if (!link->client_open) return;
  link->client_open = false;
  if (link->on_end) link->on_end();
}

void Network::block(PoolIndex pool, NodeIndex node, bool to_node, bool to_client) {
  path(pool, node) = {to_node, to_client};
  if (to_node && to_client) return;
  for (const auto& link : std::vector<LinkPtr>(links_)) {
    if (link->pool == pool && link->node == node) release(link);
  }
}

void Network::heal_all() {
  for (auto& [ends, each] : paths_) block(ends.first, ends.second, false, false);
}

bool Network::is_blocked(const Link& link, Way way) {
  if (cluster_.node(link.node).power == Power::gone) return true;
  const Path& blocked = path(link.pool, link.node);
  return way == Way::to_node ? blocked.to_node_blocked : blocked.to_client_blocked;
}

void Network::transmit(const LinkPtr& link, Way way, Task task) {
  TimePoint& last = way == Way::to_node ? link->last_to_node : link->last_to_client;
  last = std::max(last, context_.now() + latency());
  context_.scheduler.at(
      last, [this, link, way, task = std::move(task)]() mutable { arrive(link, way, std::move(task)); });
}

void Network::arrive(const LinkPtr& link, Way way, Task task) {
  if (link->is_forgotten || (!link->client_open && !link->server_open)) return;
  const auto& held = way == Way::to_node ? link->held_to_node : link->held_to_client;
  // Acknowledgements go the other way: also a one-way partition leaves the sender without them.
  if (way == Way::to_node && is_blocked(*link, Way::to_client) && !link->unacknowledged_since) {
    hold(link, Way::to_client, [] {});
  }
  if (!held.empty() || is_blocked(*link, way)) return hold(link, way, std::move(task));
  task();
}

void Network::hold(const LinkPtr& link, Way way, Task task) {
  (way == Way::to_node ? link->held_to_node : link->held_to_client).push_back(std::move(task));
  if (link->unacknowledged_since) return;
  link->unacknowledged_since = context_.now();
  context_.scheduler.after(kUserTimeout, [this, link, since = context_.now()] {
    if (link->unacknowledged_since == since) end_at_client(link);
  });
}

void Network::release(const LinkPtr& link) {
  for (const Way way : {Way::to_node, Way::to_client}) {
    if (is_blocked(*link, way)) continue;
    // What comes meanwhile is held up as well: TCP delivers in order.
    context_.scheduler.after(context_.between(0ms, kRetransmission),
                             [this, link, way] { send_again(link, way); });
  }
  acknowledge(*link);
}

void Network::send_again(const LinkPtr& link, Way way) {
  if (is_blocked(*link, way)) return;
  acknowledge(*link);
  auto& held = way == Way::to_node ? link->held_to_node : link->held_to_client;
  for (auto& task : std::exchange(held, {})) arrive(link, way, std::move(task));
}

void Network::acknowledge(Link& link) {
  if (!is_blocked(link, Way::to_node) && !is_blocked(link, Way::to_client)) link.unacknowledged_since.reset();
}

}  // namespace rediscovery::sim
