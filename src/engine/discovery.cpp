#include "engine/discovery.hpp"

#include <algorithm>

#include "core/overloaded.hpp"

namespace rediscovery::engine {

using core::MasterFsm;
using core::ResolveFsm;

Discovery::Discovery(DiscoveryPort& port, const core::ResolvePolicy& policy,
                     std::optional<core::Endpoint> fixed, std::uint64_t seed, core::TimePoint now)
    : port_(port), fixed_(std::move(fixed)), rng_(seed), resolve_(policy), master_({}, now) {}

void Discovery::start(core::TimePoint now) {
  if (fixed_) {
    decide(MasterFsm::Offered{{*fixed_}}, now);
  } else {
    resolve(ResolveFsm::Start{}, now);
  }
}

void Discovery::stop(core::TimePoint now) { resolve(ResolveFsm::Stop{}, now); }

void Discovery::on_lookup(const core::LookupResult& result, core::TimePoint now) {
  resolve(ResolveFsm::Answered{result}, now);
}

void Discovery::on_verified(const core::Endpoint& endpoint, const core::NodeReport& report,
                            core::TimePoint now) {
  decide(MasterFsm::Verified{endpoint, report}, now);
}

void Discovery::on_verify_failed(const core::Endpoint& endpoint, const std::string& problem,
                                 bool refused_user, core::TimePoint now) {
  decide(MasterFsm::Failed{endpoint, problem, refused_user}, now);
}

void Discovery::on_evidence(const MasterFsm::Evidence& evidence, core::TimePoint now) {
  decide(evidence, now);
}

void Discovery::on_tick(core::TimePoint now) {
  resolve(ResolveFsm::Tick{}, now);
  decide(MasterFsm::Tick{}, now);
}

std::optional<core::TimePoint> Discovery::next_deadline() const {
  const auto a = resolve_.next_deadline();
  const auto b = master_.next_deadline();
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

void Discovery::resolve(const ResolveFsm::Event& event, core::TimePoint now) {
  for (const auto& action : resolve_.on(event, now, rng_)) {
    std::visit(core::Overloaded{
                   [&](const ResolveFsm::StartLookup&) { port_.start_lookup(); },
                   [&](const ResolveFsm::CancelLookup&) { port_.cancel_lookup(); },
                   [&](const ResolveFsm::Publish& publish) {
                     if (publish.changed) {
                       std::string all;
                       for (const auto& endpoint : publish.endpoints)
                         all += (all.empty() ? "" : " ") + endpoint.to_string();
                       complaints_.erase("");
                       port_.tell(EventKind::resolved, "", all, {});
                     }
                     decide(MasterFsm::Offered{publish.endpoints}, now);
                   },
                   [&](const ResolveFsm::ReportFailure& failure) {
                     complain(EventKind::lookup_failed, "", failure.problem);
                   },
               },
               action);
  }
}

void Discovery::decide(const MasterFsm::Event& event, core::TimePoint now) {
  for (const auto& action : master_.on(event, now, rng_)) perform(action);
  // The name is asked for in a hurry exactly as long as somebody may be waiting for the answer.
  if (master_.state() == MasterFsm::State::following) {
    resolve(ResolveFsm::CalmDown{}, now);
  } else {
    resolve(ResolveFsm::HurryUp{}, now);
  }
}

void Discovery::perform(const MasterFsm::Action& action) {
  std::visit(core::Overloaded{
                 [&](const MasterFsm::Verify& verify) { port_.verify(verify.endpoint); },
                 [&](const MasterFsm::Suspect& suspect) {
                   trouble_ = suspect.detail;
                   port_.suspected();
                   port_.tell(EventKind::suspect, master_.master().to_string(),
                              std::string(to_string(suspect.kind)) + ": " + suspect.detail, {});
                 },
                 [&](const MasterFsm::Confirm& confirm) {
                   complaints_.clear();
                   port_.confirmed();
                   port_.tell(EventKind::verified, master_.master().to_string(), "", confirm.took);
                 },
                 [&](const MasterFsm::Adopt& adopt) {
                   complaints_.clear();
                   trouble_.clear();
                   port_.adopted(adopt);
                   std::string reason;
                   if (adopt.generation > 1) {
                     reason = adopt.kinship == core::Kinship::descendant
                                  ? "descends from the master before"
                                  : "its history is not that of the master before";
                   }
                   port_.tell(EventKind::adopted, adopt.endpoint.to_string(), reason, adopt.took);
                 },
                 [&](const MasterFsm::Refuse& refuse) {
                   complain(EventKind::refused, refuse.endpoint.to_string(), refuse.reason);
                 },
                 [&](const MasterFsm::ReportFailed& failed) {
                   const auto kind = failed.refused_user ? EventKind::authentication : EventKind::refused;
                   complain(kind, failed.endpoint.to_string(), failed.problem);
                   if (failed.refused_user && master_.state() != MasterFsm::State::following) {
                     port_.user_refused(failed.problem);
                   }
                 },
             },
             action);
}

void Discovery::complain(EventKind kind, const std::string& endpoint, const std::string& reason) {
  trouble_ = endpoint.empty() || reason.starts_with(endpoint) ? reason : endpoint + " " + reason;
  auto& last = complaints_[endpoint];
  if (last == reason) return;
  last = reason;
  port_.tell(kind, endpoint, reason, {});
}

}  // namespace rediscovery::engine
