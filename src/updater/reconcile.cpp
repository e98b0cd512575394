#include "updater/reconcile.hpp"

#include <algorithm>
#include <utility>

#include "core/backoff.hpp"
#include "updater/observation.hpp"

namespace rediscovery::updater {
namespace {

using std::chrono::milliseconds;

// Each loser of a race has seen a winner, so n updaters need n rounds at most; more means that somebody
// undoes what is written.
constexpr int kMostRounds = 20;
// A round takes a few milliseconds: enough to spread the losers of a race.
constexpr milliseconds kRaceJitter{10};
// While Consul has no leader, or is away: often enough to be done within a fraction of a second of its
// return.
constexpr core::Backoff kRetry{milliseconds(20), milliseconds(500), 4};
// From the choice of a replica to the announcement of its promotion it takes Sentinel about a second. What a
// transaction does not compare, like a node that somebody else has begun to use, should not be older.
constexpr milliseconds kFresh{5000};

// Whether the transaction may have been applied although no answer says so.
bool is_in_doubt(consul::ErrorKind kind) {
  return kind == consul::ErrorKind::timeout || kind == consul::ErrorKind::unreachable ||
         kind == consul::ErrorKind::unavailable || kind == consul::ErrorKind::malformed;
}

// The one that the fence shows to have been made is taken out and returned. Those that cannot be made any
// more, because the fence is another one than they compare it with, are forgotten.
std::optional<Plan> take_confirmed(std::vector<Plan>& unconfirmed, const ConsulState& state) {
  const auto made = std::find_if(unconfirmed.begin(), unconfirmed.end(),
                                 [&](const Plan& plan) { return state.fence == plan.after; });
  std::optional<Plan> confirmed;
  if (made != unconfirmed.end()) confirmed = *made;
  std::erase_if(unconfirmed, [&](const Plan& plan) { return plan.fence_index != state.fence_index; });
  return confirmed;
}

std::vector<core::Endpoint> endpoints_of(const sentinel::Consensus& consensus) {
  std::vector<core::Endpoint> endpoints = {consensus.address};
  for (const auto& replica : consensus.replicas) {
    if (replica.state != sentinel::ReplicaState::down) endpoints.push_back(replica.endpoint);
  }
  return endpoints;
}

consul::Outcome<ConsulReading> read(World& world, const MasterConfig& master,
                                    const sentinel::Consensus& consensus, core::TimePoint deadline) {
  ConsulReading reading{{}, endpoints_of(consensus), world.now()};
  auto state = world.read_consul(master, reading.endpoints, deadline);
  if (!state) return state.error();
  reading.state = std::move(*state);
  return reading;
}

// Without a fence nobody would notice what has changed since; a node that was not asked for would pass for
// one that does not exist.
bool may_plan_from(const std::optional<ConsulReading>& ahead, const sentinel::Consensus& consensus,
                   core::TimePoint now) {
  if (!ahead || !ahead->state.fence || now - ahead->at > kFresh) return false;
  const auto needed = endpoints_of(consensus);
  return std::all_of(needed.begin(), needed.end(), [&](const auto& endpoint) {
    return std::find(ahead->endpoints.begin(), ahead->endpoints.end(), endpoint) != ahead->endpoints.end();
  });
}

// Whether the promoted one follows `master`. As the replica of yet another one it says nothing of how its own
// promotion ended: it may have been announced, to a Sentinel that cannot be read either, and replaced since.
bool is_replica_of(World& world, const Fence& promoted, const core::Endpoint& master,
                   core::TimePoint deadline) {
  const auto report = world.ask_redis(promoted.address, deadline);
  return report && report->role == core::Role::replica && (!report->master || *report->master == master);
}

}  // namespace

Report reconcile(World& world, const Config& config, const MasterConfig& master,
                 const ReconcileOptions& options, core::Rng& rng) {
  Report report;
  const auto record = [&](Change change) {
    if (options.awaits_visibility)
      change.visibility = wait_until_visible(world, change.plan, options.deadline, rng);
    options.on_change(change);
    report.changes.push_back(std::move(change));
  };
  report.unconfirmed = options.unconfirmed;
  bool in_doubt = false;
  consul::Error last{consul::ErrorKind::lost_race, "the registrations do not stay as they were written"};
  std::uint64_t index_before_asking = 0;
  const auto plan_from = [&](const ConsulState& state) {
    const auto& consensus = report.consensus;
    PlanInput input{master,
                    config.node_prefix,
                    consensus,
                    state,
                    options.accept_epoch_reset,
                    options.writer,
                    world.timestamp(),
                    options.observed_leader,
                    index_before_asking};
    if (config.agent) input.own_redis = config.agent->redis;
    if (is_unannounced(input) && is_leader_away(input))
      input.observed_is_replica = is_replica_of(world, *state.fence, consensus.address, options.deadline);
    return make_plan(input);
  };
  for (int round = 0; round < kMostRounds; ++round) {
    report.consensus = sentinel::agree(world.ask_sentinels(master.name, options.deadline));
    options.on_consensus(report.consensus);
    const auto& consensus = report.consensus;
    const bool are_agreed = consensus.kind == sentinel::Consensus::Kind::agreed;
    bool planned = false;
    // What is unconfirmed may have been made since that was read.
    if (round == 0 && are_agreed && report.unconfirmed.empty() &&
        may_plan_from(options.ahead, consensus, world.now())) {
      report.plan = plan_from(options.ahead->state);
      planned = report.plan.verdict == Verdict::change;
    }
    ConsulState state;
    // Without the Sentinels there still is what our own agent must be told of the fence.
    if (!planned && (are_agreed || config.agent)) {
      auto reading = read(world, master, consensus, options.deadline);
      if (!reading) {
        report.met.push_back(reading.error().kind);
        report.error = in_doubt ? last : reading.error();
        return report;
      }
      report.consul = std::move(*reading);
      state = report.consul->state;
      if (auto made = take_confirmed(report.unconfirmed, state))
        record({*std::move(made), state.fence_index, {}});
    }
    const bool second_doubt = std::exchange(in_doubt, false);

    if (!planned) report.plan = plan_from(state);
    if (report.plan.cause == Cause::given_up) {
      index_before_asking = state.fence_index;
      continue;  // what the Sentinels say from now on, they say in knowledge of the promotion
    }
    if (!options.dry_run && report.plan.verdict != Verdict::change && !report.plan.agent_steps.empty()) {
      report.error = world.tell_agent(report.plan.agent_steps, options.deadline);
      if (report.error) return report;
      continue;  // the next round verifies
    }
    if (options.dry_run || report.plan.verdict != Verdict::change) return report;

    const auto key = fence_key(config.key_prefix, master.name);
    const auto index = world.write_consul(transaction(report.plan, key), options.deadline);
    if (index) {
      report.unconfirmed.clear();
      record({report.plan, *index, {}});
      continue;  // the next round verifies
    }
    last = index.error();
    report.met.push_back(last.kind);
    // Whatever the error says: it may be that of a repetition at another of Consul's addresses, after the
    // first one was made.
    report.unconfirmed.push_back(report.plan);
    if (report.unconfirmed.size() > kMostRounds) report.unconfirmed.erase(report.unconfirmed.begin());
    in_doubt = is_in_doubt(last.kind) && !second_doubt;
    if (in_doubt) continue;  // the next round sees whether it was applied
    const bool raced =
        last.kind == consul::ErrorKind::lost_race || last.kind == consul::ErrorKind::missing_registration;
    if (!raced || world.now() >= options.deadline) break;
    if (!world.pause(rng.between(milliseconds(1), kRaceJitter))) break;
  }
  report.error = last;
  return report;
}

std::optional<ConsulReading> read_ahead(World& world, const MasterConfig& master, core::TimePoint deadline) {
  const auto consensus = sentinel::agree(world.ask_sentinels(master.name, deadline));
  if (consensus.kind != sentinel::Consensus::Kind::agreed) return std::nullopt;
  auto reading = read(world, master, consensus, deadline);
  return reading ? std::optional(std::move(*reading)) : std::nullopt;
}

Report reconcile_until_done(World& world, const Config& config, const MasterConfig& master,
                            ReconcileOptions options, core::Rng& rng) {
  const auto started = world.now();
  std::vector<Change> changes;
  std::optional<Report> last;
  while (true) {
    auto report = reconcile(world, config, master, options, rng);
    options.ahead.reset();
    options.unconfirmed = report.unconfirmed;
    changes.insert(changes.end(), report.changes.begin(), report.changes.end());
    // A try that our own deadline has cut short says nothing about the cause; the one before does.
    const bool timed_out = report.error ? report.error->kind == consul::ErrorKind::timeout
                                        : report.plan.cause == Cause::unreadable;
    if (last && timed_out && world.now() >= options.deadline) report = *std::move(last);
    const auto pause = kRetry.after(world.now() - started, rng);
    const bool again = is_transient(report) && world.now() + pause < options.deadline;
    if (!again || !world.pause(pause)) {
      report.changes = std::move(changes);
      report.unconfirmed = std::move(options.unconfirmed);
      return report;
    }
    last = std::move(report);
    last->changes.clear();  // they are in `changes` already
  }
}

bool is_transient(const Report& report) {
  return report.error ? consul::is_transient(report.error->kind) : is_transient(report.plan.cause);
}

int exit_code(const Report& report) {
  constexpr int kDone = 0;
  constexpr int kTransient = 1;
  constexpr int kPermanent = 2;
  if (is_transient(report)) return kTransient;
  if (report.error) return kPermanent;
  const auto verdict = report.plan.verdict;
  return verdict == Verdict::refused || verdict == Verdict::conflict ? kPermanent : kDone;
}

}  // namespace rediscovery::updater
