#include "updater/daemon.hpp"

#include <set>
#include <sstream>
#include <utility>

#include "core/backoff.hpp"
#include "sentinel/event.hpp"
#include "sentinel/subscription.hpp"
#include "updater/audit.hpp"
#include "updater/role_check.hpp"

namespace rediscovery::updater {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Sentinel asks replicas for their state once a second while something is wrong with them.
constexpr milliseconds kLookAgain{1000};
// Consul's return must be noticed well within a second.
constexpr core::Backoff kRetry{milliseconds(20), milliseconds(500), 4};
// For one round with everything in it; shorter than a one-shot's, as the daemon comes back anyway.
constexpr milliseconds kRound{5000};

std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> names;
  for (const auto& master : config.masters) names.push_back(master.name);
  return names;
}

}  // namespace

Daemon::Daemon(const Config& config, Surroundings surroundings, std::string writer, std::uint64_t seed)
    : config_(config),
      surroundings_(std::move(surroundings)),
      log_(surroundings_.log),
      writer_(std::move(writer)),
      progress_(config.sentinels.addresses, names_of(config), surroundings_.changed),
      agenda_(names_of(config)),
      rng_(seed),
      heartbeats_(config, surroundings_.log, writer_),
      witnesses_(config, stop_.fd(), rng_.next(),
                 [this](const Change& change, const std::string& trigger) {
                   log_change(log_, change, trigger);
                   surroundings_.board.changed(change);
                 }),
      listeners_([this](const core::Endpoint& sentinel, std::uint64_t own_seed,
                        int stop_fd) { listen(sentinel, own_seed, stop_fd); },
                 rng_.next()) {
  if (config_.promotion == Promotion::observed) {
    for (const auto& master : config_.masters) {
      auto& unconfirmed = claims_[master.name];
      const auto claimed = [this, &unconfirmed, name = master.name](std::vector<Plan> plans) {
        for (auto& plan : plans) unconfirmed.put(std::move(plan));
        agenda_.mark(name, "after a promotion");
      };
      auto pulse = surroundings_.vitals.enlist("the observer of " + master.name, Clock::now());
      observers_.emplace(master.name, std::make_unique<PromotionObserver>(PromotionObserver::Settings{
                                          config_, master, log_, surroundings_.board, writer_, rng_.next(),
                                          std::move(pulse), claimed}));
    }
  }
  for (const auto& [name, observer] : observers_) {
    threads_.emplace_back([this, &watching = *observer] { watching.run(stop_.fd()); });
  }
  listeners_.follow(config_.sentinels.addresses);
  threads_.emplace_back([this] { reconcile_loop(); });
  if (config_.agent) {
    auto pulse = surroundings_.vitals.enlist("the role check", Clock::now());
    threads_.emplace_back([this, own_seed = rng_.next(), pulse = std::move(pulse)] {
      const auto superseded = [this](const std::string& master) {
        agenda_.mark(master, "the fence names another master");
      };
      RoleCheck({config_, log_, own_seed, superseded, pulse}).run(stop_.fd());
    });
  }
}

Daemon::~Daemon() {
  stop_.request();
  agenda_.stop();
  for (auto& thread : threads_) thread.join();
  listeners_.follow({});
}

void Daemon::listen(const core::Endpoint& sentinel, std::uint64_t seed, int stop_fd) {
  const std::string name = sentinel.to_string();
  // From memory: the replicas have been read before one of them is chosen, and events wait for nothing.
  sentinel::FailoverNews news(sentinel, [&hosts = *config_.sentinels.hosts](std::string_view host) {
    return hosts.address_of(host);
  });
  sentinel::Subscription::Handlers handlers;
  handlers.subscribed = [&] {
    log_.write(Level::info, "listening to Sentinel " + name);
    news.forget();
    agenda_.mark_all("subscribed to " + name);
    progress_.subscription_tried(sentinel);
  };
  handlers.event = [&](const std::string& type, const std::string& description) {
    surroundings_.board.heard(type, description, Clock::now());
    if (const auto event = news.on(type, description)) {
      const auto& master = std::visit([](const auto& e) -> const std::string& { return e.master; }, *event);
      if (const auto observer = observers_.find(master); observer != observers_.end())
        observer->second->tell(*event);
    }
    progress_.failing_over(sentinel, news.under_way());
    const auto master = sentinel::master_of(type, description);
    // Nothing has changed yet. But who looks now has read Consul when the promotion is announced; one who
    // observes it has read it himself.
    const bool is_forewarning = type == "+selected-slave" && master && !observers_.contains(*master);
    if (!sentinel::is_trigger(type) && !is_forewarning) return;
    const std::string reason = type + " from " + name;
    if (master) {
      agenda_.mark(*master, reason);
    } else {
      agenda_.mark_all(reason);
    }
  };
  handlers.lost = [&](const std::string& why) {
    log_.write(Level::warning, "no events from Sentinel " + name + ": " + why);
    progress_.failing_over(sentinel, false);
    progress_.subscription_tried(sentinel);
  };
  sentinel::Subscription(sentinel, config_.sentinels, handlers, seed).run(stop_fd);
}

