#include "updater/check_gather.hpp"

#include <poll.h>

#include <algorithm>
#include <future>

#include "dns/question.hpp"
#include "sentinel/examiner.hpp"
#include "sentinel/roster.hpp"
#include "updater/check_host.hpp"
#include "updater/standby_link.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater {
namespace {

using Clock = std::chrono::steady_clock;

// Every question in a thread of its own: there are a dozen or two, and none must wait for another's time-out.
template <typename T>
class Questions {
 public:
  template <typename Ask>
  void add(T& place, Ask ask) {
    pending_.emplace_back(&place, std::async(std::launch::async, std::move(ask)));
  }
  void wait() {
    for (auto& [place, answer] : pending_) *place = answer.get();
    pending_.clear();
  }

 private:
  std::vector<std::pair<T*, std::future<T>>> pending_;
};

RedisFact ask_redis(const RedisSettings& settings, const core::Endpoint& endpoint, core::TimePoint deadline) {
  RedisFact fact{endpoint, {}, "no answer in time", false};
  deadline = std::min(deadline, core::saturating_add(Clock::now(), settings.timeout));
  const auto failed = [&fact](const Error& error) {
    fact.problem = error.message();
    fact.refused = error.code() == ErrorCode::authentication;
    return fact;
  };
  auto link = StandbyLink::start(endpoint, settings, deadline);
  if (!link) return failed(link.error());
  while (Clock::now() < deadline) {
    pollfd wanted{link->fd(), link->awaited(), 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (poll(&wanted, 1, static_cast<int>(left.count())) <= 0) continue;
    const auto event = link->proceed();
    if (!event) continue;
    if (const auto* opened = std::get_if<core::StandbyFsm::Opened>(&*event)) {
      fact.report = opened->report;
      fact.problem.clear();
      return fact;
    }
    if (link->error()) return failed(*link->error());
    return fact;
  }
  return fact;
}

DnsFact ask_dns(const DnsSettings& settings, const core::Endpoint& server, Role role,
                const std::string& service, core::TimePoint deadline) {
  // Long enough for an agent that has to ask a server, short enough not to hold up everything else.
  constexpr std::chrono::milliseconds kLongest{2000};
  DnsFact fact{server, role, dns_name(settings, service), {}, {}};
  dns::ResolverOptions options;
  options.servers = {server};
  options.timeout = kLongest / 2;  // it is asked twice
  auto result =
      dns::ask(options, fact.name, std::min(deadline, core::saturating_add(Clock::now(), kLongest)));
  fact.answers = std::move(result.endpoints);
  std::sort(fact.answers.begin(), fact.answers.end());
  fact.answers.erase(std::unique(fact.answers.begin(), fact.answers.end()), fact.answers.end());
  fact.problem = std::move(result.problem);
  return fact;
}

// Those that are configured at once, then whom these list, until nobody is new.
std::vector<sentinel::Examination> examine_members(const sentinel::Settings& settings,
                                                   const std::string& master, core::TimePoint deadline) {
  sentinel::Roster roster(settings.addresses, settings.discover);
  std::vector<sentinel::Examination> all;
  std::vector<sentinel::Observation> observations;
  for (auto asked = roster.members(); !asked.empty();) {
    std::vector<sentinel::Examination> found(asked.size());
    Questions<sentinel::Examination> questions;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      questions.add(found[i], [&settings, &master, address = asked[i], deadline] {
        return sentinel::examine(settings, address, master, deadline);
      });
    }
    questions.wait();
    asked.clear();
    for (auto& one : found) {
      for (auto& newcomer : roster.heard(one.observation)) asked.push_back(std::move(newcomer));
      observations.push_back(one.observation);
      all.push_back(std::move(one));
    }
  }
  const auto counted = roster.conclude(std::move(observations));
  std::erase_if(all, [&counted](const auto& one) {
    return std::none_of(counted.begin(), counted.end(), [&one](const auto& observation) {
      return observation.sentinel == one.observation.sentinel;
    });
  });
  return all;
}

// Asks in three steps; see gather().
class Gatherer {
 public:
  Gatherer(const Config& config, const GatherOptions& options, Facts& facts)
      : config_(config), options_(options), facts_(facts) {}

  void ask_servers(core::TimePoint deadline) {
    Questions<std::vector<sentinel::Examination>> sentinels;
    Questions<consul::AgentReport> agents;
    for (auto& master : facts_.masters) {
      sentinels.add(master.sentinels, [this, &name = master.config.name, deadline] {
        return examine_members(config_.sentinels, name, deadline);
      });
    }
    facts_.agents.resize(config_.consul.addresses.size());
    for (std::size_t i = 0; i < facts_.agents.size(); ++i) {
      agents.add(facts_.agents[i], [this, i, deadline] {
        return consul::examine_agent(config_.consul, config_.consul.addresses[i], deadline);
      });
    }
    sentinels.wait();
    agents.wait();
    const auto& configured = config_.sentinels.addresses;
    for (auto& master : facts_.masters) {
      for (const auto& one : master.sentinels) {
        const auto& who = one.observation.sentinel;
        if (std::find(configured.begin(), configured.end(), who) == configured.end())
          master.discovered.push_back(who);
      }
    }
  }

  void look_at_host() {
    facts_.secrets = look_at_secrets(options_.config_path);
    facts_.sandbox = look_at_sandbox();
    for (auto& master : facts_.masters) {
      for (const auto& examination : master.sentinels) {
        for (auto& script : look_at_scripts(examination)) master.scripts.push_back(std::move(script));
      }
    }
  }

