#include "updater/heartbeat_keeper.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "updater/stale_entries.hpp"

namespace rediscovery::updater {
namespace {

// A Redis that is well answers within milliseconds. A redis.timeout_ms that is as long as all the time there
// is would leave nobody to be judged.
constexpr std::chrono::milliseconds kLongestPatience{1000};

}  // namespace

HeartbeatKeeper::HeartbeatKeeper(const Config& config, Log& log, std::string writer)
    : config_(config), log_(log), writer_(std::move(writer)) {}

void HeartbeatKeeper::after(World& world, const MasterConfig& master, const Report& report,
                            core::TimePoint deadline, core::Rng& rng) {
  // An agent's checks expire by themselves.
  if (config_.heartbeat.interval == core::Duration::zero() || config_.agent) return;
  auto& pulse =
      pulses_
          .try_emplace(master.name,
                       Pulse{Heartbeat({config_.heartbeat.interval, config_.heartbeat.stale_after}), {}})
          .first->second;
  const auto error = carry_out(world, master, pulse.heartbeat, standing_of(report), deadline, rng);
  if (error) (void)pulse.heartbeat.on(Standing::cut_off, world.now(), rng);
  // Consul being away is said once, by whoever reconciles.
  const bool worth_a_word = error && !consul::is_transient(error->kind);
  std::ostringstream text;
  if (worth_a_word) text << master.name << ": heartbeat: " << *error;
  if (worth_a_word && text.str() != pulse.trouble) log_.write(Level::error, text.str());
  if (worth_a_word || !error) pulse.trouble = text.str();
}

std::optional<consul::Error> HeartbeatKeeper::carry_out(World& world, const MasterConfig& master,
                                                        Heartbeat& heartbeat, Standing standing,
                                                        core::TimePoint deadline, core::Rng& rng) {
  auto action = heartbeat.on(standing, world.now(), rng);
  if (action.act != Heartbeat::Act::look) return std::nullopt;
  const auto key = heartbeat_key(config_.key_prefix, master.name);
  const auto entry = world.read_key(key, deadline);
  if (!entry) return entry.error();
  const auto index = entry->has_value() ? (*entry)->modify_index : 0;
  action = heartbeat.on(Heartbeat::Found{index, standing}, world.now(), rng);
  if (action.act == Heartbeat::Act::judge)
    return judge(world, master, action.index, heartbeat.age(world.now()), deadline);
  if (action.act != Heartbeat::Act::beat) return std::nullopt;
  const auto value = nlohmann::json{{"writer", writer_}, {"at", world.timestamp()}};
  const auto beaten = world.write_consul(
      {consul::KvCas{key, value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                     action.index}},
      deadline);
  if (beaten) {
    (void)heartbeat.on(Heartbeat::Beaten{*beaten}, world.now(), rng);
    return std::nullopt;
  }
  if (beaten.error().kind != consul::ErrorKind::lost_race) return beaten.error();
  (void)heartbeat.on(Heartbeat::Outrun{}, world.now(), rng);
  return std::nullopt;
}

std::optional<consul::Error> HeartbeatKeeper::judge(World& world, const MasterConfig& master,
                                                    std::uint64_t index, core::Duration silence,
                                                    core::TimePoint deadline) {
  const auto state = world.read_consul(master, {}, deadline);
  if (!state) return state.error();
  if (!state->fence) return std::nullopt;  // then nobody knows what is whose
  const auto patience = std::min(config_.redis.timeout, kLongestPatience);
  std::vector<StaleEntry> denied;
  for (auto& entry : shown_entries(*state, master.name, config_.node_prefix)) {
    // Who was not given time to answer is not judged: the next look begins with the others already done.
    const auto until = world.now() + patience;
    if (until > deadline) break;
    if (!confirms(entry, world.ask_redis(entry.endpoint, until))) denied.push_back(std::move(entry));
  }
  // Who is told to stop hears of no Redis any more, and knows nothing.
  if (denied.empty() || !world.pause(core::Duration::zero())) return std::nullopt;
  const auto written =
      world.write_consul(denial(denied,
                                {{heartbeat_key(config_.key_prefix, master.name), index},
                                 {fence_key(config_.key_prefix, master.name), state->fence_index}},
                                silence),
                         deadline);
  if (!written) {
    const auto kind = written.error().kind;
    const bool overtaken =
        kind == consul::ErrorKind::lost_race || kind == consul::ErrorKind::missing_registration;
    return overtaken ? std::nullopt : std::optional(written.error());
  }
  std::ostringstream line;
  line << "master=" << master.name << " who=" << writer_ << " trigger=\"no heartbeat for "
       << std::chrono::duration_cast<std::chrono::seconds>(silence).count()
       << " s\" epoch=" << state->fence->epoch << " heartbeat_index=" << index << " changes=[";
  const char* separator = "";
  for (const auto& entry : denied) {
    line << separator << "critical " << entry.role << " " << entry.endpoint;
    separator = ", ";
  }
  log_.write(Level::audit, line.str() + "]");
  return std::nullopt;
}

std::optional<core::TimePoint> HeartbeatKeeper::next_deadline(const std::string& master) const {
  const auto pulse = pulses_.find(master);
  return pulse == pulses_.end() ? std::nullopt : pulse->second.heartbeat.next_deadline();
}

}  // namespace rediscovery::updater