void Daemon::follow_members(const sentinel::Consensus& consensus, Memory& memory) {
  std::vector<core::Endpoint> asked;
  for (const auto& member : consensus.members) asked.push_back(member.endpoint);
  if (asked == memory.sentinels) return;
  memory.sentinels = std::move(asked);
  const auto& configured = config_.sentinels.addresses;
  std::set<core::Endpoint> members(configured.begin(), configured.end());
  for (const auto& [name, of_one] : memory_) members.insert(of_one.sentinels.begin(), of_one.sentinels.end());
  for (const auto& member : members) progress_.joined(member);
  for (const auto& sentinel : listeners_.follow({members.begin(), members.end()})) {
    log_.write(Level::info, "Sentinel " + sentinel.to_string() + " is listed no more");
    progress_.left(sentinel);
  }
}

void Daemon::reconcile_loop() {
  RealWorld world(config_, stop_.fd());
  const auto pulse = surroundings_.vitals.enlist("the reconciler", Clock::now());
  const auto beat = [&pulse] { pulse->beat(Clock::now()); };
  while (const auto item = agenda_.next(beat, Vitals::kRest)) reconcile_one(world, *item);
}

void Daemon::reconcile_one(World& world, const Agenda::Item& item) {
  const MasterConfig* master = config_.find_master(item.master);
  if (master == nullptr) return;
  auto& memory = memory_.try_emplace(master->name, Memory{{}, {}, ReplicaDamper(config_.replica_hold), {}})
                     .first->second;
  ReconcileOptions options;
  options.on_consensus = [&](sentinel::Consensus& consensus) { memory.damper.damp(consensus, world.now()); };
  options.writer = writer_;
  options.deadline = world.now() + kRound;
  options.ahead = std::exchange(memory.consul, std::nullopt);
  options.unconfirmed = std::move(memory.unconfirmed);
  if (const auto claims = claims_.find(master->name); claims != claims_.end()) {
    for (auto& plan : claims->second.take_all()) options.unconfirmed.push_back(std::move(plan));
  }
  options.awaits_visibility = false;
  options.on_change = [&](const Change& change) { witnesses_.watch(change, item.reason); };
  const Report report = reconcile(world, config_, *master, options, rng_);
  memory.consul = report.consul;
  memory.unconfirmed = report.unconfirmed;
  if (stop_.requested()) return;  // whatever went wrong then went wrong because of it
  if (const auto observer = observers_.find(master->name); observer != observers_.end())
    observer->second->tell(report.consensus);
  if (!report.consensus.members.empty()) follow_members(report.consensus, memory);
  const bool is_turn = remember(report, memory, master->name);
  surroundings_.board.reconciled(master->name, report, Clock::now());
  if (is_turn) surroundings_.changed();
  heartbeats_.after(world, *master, report, world.now() + kRound, rng_);
  if (const auto when = heartbeats_.next_deadline(master->name))
    agenda_.schedule(master->name, *when, "heartbeat");
  progress_.reconciled(master->name);
  agenda_.schedule(master->name, world.now() + until_next(report, memory), "interval");
}

// Trouble is logged when it begins, when it becomes another one, and when it is over; not every time it is
// met.
bool Daemon::remember(const Report& report, Memory& memory, const std::string& master) {
  const bool fine = !report.error && (report.plan.verdict == Verdict::up_to_date ||
                                      report.plan.verdict == Verdict::superseded);
  // Other verdicts come before anybody has looked for places.
  if (!report.error && report.plan.verdict == Verdict::up_to_date &&
      report.plan.left_out != memory.left_out) {
    memory.left_out = report.plan.left_out;
    for (const auto& line : memory.left_out) log_.write(Level::warning, master + ": " + line);
  }
  std::ostringstream text;
  if (report.error) {
    text << *report.error;
  } else if (!fine) {
    text << report.plan.verdict << " (" << report.plan.cause << "): " << report.plan.explanation;
  }
  if (fine && memory.trouble.empty()) return false;
  if (fine) {
    log_.write(Level::info, master + ": recovered; " + report.plan.explanation);
    memory.trouble.clear();
    return true;
  }
  if (memory.trouble.empty()) memory.trouble_since = std::chrono::steady_clock::now();
  if (memory.trouble == text.str()) return false;
  memory.trouble = text.str();
  const Level level = report.error ? (is_transient(report) ? Level::warning : Level::error)
                      : report.plan.verdict == Verdict::conflict ? Level::alarm
                                                                 : Level::warning;
  log_.write(level, master + ": " + memory.trouble);
  return true;
}

core::Duration Daemon::until_next(const Report& report, const Memory& memory) {
  if (is_transient(report)) {
    return kRetry.after(std::chrono::steady_clock::now() - memory.trouble_since, rng_);
  }
  const auto interval = config_.reconcile_interval;
  const auto jittered = rng_.between(interval * 4 / 5, interval * 6 / 5);
  return report.plan.unsettled ? std::min<core::Duration>(kLookAgain, jittered) : jittered;
}

}  // namespace rediscovery::updater
