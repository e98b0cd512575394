#include "updater/role_check.hpp"

#include <algorithm>
#include <sstream>

namespace rediscovery::updater {
namespace {

// A round that takes longer has failed, and the thread must not pass for one that is stuck.
constexpr std::chrono::seconds kRound{10};

bool passes(const RoleVerdict& verdict) { return verdict.check.status == "passing"; }

std::string words_of(const std::optional<core::NodeReport>& report) {
  if (!report) return "the Redis does not answer";
  return report->role == core::Role::master ? "the Redis says that it is a master"
                                            : "the Redis says that it is a replica";
}

}  // namespace

std::vector<RoleVerdict> judge_roles(const Config& config, const std::vector<consul::AgentService>& services,
                                     const std::optional<core::NodeReport>& report) {
  std::vector<RoleVerdict> verdicts;
  for (const auto& master : config.masters) {
    for (const Role role : {Role::master, Role::replica}) {
      const auto id = service_id(role, master.name, config.agent->redis);
      const bool is_there = std::any_of(services.begin(), services.end(),
                                        [&](const auto& service) { return service.id == id; });
      if (!is_there) continue;
      const bool is_true = report && (report->role == core::Role::master) == (role == Role::master);
      // The output has no times in it: only a check that changes is sent to the servers.
      verdicts.push_back(
          {master.name,
           role,
           {check_id_of(id), kRoleCheckName, is_true ? "passing" : "critical", words_of(report)}});
    }
  }
  return verdicts;
}

void RoleCheck::run(int stop_fd) {
  consul::Client consul(settings_.config.consul, stop_fd);
  RealWorld world(settings_.config, stop_fd);
  const core::Duration ttl = settings_.config.agent->ttl;
  do {
    settings_.pulse->beat(world.now());
    const auto error = round(consul, world, world.now() + std::min<core::Duration>(ttl, kRound));
    if (!world.pause(core::Duration::zero())) return;  // what it met was the stop
    std::ostringstream text;
    if (error) text << "the checks of " << settings_.config.agent->redis << " cannot be updated: " << *error;
    if (error && text.str() != trouble_) settings_.log.write(Level::warning, text.str());
    if (!error && !trouble_.empty()) settings_.log.write(Level::info, "the checks are updated again");
    trouble_ = text.str();
    // Two may be late, or lost, before the check expires.
  } while (rest(world, rng_.between(ttl / 5, ttl / 3)));
}

bool RoleCheck::rest(World& world, core::Duration span) {
  for (const auto until = world.now() + span; world.now() < until;) {
    settings_.pulse->beat(world.now());
    if (!world.pause(std::min<core::Duration>(until - world.now(), Vitals::kRest))) return false;
  }
  return true;
}

std::optional<consul::Error> RoleCheck::round(consul::Client& consul, World& world,
                                              core::TimePoint deadline) {
  const auto services = consul.agent_services(deadline);
  if (!services) return services.error();
  // The other half is for telling the agent that it does not answer.
  const auto half = world.now() + (deadline - world.now()) / 2;
  const auto report = world.ask_redis(settings_.config.agent->redis, half);
  if (!world.pause(core::Duration::zero())) return std::nullopt;  // it was not given the time to answer
  for (const auto& verdict : judge_roles(settings_.config, *services, report)) {
    if (passes(verdict)) {
      const auto allowed = may_pass(world, verdict, deadline);
      if (!allowed) return allowed.error();
      if (!*allowed) continue;
    }
    const auto told = consul.update_agent_check(verdict.check, deadline);
    if (!told) return told.error();
    if (passes(verdict)) {
      passed_[verdict.check.check_id] = world.now();
    } else {
      passed_.erase(verdict.check.check_id);
    }
  }
  return std::nullopt;
}

consul::Outcome<bool> RoleCheck::may_pass(World& world, const RoleVerdict& verdict,
                                          core::TimePoint deadline) {
  if (verdict.role != Role::master) return true;
  const auto& config = settings_.config;
  const auto entry = world.read_key(fence_key(config.key_prefix, verdict.master_name), deadline);
  if (!entry) {
    // While Consul's servers are away a check that goes on as it was writes nothing, and if it expired, the
    // name would be gone when they are back.
    const auto passed = passed_.find(verdict.check.check_id);
    if (passed != passed_.end() && world.now() - passed->second < config.agent->ttl) return true;
    return entry.error();
  }
  const auto fence = entry->has_value() ? parse_fence((*entry)->value) : std::nullopt;
  if (fence && fence->address == config.agent->redis) return true;
  settings_.superseded(verdict.master_name);
  return false;
}

}  // namespace rediscovery::updater
