#include "engine/discovery.hpp"

#include <algorithm>
#include <utility>

#include "core/overloaded.hpp"

namespace rediscovery::engine {

using core::MasterFsm;
using core::ResolveFsm;
using core::StandbyFsm;

namespace {

constexpr std::size_t kMostComplaints = 256;
// How long the word counts, the master's or its own, that a node is the master's replica: three checks, so
// that two may go wrong.
core::Duration peers_good_for(const core::StandbyPolicy& policy) { return 3 * policy.calm_interval; }

std::string_view to_string(Name name) { return name == Name::master ? "master" : "replicas"; }

bool contains(const std::vector<core::Endpoint>& endpoints, const core::Endpoint& endpoint) {
  return std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
}

std::string join(const std::vector<core::Endpoint>& endpoints) {
  std::string all;
  for (const auto& endpoint : endpoints) all += (all.empty() ? "" : " ") + endpoint.to_string();
  return all;
}

}  // namespace

Discovery::Discovery(DiscoveryPort& port, const DiscoveryPlan& plan, std::uint64_t seed, core::TimePoint now)
    : port_(port),
      plan_(plan),
      rng_(seed),
      resolve_master_(plan.resolve),
      resolve_replicas_(plan.resolve),
      master_(plan.master, now),
      standby_(plan.standby),
      peers_(peers_good_for(plan.standby)) {}

void Discovery::start(core::TimePoint now) {
  if (plan_.fixed_masters.empty()) {
    resolve(Name::master, ResolveFsm::Start{}, now);
  } else {
    decide(MasterFsm::Offered{plan_.fixed_masters}, now);
  }
  if (!plan_.fixed_replicas.empty()) {
    named_replicas_ = plan_.fixed_replicas;
    name_standbys(now);
  } else if (plan_.has_replicas) {
    resolve(Name::replicas, ResolveFsm::Start{}, now);
  }
}

void Discovery::stop(core::TimePoint now) {
  resolve(Name::master, ResolveFsm::Stop{}, now);
  resolve(Name::replicas, ResolveFsm::Stop{}, now);
}

void Discovery::on_lookup(Name name, const core::LookupResult& result, core::TimePoint now) {
  resolve(name, ResolveFsm::Answered{without_forbidden(result)}, now);
}

void Discovery::on_push(const std::vector<core::Endpoint>& endpoints, core::TimePoint now) {
  const auto usable = without_forbidden({endpoints, {}, ""}).endpoints;
  // An empty answer changes nothing, whoever gives it.
  if (usable.empty()) return;
  complaints_.erase("push");
  decide(MasterFsm::Offered{usable, MasterFsm::Source::push}, now);
}

void Discovery::on_push_lost(const std::string& problem, core::TimePoint now) {
  complain(EventKind::lookup_failed, "push", problem);
  decide(MasterFsm::Offered{{}, MasterFsm::Source::push}, now);
}

void Discovery::on_verified(const core::Endpoint& endpoint, const core::NodeReport& report,
                            core::TimePoint now) {
  decide(MasterFsm::Verified{endpoint, without_forbidden(report)}, now);
}

void Discovery::on_verify_failed(const core::Endpoint& endpoint, const std::string& problem,
                                 bool refused_user, core::TimePoint now) {
  decide(MasterFsm::Failed{endpoint, problem, refused_user}, now);
}

void Discovery::on_standby_opened(const core::Endpoint& endpoint, const core::NodeReport& report,
                                  core::TimePoint now) {
  refused_by_.erase(endpoint);
  const auto usable = without_forbidden(report);
  stand_by(StandbyFsm::Opened{endpoint, usable}, now);
  heard(endpoint, usable, now);
}

void Discovery::on_standby_answered(const core::Endpoint& endpoint, const core::NodeReport& report,
                                    core::TimePoint now) {
  const auto usable = without_forbidden(report);
  stand_by(StandbyFsm::Answered{endpoint, usable}, now);
  heard(endpoint, usable, now);
}

void Discovery::on_standby_failed(const core::Endpoint& endpoint, const std::string& problem,
                                  bool refused_user, core::TimePoint now) {
  // Of no concern to anybody today, and of every concern on the day of the failover.
  if (refused_user) {
    if (refused_by_.size() >= kMostComplaints && !refused_by_.contains(endpoint)) refused_by_.clear();
    if (std::exchange(refused_by_[endpoint], problem) != problem)
      port_.tell(EventKind::authentication, endpoint.to_string(), problem, core::Duration::zero());
  }
  stand_by(StandbyFsm::Failed{endpoint, refused_user}, now);
}

void Discovery::on_standby_cut(const core::Endpoint& endpoint, core::TimePoint now) {
  // One that had left its master before was not promoted by Sentinel just now.
  const bool may_be_promoted = master_.state() != MasterFsm::State::following || !believes_peers() ||
                               is_named_replica(endpoint) || peers_.is_known(endpoint, now);
  if (may_be_promoted) {
    stand_by(StandbyFsm::Cut{endpoint}, now);
  } else {
    stand_by(StandbyFsm::Failed{endpoint}, now);
  }
}

void Discovery::on_report(const core::NodeReport& report, core::TimePoint now) {
  const auto usable = without_forbidden(report);
  decide(MasterFsm::Reported{usable}, now);
  peers_.listed(usable.replicas, now);
  name_standbys(now);
}

void Discovery::on_evidence(const MasterFsm::Evidence& evidence, core::TimePoint now) {
  decide(evidence, now);
}

void Discovery::on_tick(core::TimePoint now) {
  resolve(Name::master, ResolveFsm::Tick{}, now);
  resolve(Name::replicas, ResolveFsm::Tick{}, now);
  decide(MasterFsm::Tick{}, now);
  stand_by(StandbyFsm::Tick{}, now);
}

std::optional<core::TimePoint> Discovery::next_deadline() const {
  std::optional<core::TimePoint> next;
  for (const auto at : {resolve_master_.next_deadline(), resolve_replicas_.next_deadline(),
                        master_.next_deadline(), standby_.next_deadline()}) {
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

void Discovery::resolve(Name name, const ResolveFsm::Event& event, core::TimePoint now) {
  ResolveFsm& fsm = name == Name::master ? resolve_master_ : resolve_replicas_;
  for (const auto& action : fsm.on(event, now, rng_)) {
    std::visit(core::Overloaded{
                   [&](const ResolveFsm::StartLookup&) {
                     asked_at_.at(static_cast<std::size_t>(name)) = now;
                     port_.start_lookup(name);
                   },
                   [&](const ResolveFsm::CancelLookup&) { port_.cancel_lookup(name); },
                   [&](const ResolveFsm::Publish& publish) { published(name, publish, now); },
                   [&](const ResolveFsm::ReportFailure& failure) {
                     complain(EventKind::lookup_failed, std::string(to_string(name)), failure.problem,
                              now - asked_at_.at(static_cast<std::size_t>(name)));
                   },
               },
               action);
  }
}

void Discovery::published(Name name, const ResolveFsm::Publish& publish, core::TimePoint now) {
  complaints_.erase(std::string(to_string(name)));  // the next failure is a new one
  if (publish.changed) {
    port_.tell(EventKind::resolved, "", std::string(to_string(name)) + ": " + join(publish.endpoints),
               now - asked_at_.at(static_cast<std::size_t>(name)));
  }
  if (name == Name::master) {
    decide(MasterFsm::Offered{publish.endpoints}, now);
  } else {
    replicas_named(publish.endpoints, now);
    // Replicas are nobody's urgent need: the hurry with which a look-up starts ends with its first answer.
    resolve(Name::replicas, ResolveFsm::CalmDown{}, now);
  }
}

void Discovery::decide(const MasterFsm::Event& event, core::TimePoint now) {
  for (const auto& action : master_.on(event, now, rng_)) perform(action, now);
  // The name is asked for in a hurry, and the standbys for their role, exactly as long as somebody may be
  // waiting.
  if (master_.state() == MasterFsm::State::following) {
    resolve(Name::master, ResolveFsm::CalmDown{}, now);
    stand_by(StandbyFsm::Calmed{}, now);
  } else {
    resolve(Name::master, ResolveFsm::HurryUp{}, now);
    stand_by(StandbyFsm::Suspected{}, now);
  }
}

void Discovery::perform(const MasterFsm::Action& action, core::TimePoint now) {
  std::visit(core::Overloaded{
                 [&](const MasterFsm::Verify& verify) { port_.verify(verify.endpoint); },
                 [&](const MasterFsm::Suspect& suspect) {
                   trouble_ = suspect.detail;
                   port_.suspected();
                   // Before the master is dialled: its successor may be among them, or in the name's answer.
                   ask_peers(now);
                   resolve(Name::master, ResolveFsm::HurryUp{}, now);
                   port_.tell(EventKind::suspect, master_.master().to_string(),
                              std::string(to_string(suspect.kind)) + ": " + suspect.detail, {});
                 },
                 [&](const MasterFsm::Confirm& confirm) {
                   complaints_.clear();
                   trouble_.clear();
                   port_.confirmed();
                   peers_.listed(master_.report().replicas, now);
                   leave_peers(now);
                   port_.tell(EventKind::verified, master_.master().to_string(), "", confirm.took);
                 },
                 [&](const MasterFsm::Adopt& adopt) {
                   complaints_.clear();
                   trouble_.clear();
                   port_.adopted(adopt);
                   peers_.followed(adopt.endpoint,
                                   adopt.generation > 1 && adopt.kinship != core::Kinship::unrelated, now);
                   peers_.listed(master_.report().replicas, now);
                   std::string reason;
                   if (adopt.generation > 1) {
                     reason = adopt.kinship == core::Kinship::descendant
                                  ? "descends from the master before"
                                  : "its history is not that of the master before";
                   }
                   port_.tell(EventKind::adopted, adopt.endpoint.to_string(), reason, adopt.took);
                   stand_by(StandbyFsm::Followed{adopt.endpoint}, now);
                   leave_peers(now);
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

bool Discovery::is_named_replica(const core::Endpoint& endpoint) const {
  return contains(named_replicas_, endpoint);
}

// A connection stays what it was opened as, one to read from or not: at who comes or goes there is another.
void Discovery::replicas_named(const std::vector<core::Endpoint>& endpoints, core::TimePoint now) {
  const auto before = std::exchange(named_replicas_, endpoints);
  auto staying = wanted_standbys(now);
  std::erase_if(staying,
                [&](const core::Endpoint& each) { return contains(before, each) != is_named_replica(each); });
  stand_by(StandbyFsm::Named{std::move(staying)}, now);
  name_standbys(now);
}

// Sentinel promotes whoever is attached, registered or not; and a planned failover leaves a healthy master
// behind, which nobody suspects. So it does not take a name for the replicas to have standbys.
std::vector<core::Endpoint> Discovery::wanted_standbys(core::TimePoint now) const {
  std::vector<core::Endpoint> all = named_replicas_;
  const auto add = [&](const std::vector<core::Endpoint>& peers) {
    for (const auto& peer : peers) {
      if (!contains(all, peer)) all.push_back(peer);
    }
  };
  add(asked_peers_);
  const bool is_well = master_.state() == MasterFsm::State::following;
  if (is_well && believes_peers()) add(peers_.worth_a_standby(now));
  return all;
}

void Discovery::name_standbys(core::TimePoint now) { stand_by(StandbyFsm::Named{wanted_standbys(now)}, now); }

// Addresses that are configured are all there are; and what peers can prove, `announced` does not believe.
bool Discovery::believes_peers() const {
  return plan_.fixed_masters.empty() && plan_.master.promotion == Promotion::observed;
}

void Discovery::heard(const core::Endpoint& endpoint, const core::NodeReport& report, core::TimePoint now) {
  // It may know the master by another address than we do; and have no history of it yet.
  const bool is_of_history = core::kinship(report.lineage, master_.report().lineage) == core::Kinship::same;
  const bool is_ours =
      report.role == core::Role::replica && (is_of_history || report.master == master_.master());
  if (is_ours) {
    peers_.obeys(endpoint, report.master_link_up, now);
  } else {
    peers_.left(endpoint);
  }
  if (report.role != core::Role::replica) return;
  // It may have been told of the next master, while neither the name nor the master's last list told us of
  // it: a node that was away until shortly before.
  if (!report.master || *report.master == master_.master()) return;
  if (!believes_peers() || master_.state() != MasterFsm::State::suspect) return;
  if (contains(asked_peers_, *report.master)) return;
  asked_peers_.push_back(*report.master);
  name_standbys(now);
}

void Discovery::ask_peers(core::TimePoint now) {
  if (!believes_peers()) return;
  asked_peers_ = peers_.known(now);
  name_standbys(now);
}

void Discovery::leave_peers(core::TimePoint now) {
  asked_peers_.clear();
  name_standbys(now);
}

void Discovery::stand_by(const StandbyFsm::Event& event, core::TimePoint now) {
  for (const auto& action : standby_.on(event, now, rng_)) {
    std::visit(core::Overloaded{
                   [&](const StandbyFsm::Dial& dial) { port_.dial_standby(dial.endpoint); },
                   [&](const StandbyFsm::Ask& ask) { port_.ask_standby(ask.endpoint); },
                   [&](const StandbyFsm::Close& close) { port_.close_standby(close.endpoint); },
                   [&](const StandbyFsm::Offer& offer) {
                     decide(MasterFsm::Verified{offer.endpoint, offer.report, offer.cut_us}, now);
                   },
               },
               action);
  }
}

void Discovery::complain(EventKind kind, const std::string& about, const std::string& reason,
                         core::Duration took) {
  const std::string endpoint = kind == EventKind::lookup_failed ? "" : about;
  trouble_ = endpoint.empty() || reason.starts_with(endpoint) ? reason : endpoint + " " + reason;
  // Names that lead to ever other addresses must not fill the memory; then something is told twice.
  if (complaints_.size() >= kMostComplaints && !complaints_.contains(about)) complaints_.clear();
  auto& last = complaints_[about];
  if (last == reason) return;
  last = reason;
  port_.tell(kind, endpoint, reason, took);
}

// A node's word for another leads to a connection, and so to our password, just as DNS does.
core::NodeReport Discovery::without_forbidden(const core::NodeReport& report) const {
  core::NodeReport usable = report;
  if (usable.master && !core::is_allowed(*usable.master, plan_.allowed)) usable.master.reset();
  std::erase_if(usable.replicas,
                [&](const core::Endpoint& replica) { return !core::is_allowed(replica, plan_.allowed); });
  return usable;
}

core::LookupResult Discovery::without_forbidden(const core::LookupResult& result) const {
  core::LookupResult usable = result;
  std::erase_if(usable.endpoints,
                [&](const core::Endpoint& endpoint) { return !core::is_allowed(endpoint, plan_.allowed); });
  if (usable.endpoints.empty() && !result.endpoints.empty()) {
    usable.problem = "no answer within allowed_networks: " + join(result.endpoints);
  }
  return usable;
}

}  // namespace rediscovery::engine
