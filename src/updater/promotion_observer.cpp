#include "updater/promotion_observer.hpp"

#include <poll.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/overloaded.hpp"
#include "updater/audit.hpp"

namespace rediscovery::updater {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Sentinel announces a promotion within about a second; what could not be registered until then has become
// the reconciler's business, which goes on trying.
constexpr milliseconds kClaim{2000};

timespec time_until(core::TimePoint deadline) {
  const auto left =
      std::clamp<core::Duration>(deadline - Clock::now(), core::Duration::zero(), Vitals::kRest);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {seconds.count(), static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
}

}  // namespace

PromotionObserver::PromotionObserver(Settings settings)
    : settings_(std::move(settings)), rng_(settings_.seed) {}

void PromotionObserver::run(int stop_fd) {
  world_.emplace(settings_.config, stop_fd);
  while (wait(stop_fd)) {
    settings_.pulse->beat(Clock::now());
    for (const auto& news : news_.take_all()) hear(news);
    std::vector<core::Endpoint> endpoints;
    for (const auto& [endpoint, link] : links_) endpoints.push_back(endpoint);
    for (const auto& endpoint : endpoints) {
      const auto link = links_.find(endpoint);
      if (link == links_.end()) continue;
      if (const auto event = link->second.proceed()) handle(endpoint, *event);
    }
    expire();
    happen(core::StandbyFsm::Event(core::StandbyFsm::Tick{}));
  }
}

void PromotionObserver::hear(const News& news) {
  std::visit(core::Overloaded{
                 [&](const sentinel::Consensus& consensus) {
                   if (consensus.kind != sentinel::Consensus::Kind::agreed) return;
                   consensus_ = consensus;
                   PromotionWatch::Replicas replicas;
                   for (const auto& replica : consensus.replicas) {
                     if (replica.state != sentinel::ReplicaState::down)
                       replicas.endpoints.push_back(replica.endpoint);
                   }
                   happen(replicas);
                 },
                 [&](const sentinel::FailoverEvent& event) {
                   if (const auto* ended = std::get_if<sentinel::Ended>(&event)) {
                     return happen(PromotionWatch::Ended{ended->leader});
                   }
                   if (!consensus_) return;
                   const auto& selected = std::get<sentinel::Selected>(event);
                   observed_.emplace(*world_, selected, *consensus_);
                   happen(PromotionWatch::Selected{selected, consensus_->failover_timeout});
                   ahead_ = read_ahead(*observed_, settings_.master, Clock::now() + kClaim);
                 },
             },
             news);
}

void PromotionObserver::happen(const PromotionWatch::Event& event) {
  for (const auto& action : watch_.on(event, Clock::now(), rng_)) carry_out(action);
}

void PromotionObserver::carry_out(const PromotionWatch::Action& action) {
  const auto& timeout = settings_.config.redis.timeout;
  std::visit(core::Overloaded{
                 [&](const PromotionWatch::Dial& a) { dial(a.endpoint); },
                 [&](const PromotionWatch::Ask& a) {
                   if (const auto link = links_.find(a.endpoint); link != links_.end())
                     link->second.ask(Clock::now() + timeout);
                 },
                 [&](const PromotionWatch::Close& a) { links_.erase(a.endpoint); },
                 [&](const PromotionWatch::Claim& a) { claim(a); },
             },
             action);
}

void PromotionObserver::dial(const core::Endpoint& endpoint) {
  const auto& redis = settings_.config.redis;
  auto link = StandbyLink::start(endpoint, redis, Clock::now() + redis.timeout);
  if (!link) return happen(core::StandbyFsm::Event(core::StandbyFsm::Failed{endpoint}));
  links_.insert_or_assign(endpoint, std::move(*link));
}

void PromotionObserver::handle(const core::Endpoint& endpoint, const StandbyLink::Event& event) {
  if (std::holds_alternative<core::StandbyFsm::Opened>(event)) refusals_.erase(endpoint);
  if (std::holds_alternative<core::StandbyFsm::Failed>(event) ||
      std::holds_alternative<core::StandbyFsm::Cut>(event)) {
    const auto error = links_.at(endpoint).error();
    // A Redis that is away is Sentinel's business. One that refuses the updater stays so until somebody acts.
    if (error && error->code() == ErrorCode::authentication && refusals_[endpoint] != error->message()) {
      refusals_[endpoint] = error->message();
      settings_.log.write(Level::warning, settings_.master.name +
                                              ": its promotion cannot be observed: " + error->message() +
                                              "; see redis.user, redis.password and redis.tls, or set "
                                              "promotion to \"announced\"");
    }
    links_.erase(endpoint);
  }
  happen(event);
}

void PromotionObserver::expire() {
  std::vector<core::Endpoint> late;
  for (const auto& [endpoint, link] : links_) {
    if (link.deadline() && *link.deadline() <= Clock::now()) late.push_back(endpoint);
  }
  for (const auto& endpoint : late) {
    links_.erase(endpoint);
    happen(core::StandbyFsm::Event(core::StandbyFsm::Failed{endpoint}));
  }
}

void PromotionObserver::claim(const PromotionWatch::Claim& claim) {
  const auto& selection = claim.selection;
  settings_.board.promoted(settings_.master.name, selection.replica, Clock::now());
  if (observed_->selection() != selection) observed_.emplace(*world_, selection, *consensus_);
  observed_->promoted(claim.run_id);
  const std::string trigger = "promotion observed, led by Sentinel " + selection.leader.to_string();
  ReconcileOptions options;
  options.writer = settings_.writer;
  options.deadline = Clock::now() + kClaim;
  options.observed_leader = observed_->leader();
  options.ahead = std::exchange(ahead_, std::nullopt);
  options.on_change = [&](const Change& change) {
    log_change(settings_.log, change, trigger);
    settings_.board.changed(change);
  };
  const auto report = reconcile_until_done(*observed_, settings_.config, settings_.master, options, rng_);
  const bool stopped = !world_->pause(core::Duration::zero());
  const bool is_ours = report.plan.cause != Cause::not_ours;  // or else it is for the updater beside it
  if (!stopped && is_ours && (report.error || report.plan.verdict != Verdict::up_to_date)) {
    std::ostringstream text;
    text << selection << ", but it is not registered yet: ";
    if (report.error) {
      text << *report.error;
    } else {
      text << report.plan.explanation;
    }
    settings_.log.write(Level::warning, text.str());
  }
  settings_.claimed(report.unconfirmed);
}

bool PromotionObserver::wait(int stop_fd) {
  std::vector<pollfd> polls = {{stop_fd, POLLIN, 0}, {news_.fd(), POLLIN, 0}};
  auto deadline = watch_.next_deadline().value_or(core::TimePoint::max());
  for (const auto& [endpoint, link] : links_) {
    polls.push_back({link.fd(), link.awaited(), 0});
    if (link.deadline()) deadline = std::min(deadline, *link.deadline());
  }
  const auto time = time_until(deadline);
  ppoll(polls.data(), polls.size(), &time, nullptr);
  return polls.front().revents == 0;
}

}  // namespace rediscovery::updater
