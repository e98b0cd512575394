#include "updater/world.hpp"

#include <poll.h>

#include <algorithm>
#include <set>

#include "dns/question.hpp"
#include "updater/agent_plan.hpp"
#include "updater/log.hpp"
#include "updater/standby_link.hpp"

namespace rediscovery::updater {
namespace {

// Every node with a Consul agent has this check, and no other node.
constexpr const char* kAgentCheck = "serfHealth";

}  // namespace

RealWorld::RealWorld(const Config& config, int stop_fd)
    : config_(config),
      sentinels_(config.sentinels, stop_fd),
      consul_(config.consul, stop_fd),
      stop_fd_(stop_fd) {}

std::vector<sentinel::Observation> RealWorld::ask_sentinels(const std::string& master,
                                                            core::TimePoint deadline) {
  return sentinels_.read(master, deadline);
}

// The fence is read first: a change that happens between the reads raises its index, and then the transaction
// planned from them cannot win.
consul::Outcome<ConsulState> RealWorld::read_consul(const MasterConfig& master,
                                                    const std::vector<core::Endpoint>& endpoints,
                                                    core::TimePoint deadline) {
  ConsulState state;
  const auto record = consul_.key(fence_key(config_.key_prefix, master.name), deadline);
  if (!record) return record.error();
  std::set<std::string> names = {master.services.master, master.services.replica};
  if (record->has_value()) {
    state.fence = parse_fence((*record)->value);
    state.fence_index = (*record)->modify_index;
    state.fence_unreadable = !state.fence.has_value();
  }
  if (state.fence) names.insert({state.fence->services.master, state.fence->services.replica});

  for (const auto& name : names) {
    auto entries = consul_.service(name, deadline);
    if (!entries) return entries.error();
    for (auto& entry : *entries) {
      state.nodes[entry.node] = {entry.node_address, entry.checks.contains(kAgentCheck),
                                 is_own_node(entry.node_meta)};
      state.entries.push_back(std::move(entry));
    }
  }
  if (config_.agent) {
    const auto node = consul_.agent_node(deadline);
    if (!node) return node.error();
    auto services = consul_.agent_services(deadline);
    if (!services) return services.error();
    state.agent = LocalAgent{*node, std::move(*services)};
    return state;
  }
  for (const auto& endpoint : endpoints) {
    const std::string name = node_name(config_.node_prefix, endpoint);
    if (state.nodes.contains(name)) continue;
    const auto node = consul_.node(name, deadline);
    if (!node) return node.error();
    if (!node->has_value()) continue;
    const auto checks = consul_.node_checks(name, deadline);
    if (!checks) return checks.error();
    state.nodes[name] = {(*node)->address, checks->contains(kAgentCheck), is_own_node((*node)->meta)};
  }
  return state;
}

consul::Outcome<std::optional<consul::KvEntry>> RealWorld::read_key(const std::string& key,
                                                                    core::TimePoint deadline) {
  return consul_.key(key, deadline);
}

consul::Outcome<std::uint64_t> RealWorld::write_consul(const std::vector<consul::Operation>& operations,
                                                       core::TimePoint deadline) {
  return consul_.transaction(operations, deadline);
}

std::optional<consul::Error> RealWorld::tell_agent(const std::vector<AgentStep>& steps,
                                                   core::TimePoint deadline) {
  for (const auto& [kind, registration] : steps) {
    if (kind == AgentStep::Kind::deregister) {
      const auto done = consul_.deregister_at_agent(registration.id, deadline);
      if (!done) return done.error();
      continue;
    }
    const auto check = check_of(registration);
    // Passing as the transaction has written it; from now on the check follows the Redis' own word.
    const auto done = consul_.register_at_agent(agent_service_of(registration),
                                                {check.check_id, check.name, check.status, check.output},
                                                config_.agent->ttl, deadline);
    if (!done) return done.error();
  }
  return std::nullopt;
}

std::optional<core::NodeReport> RealWorld::ask_redis(const core::Endpoint& endpoint,
                                                     core::TimePoint deadline) {
  deadline = std::min(deadline, core::saturating_add(now(), config_.redis.timeout));
  auto link = StandbyLink::start(endpoint, config_.redis, deadline);
  while (link && now() < deadline) {
    pollfd polls[2] = {{link->fd(), link->awaited(), 0}, {stop_fd_, POLLIN, 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now()).count() + 1;
    if (poll(polls, 2, static_cast<int>(left)) <= 0 || polls[1].revents != 0) break;
    const auto event = link->proceed();
    if (!event) continue;
    const auto* opened = std::get_if<core::StandbyFsm::Opened>(&*event);
    return opened != nullptr ? std::optional(opened->report) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<core::LookupResult> RealWorld::ask_dns(const std::string& service, core::TimePoint deadline) {
  if (config_.dns.servers.empty()) return std::nullopt;
  dns::ResolverOptions options;
  options.servers = config_.dns.servers;
  return dns::ask(options, dns_name(config_.dns, service), deadline);
}

core::TimePoint RealWorld::now() { return std::chrono::steady_clock::now(); }

bool RealWorld::pause(core::Duration span) {
  pollfd stop{stop_fd_, POLLIN, 0};
  const auto wait =
      std::clamp<core::Duration>(span, core::Duration::zero(), std::chrono::milliseconds(60'000));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec time{seconds.count(), static_cast<long>(std::chrono::nanoseconds(wait - seconds).count())};
  return ppoll(&stop, 1, &time, nullptr) <= 0;
}

std::string RealWorld::timestamp() { return utc_timestamp(); }

}  // namespace rediscovery::updater
