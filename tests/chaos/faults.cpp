#include "chaos/faults.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "chaos/recorder.hpp"
#include "support/wait.hpp"

namespace rediscovery::chaos {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kEverybody = "127.0.0.0/8";
constexpr const char* kClients = "127.0.0.1";
// Twice what Sentinel takes for a failover that it could not begin at once.
constexpr auto kPatience = 60s;

}  // namespace

Faults::Faults(World& world, Namespace& network, const std::vector<Fault>& schedule)
    : world_(world), network_(network) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::vector<Fault> faults;
    std::ranges::copy_if(schedule, std::back_inserter(faults), [lane](const Fault& fault) {
      return lane_of(fault.kind) == static_cast<Lane>(lane);
    });
    if (faults.empty()) continue;
    lanes_.emplace_back(
        [this, faults = std::move(faults)](const std::stop_token& stop) { run_lane(faults, stop); });
  }
}

Faults::~Faults() { stop(); }

void Faults::stop() {
  for (auto& lane : lanes_) lane.request_stop();
  lanes_.clear();
}

std::vector<Happened> Faults::happened() const {
  const std::lock_guard lock(mutex_);
  return happened_;
}

std::string Faults::present() const {
  const std::lock_guard lock(mutex_);
  std::string names;
  for (const auto& name : present_) names += (names.empty() ? "" : ", ") + name;
  return names;
}

bool Faults::wait_until(Clock::time_point at, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, stop, at, [] { return false; });
  return !stop.stop_requested();
}

// What took longer than planned moves all that follows, so that the pauses stay.
void Faults::run_lane(const std::vector<Fault>& faults, const std::stop_token& stop) {
  auto late = Clock::duration::zero();
  for (const auto& fault : faults) {
    if (!wait_until(started_ + fault.at + late, stop)) return;
    Happened note = run_one(fault, stop);
    late = std::max(late, Clock::now() - (started_ + fault.at + fault.lasts));
    const std::lock_guard lock(mutex_);
    happened_.push_back(std::move(note));
  }
}

Happened Faults::run_one(const Fault& fault, const std::stop_token& stop) {
  Happened note;
  note.kind = fault.kind;
  if (lane_of(fault.kind) == Lane::redis) {
    const auto deadline = Clock::now() + kPatience;
    while (!world_.complete()) {
      if (Clock::now() > deadline) {
        note.skipped = "the replicas were not complete";
        return note;
      }
      if (!wait_until(Clock::now() + 50ms, stop)) {
        note.skipped = "the end came first";
        return note;
      }
    }
  }
  note.began = now();
  Heal heal;
  try {
    heal = begin(fault, note);
  } catch (const std::exception& error) {
    note.skipped = error.what();
    return note;
  }
  const std::string name(to_string(fault.kind));
  {
    const std::lock_guard lock(mutex_);
    present_.push_back(name);
  }
  wait_until(Clock::now() + fault.lasts, stop);
  try {
    heal();
  } catch (const std::exception& error) {
    note.problem = name + " of " + note.whom + ": " + error.what();
  }
  note.ended = now();
  const std::lock_guard lock(mutex_);
  present_.erase(std::ranges::find(present_, name));
  return note;
}

Faults::Heal Faults::begin(const Fault& fault, Happened& note) {
  switch (lane_of(fault.kind)) {
    case Lane::redis:
      return begin_redis(fault, note);
    case Lane::sentinel:
      return begin_sentinel(fault, note);
    case Lane::consul:
      return begin_consul(fault, note);
    case Lane::dns:
      return begin_dns(fault);
    case Lane::updater:
      break;
  }
  return begin_updater(fault, note);
}

Faults::Heal Faults::cut(const std::string& one, const std::string& other) {
  network_.cut(one, other);
  return [this, one, other] { network_.heal(one, other); };
}

Faults::Heal Faults::hang(testing::Server& server) {
  server.stop();
  return [&server] { server.cont(); };
}

Faults::Heal Faults::begin_redis(const Fault& fault, Happened& note) {
  auto& cluster = world_.cluster();
  const std::size_t master = cluster.master_index();
  const std::size_t replica = (master + 1 + fault.pick % (cluster.redis_count() - 1)) % cluster.redis_count();
  const bool of_replica = fault.kind == FaultKind::kill_replica || fault.kind == FaultKind::hang_replica;
  testing::Node& node = cluster.redis(of_replica ? replica : master);
  note.whom = node.name();
  switch (fault.kind) {
    case FaultKind::kill_master:
      node.kill();
      return [&cluster, &node, master] {
        cluster.wait_new_master(master, kPatience);
        node.restart();
      };
    case FaultKind::kill_replica:
      node.kill();
      return [&node] { node.restart(); };
    case FaultKind::planned:
      cluster.start_failover();
      return [] {};
    case FaultKind::isolate_master:
      return cut(node.ip(), world_.servers());
    case FaultKind::cut_off_master:
      return cut(node.ip(), kEverybody);
    case FaultKind::hide_master:
      return cut(node.ip(), kClients);
    default:
      return hang(node);
  }
}

Faults::Heal Faults::begin_sentinel(const Fault& fault, Happened& note) {
  testing::Sentinel& sentinel = world_.cluster().sentinel(fault.pick % world_.cluster().sentinel_count());
  note.whom = sentinel.name();
  if (fault.kind == FaultKind::hang_sentinel) return hang(sentinel);
  if (fault.kind == FaultKind::isolate_sentinel) return cut(sentinel.ip(), world_.servers());
  sentinel.kill();
  return [&sentinel] { sentinel.restart(); };
}

Faults::Heal Faults::begin_consul(const Fault& fault, Happened& note) {
  testing::Consul& consul = world_.consuls().at(world_.consuls().leader());
  note.whom = consul.name();
  if (fault.kind == FaultKind::hang_leader) return hang(consul);
  if (fault.kind == FaultKind::isolate_leader) return cut(consul.ip(), world_.servers());
  consul.kill();
  return [&consul] { consul.restart(kPatience); };
}

Faults::Heal Faults::begin_dns(const Fault& fault) {
  for (auto& relay : world_.relays()) relay->spoil(fault.kind);
  return [this] {
    for (auto& relay : world_.relays()) relay->heal();
  };
}

Faults::Heal Faults::begin_updater(const Fault& fault, Happened& note) {
  auto& updaters = world_.updaters();
  if (fault.kind == FaultKind::kill_updaters) {
    note.whom = "all";
    for (auto& updater : updaters) updater->kill();
    return [&updaters] {
      for (auto& updater : updaters) updater->start();
    };
  }
  Program& updater = *updaters[fault.pick % updaters.size()];
  note.whom = updater.name();
  if (fault.kind == FaultKind::hang_updater) {
    updater.process().signal(SIGSTOP);
    return [&updater] { updater.process().signal(SIGCONT); };
  }
  updater.kill();
  return [&updater] { updater.start(); };
}

}  // namespace rediscovery::chaos