  void read_consul(core::TimePoint deadline) {
    const auto alive = std::find_if(facts_.agents.begin(), facts_.agents.end(),
                                    [](const auto& agent) { return !agent.error && agent.has_leader; });
    if (alive == facts_.agents.end()) return;
    if (ran_out("what Consul holds", deadline)) return;
    Questions<std::optional<consul::Outcome<ConsulState>>> states;
    for (auto& master : facts_.masters) {
      states.add(master.consul, [this, &master, nodes = named_nodes(master), deadline] {
        RealWorld world(config_, -1);
        return std::optional(world.read_consul(master.config, nodes, deadline));
      });
    }
    Questions<std::optional<consul::Outcome<consul::TokenReport>>> token;
    if (options_.thorough) {
      token.add(facts_.token, [this, &address = alive->address, deadline] {
        return std::optional(consul::examine_token(config_.consul, address, deadline));
      });
    }
    states.wait();
    token.wait();
    if (!options_.thorough) return;
    if (ran_out("what the token may write", deadline)) return;
    Questions<std::optional<TrialFact>> trials;
    for (auto& master : facts_.masters) {
      trials.add(master.trial, [this, &master, &address = alive->address, deadline] {
        auto operations = trial_operations(config_, master.config, named_nodes(master));
        auto denials = consul::try_transaction(config_.consul, address, operations, deadline);
        return std::optional(TrialFact{std::move(operations), std::move(denials)});
      });
    }
    trials.wait();
  }

  void ask_nodes(core::TimePoint deadline) {
    if (ran_out("the Redis nodes and DNS", deadline)) return;
    Questions<RedisFact> nodes;
    Questions<DnsFact> answers;
    for (auto& master : facts_.masters) {
      const auto named = named_nodes(master);
      master.redis.resize(named.size());
      for (std::size_t i = 0; i < named.size(); ++i) {
        nodes.add(master.redis[i], [this, endpoint = named[i], deadline] {
          return ask_redis(config_.redis, endpoint, deadline);
        });
      }
      master.dns.resize(config_.dns.servers.size() * 2);
      auto place = master.dns.begin();
      for (const auto& server : config_.dns.servers) {
        for (const auto role : {Role::master, Role::replica}) {
          answers.add(*place++, [this, &server, role, &service = master.config.services.of(role), deadline] {
            return ask_dns(config_.dns, server, role, service, deadline);
          });
        }
      }
    }
    nodes.wait();
    answers.wait();
  }

 private:
  // What is asked with no time left looks dead.
  bool ran_out(const char* what, core::TimePoint deadline) {
    if (Clock::now() < deadline) return false;
    facts_.not_looked_at.emplace_back(what);
    return true;
  }

  const Config& config_;
  const GatherOptions& options_;
  Facts& facts_;
};

}  // namespace

std::vector<consul::Operation> trial_operations(const Config& config, const MasterConfig& master,
                                                std::vector<core::Endpoint> nodes) {
  constexpr std::size_t kKeys = 3;
  constexpr std::size_t kPerNode = 7;
  constexpr std::size_t kMostNodes = (consul::kMostOperations - kKeys) / kPerNode;
  // When nobody knows a Redis: an address for documentation (RFC 5737).
  if (nodes.empty()) nodes.push_back({"192.0.2.1", 6379, {}});
  if (nodes.size() > kMostNodes) nodes.resize(kMostNodes);
  std::vector<consul::Operation> operations = {
      consul::KvCas{fence_key(config.key_prefix, master.name), "", consul::kImpossibleIndex},
      consul::KvCas{heartbeat_key(config.key_prefix, master.name), "", consul::kImpossibleIndex},
      consul::KvCheckIndex{heartbeat_key(config.key_prefix, master.name), consul::kImpossibleIndex}};
  for (const auto& node : nodes) {
    bool has_node = config.agent.has_value();  // an agent makes its node itself
    for (const auto role : {Role::master, Role::replica}) {
      const Registration registration{role,
                                      node,
                                      master.services.of(role),
                                      node_name(config.node_prefix, node),
                                      service_id(role, master.name, node),
                                      master.name,
                                      0};
      if (!has_node) operations.emplace_back(node_of(registration));
      has_node = true;
      operations.emplace_back(service_of(registration));
      operations.emplace_back(check_of(registration));
      operations.emplace_back(
          consul::DeleteService{registration.node, registration.id, registration.service});
    }
  }
  return operations;
}

Facts gather(const Config& config, const GatherOptions& options, core::TimePoint deadline) {
  const auto start = Clock::now();
  const auto span = deadline - start;
  Facts facts;
  facts.config_path = options.config_path;
  facts.node_prefix = config.node_prefix;
  facts.key_prefix = config.key_prefix;
  facts.datacenter = config.consul.datacenter;
  for (const auto* master : options.masters) {
    facts.masters.emplace_back();
    facts.masters.back().config = *master;
    if (config.agent) facts.masters.back().own_redis = config.agent->redis;
  }
  Gatherer gatherer(config, options, facts);
  gatherer.ask_servers(start + span / 2);
  if (options.thorough) gatherer.look_at_host();
  gatherer.read_consul(start + span * 3 / 4);
  gatherer.ask_nodes(deadline);
  return facts;
}

}  // namespace rediscovery::updater
