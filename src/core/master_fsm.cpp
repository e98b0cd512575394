#include "core/master_fsm.hpp"

#include <algorithm>

#include "core/overloaded.hpp"

namespace rediscovery::core {
namespace {

// How many masters back a zombie is recognised. Each is forty bytes; nobody switches that often in the time
// that an old master may stay away and come back unnoticed.
constexpr std::size_t kMostLeft = 64;

}  // namespace

MasterFsm::Actions MasterFsm::on(const Event& event, TimePoint now, Rng& rng) {
  return std::visit(Overloaded{
                        [&](const Offered& e) { return offered(e, now); },
                        [&](const Verified& e) { return verified(e, now, rng); },
                        [&](const Failed& e) { return failed(e, now, rng); },
                        [&](const Evidence& e) { return evidence(e, now, rng); },
                        [&](const Tick&) { return tick(now); },
                        [&](const Reported& e) {
                          const bool is_same = generation_ > 0 && e.report.run_id == report_.run_id;
                          if (is_same && e.report.role == Role::master) report_ = e.report;
                          return Actions{};
                        },
                    },
                    event);
}

std::optional<TimePoint> MasterFsm::next_deadline() const {
  if (settled()) return std::nullopt;
  std::optional<TimePoint> next;
  for (const auto& candidate : candidates_) {
    if (!candidate.verifying && (!next || candidate.next_try < *next)) next = candidate.next_try;
  }
  return next;
}

MasterFsm::Actions MasterFsm::offered(const Offered& event, TimePoint now) {
  const bool was_settled = settled();
  auto& offer = offered_[static_cast<std::size_t>(event.source)];
  if (!std::is_permutation(offer.begin(), offer.end(), event.endpoints.begin(), event.endpoints.end())) {
    newest_ = event.source;
  }
  offer = event.endpoints;
  announced_ = announced_ || is_offered(master_);
  // Nobody asks an endpoint again that the name no longer stands for; one being asked may still answer.
  std::erase_if(candidates_, [&](const Candidate& candidate) {
    return !candidate.verifying && !is_offered(candidate.endpoint) &&
           !(state_ == State::suspect && candidate.endpoint == master_);
  });
  Actions actions;
  if (settled()) return actions;
  if (was_settled) troubled_since_ = now;  // the pace of asking the newly named counts from here
  propose_offered(now, actions);
  return actions;
}

MasterFsm::Actions MasterFsm::verified(const Verified& event, TimePoint now, Rng& rng) {
  if (event.report.role == Role::replica) {
    pause(event.endpoint, policy_.retry.after(now - troubled_since_, rng), now);
    return verified_replica(event, now, rng);
  }
  const bool same_process =
      generation_ > 0 && event.endpoint == master_ && event.report.run_id == report_.run_id;
  if (same_process) {
    report_ = event.report;
    if (state_ != State::suspect) return {Refuse{event.endpoint, "is followed already"}};
    state_ = State::following;
    hung_ = false;
    successor_.reset();
    candidates_.clear();
    confirmed_at_ = now;
    Actions actions{Confirm{now - suspect_since_}};
    // What DNS named in the meantime and could not be reached is still worth asking.
    if (!settled()) propose_offered(now, actions);
    return actions;
  }
  if (auto reason = objection(event, now); !reason.empty()) {
    pause(event.endpoint, policy_.retry.after(now - troubled_since_, rng), now);
    return {Refuse{event.endpoint, std::move(reason)}};
  }
  Actions actions;
  adopt(event, now, actions);
  return actions;
}

MasterFsm::Actions MasterFsm::verified_replica(const Verified& event, TimePoint now, Rng& rng) {
  const auto& own_master = event.report.master;
  Actions actions{
      Refuse{event.endpoint, own_master ? "is a replica of " + own_master->to_string() : "is a replica"}};
  if (state_ == State::following && event.endpoint == master_) {
    suspect(EvidenceKind::read_only, "the master says that it is a replica now", now, rng, actions);
  }
  // A demoted master knows its successor before DNS does.
  if (own_master && state_ != State::following && !(*own_master == event.endpoint)) {
    if (event.endpoint == master_ && successor_ != own_master) {
      successor_ = own_master;
      // It may have been refused until now, and be asked for less and less often.
      if (Candidate* known = find(*own_master)) known->next_try = now;
    }
    propose(*own_master, now, actions);
  }
  return actions;
}

std::string MasterFsm::objection(const Verified& event, TimePoint now) const {
  const auto& [endpoint, report, cut_us] = event;
  if (generation_ == 0) {
    return is_offered(endpoint) ? "" : "a master that DNS does not name, and nothing is known of its history";
  }
  // Whoever the followed master itself obeys is the master, also one that was left behind: a failover that
  // was given up half-way ends like that.
  if (endpoint == successor_) return "";
  const Kinship kin = kinship(report.lineage, report_.lineage);
  if (kin == Kinship::same && report.run_id == report_.run_id && !is_offered(endpoint))
    return "the followed master, by an address that DNS does not name";
  if (kin == Kinship::ancestor || was_left(report.lineage)) {
    return "an old master that came back: its history was left behind";
  }
  if (kin == Kinship::descendant) return objection_to_descendant(event);
  if (endpoint == overtaken_ &&
      (now < overtaken_at_ + policy_.return_of_old_master || (state_ == State::following && !announced_))) {
    return "an old master that was started again: its name is older than the promotion";
  }
  if (!is_offered(endpoint)) return "a master that DNS does not name, of another history";
  if (state_ == State::following && !(endpoint == master_) && standing(endpoint) <= standing(master_)) {
    return "DNS names two masters, and the followed one is healthy";
  }
  return "";
}

std::string MasterFsm::objection_to_descendant(const Verified& event) const {
  if (is_offered(event.endpoint)) return "";
  if (policy_.promotion == Promotion::announced) return "promoted, but not announced yet";
  if (event.cut_us || state_ == State::suspect) return "";
  return "promoted without a sign that Sentinel did it, and the followed master is healthy";
}

void MasterFsm::adopt(const Verified& event, TimePoint now, Actions& actions) {
  const Kinship kin = kinship(event.report.lineage, report_.lineage);
  overtaken_.reset();
  // Only a promotion ends a history. One that DNS left for a stranger goes on, and DNS may come back to it.
  if (kin == Kinship::descendant || event.endpoint == successor_) {
    if (!report_.lineage.id.empty() && report_.lineage.id != event.report.lineage.id) {
      left_.push_back(report_.lineage.id);
      if (left_.size() > kMostLeft) left_.pop_front();
    }
    if (!(event.endpoint == master_)) overtaken_ = master_;
    overtaken_at_ = now;
  }
  announced_ = is_offered(event.endpoint);
  std::erase(left_, event.report.lineage.id);
  const OldMaster old = hung_                  ? OldMaster::hung
                        : kin == Kinship::same ? OldMaster::answers
                                               : OldMaster::ended;
  const Duration took = state_ == State::suspect ? now - suspect_since_
                        : settled()              ? Duration::zero()
                                                 : now - troubled_since_;
  actions.emplace_back(Adopt{event.endpoint, ++generation_, kin, old, took});
  state_ = State::following;
  troubled_since_ = now;  // DNS may name the old master for a while: the pace of asking it counts from here
  confirmed_at_.reset();
  hung_ = false;
  successor_.reset();
  master_ = event.endpoint;
  report_ = event.report;
  // Also those under way: the next time that somebody is asked, an answer of before would be too old to
  // count.
  candidates_.clear();
}

MasterFsm::Actions MasterFsm::failed(const Failed& event, TimePoint now, Rng& rng) {
  Duration wait = policy_.retry.after(now - troubled_since_, rng);
  if (event.refused_user) wait = std::max(wait, policy_.retry_after_refused_user);
  pause(event.endpoint, wait, now);
  return {ReportFailed{event.endpoint, event.problem, event.refused_user}};
}

MasterFsm::Actions MasterFsm::evidence(const Evidence& event, TimePoint now, Rng& rng) {
  Actions actions;
  if (event.generation != generation_ || generation_ == 0) return actions;
  if (event.kind == EvidenceKind::silent) hung_ = true;
  if (state_ == State::following) suspect(event.kind, event.detail, now, rng, actions);
  return actions;
}

void MasterFsm::suspect(EvidenceKind kind, const std::string& detail, TimePoint now, Rng& rng,
                        Actions& actions) {
  // One that is well whenever it is asked, and refuses everybody again before it was well for as long as it
  // had been in trouble, is in the same trouble still: LOADING, say. It is asked again at that trouble's
  // pace.
  const bool again = kind == EvidenceKind::unavailable && confirmed_at_ &&
                     now - *confirmed_at_ < *confirmed_at_ - troubled_since_;
  state_ = State::suspect;
  suspect_since_ = now;
  if (!again) troubled_since_ = now;
  hung_ = kind == EvidenceKind::silent;
  actions.emplace_back(Suspect{kind, detail});
  if (again && find(master_) == nullptr)
    candidates_.push_back({master_, false, now + policy_.retry.after(now - troubled_since_, rng)});
  propose(master_, now, actions);
  propose_offered(now, actions);
}

void MasterFsm::propose_offered(TimePoint now, Actions& actions) {
  for (const auto& offer : offered_) {
    for (const auto& endpoint : offer) {
      const bool healthy = state_ == State::following && endpoint == master_;
      if (!healthy) propose(endpoint, now, actions);
    }
  }
}

MasterFsm::Actions MasterFsm::tick(TimePoint now) {
  Actions actions;
  if (settled()) return actions;
  for (auto& candidate : candidates_) {
    if (candidate.verifying || candidate.next_try > now) continue;
    candidate.verifying = true;
    actions.emplace_back(Verify{candidate.endpoint});
  }
  return actions;
}

void MasterFsm::propose(const Endpoint& endpoint, TimePoint now, Actions& actions) {
  Candidate* known = find(endpoint);
  if (known == nullptr) {
    candidates_.push_back({endpoint, false, now});
    known = &candidates_.back();
  }
  if (known->verifying || known->next_try > now) return;
  known->verifying = true;
  actions.emplace_back(Verify{endpoint});
}

void MasterFsm::pause(const Endpoint& endpoint, Duration pause, TimePoint now) {
  if (Candidate* candidate = find(endpoint)) {
    candidate->verifying = false;
    candidate->next_try = now + pause;
  }
}

MasterFsm::Candidate* MasterFsm::find(const Endpoint& endpoint) {
  const auto found = std::find_if(candidates_.begin(), candidates_.end(),
                                  [&](const Candidate& candidate) { return candidate.endpoint == endpoint; });
  return found == candidates_.end() ? nullptr : &*found;
}

bool MasterFsm::settled() const {
  return state_ == State::following && is_offered(master_) &&
         std::all_of(offered_.begin(), offered_.end(), [&](const auto& offer) {
           return offer.empty() || std::find(offer.begin(), offer.end(), master_) != offer.end();
         });
}

bool MasterFsm::is_offered(const Endpoint& endpoint) const {
  return std::any_of(offered_.begin(), offered_.end(), [&](const auto& offer) {
    return std::find(offer.begin(), offer.end(), endpoint) != offer.end();
  });
}

int MasterFsm::standing(const Endpoint& endpoint) const {
  const auto& newest = offered_[static_cast<std::size_t>(newest_)];
  if (std::find(newest.begin(), newest.end(), endpoint) != newest.end()) return 2;
  return is_offered(endpoint) ? 1 : 0;
}

bool MasterFsm::was_left(const Lineage& lineage) const {
  return std::find(left_.begin(), left_.end(), lineage.id) != left_.end();
}

}  // namespace rediscovery::core
