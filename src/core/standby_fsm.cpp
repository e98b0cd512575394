#include "core/standby_fsm.hpp"

#include <algorithm>
#include <ostream>

#include "core/overloaded.hpp"

namespace rediscovery::core {

StandbyFsm::Actions StandbyFsm::on(const Event& event, TimePoint now, Rng& rng) {
  Actions actions;
  // Runs `use` on the node if it is known and in one of the states in which the event means something.
  const auto with = [&](const Endpoint& endpoint, std::initializer_list<State> states, auto use) {
    Node* node = find(endpoint);
    if (node != nullptr && std::find(states.begin(), states.end(), node->state) != states.end()) use(*node);
  };
  std::visit(Overloaded{
                 [&](const Named& e) { named(e.endpoints, actions); },
                 [&](const Opened& e) {
                   with(e.endpoint, {State::dialling},
                        [&](Node& node) { reported(node, e.report, now, rng, actions); });
                 },
                 [&](const Answered& e) {
                   with(e.endpoint, {State::asking},
                        [&](Node& node) { reported(node, e.report, now, rng, actions); });
                 },
                 [&](const Failed& e) {
                   with(e.endpoint, {State::dialling, State::ready, State::asking},
                        [&](Node& node) { failed(node, e.refused_user, now, rng, actions); });
                 },
                 [&](const Cut& e) {
                   with(e.endpoint, {State::ready, State::asking}, [&](Node& node) { cut(node, actions); });
                 },
                 [&](const Followed& e) {
                   followed_ = e.endpoint;
                   remove(e.endpoint, actions);
                   named(named_, actions);  // the master before is a replica now, if it is named as one
                 },
                 [&](const Suspected&) {
                   if (suspect_since_) return;
                   suspect_since_ = now;
                   for (auto& node : nodes_) {
                     if (node.state == State::ready) node.due = now;
                   }
                 },
                 [&](const Calmed&) {
                   if (!suspect_since_) return;
                   suspect_since_.reset();
                   for (auto& node : nodes_) {
                     if (node.state == State::ready) plan_question(node, now, rng);
                   }
                 },
                 [&](const Tick&) { tick(now, actions); },
             },
             event);
  return actions;
}

std::optional<TimePoint> StandbyFsm::next_deadline() const {
  std::optional<TimePoint> next;
  for (const auto& node : nodes_) {
    if (node.state != State::ready && node.state != State::down) continue;
    if (!next || node.due < *next) next = node.due;
  }
  return next;
}

std::optional<StandbyFsm::State> StandbyFsm::state(const Endpoint& endpoint) const {
  for (const auto& node : nodes_) {
    if (node.endpoint == endpoint) return node.state;
  }
  return std::nullopt;
}

void StandbyFsm::named(const std::vector<Endpoint>& endpoints, Actions& actions) {
  named_ = endpoints;
  wanted_.clear();
  for (const auto& endpoint : named_) {
    if (wanted_.size() < policy_.most && !(endpoint == followed_) && !is_wanted(endpoint))
      wanted_.push_back(endpoint);
  }
  std::vector<Endpoint> gone;
  for (const auto& node : nodes_) {
    if (!is_wanted(node.endpoint) && !node.cut) gone.push_back(node.endpoint);
  }
  for (const auto& endpoint : gone) remove(endpoint, actions);
  for (const auto& endpoint : wanted_) {
    // One that has cut us keeps its place until it has said what it is.
    if (find(endpoint) != nullptr || nodes_.size() >= policy_.most) continue;
    nodes_.push_back(Node{endpoint, State::dialling, std::nullopt, false, std::nullopt, {}});
    actions.emplace_back(Dial{endpoint});
  }
}

void StandbyFsm::reported(Node& node, const NodeReport& report, TimePoint now, Rng& rng, Actions& actions) {
  const bool was_replica = node.report && node.report->role == Role::replica;
  const bool same_process = node.report && node.report->run_id == report.run_id && !report.run_id.empty();
  const bool cut_us = node.cut && was_replica && same_process;
  node.state = State::ready;
  node.report = report;
  node.cut = false;
  node.down_since.reset();
  plan_question(node, now, rng);
  const Endpoint endpoint = node.endpoint;
  if (report.role == Role::master) actions.emplace_back(Offer{endpoint, report, cut_us});
  let_go(endpoint, actions);
}

void StandbyFsm::failed(Node& node, bool refused_user, TimePoint now, Rng& rng, Actions& actions) {
  if (node.state != State::dialling) actions.emplace_back(Close{node.endpoint});
  node.state = State::down;
  // Only the very next connection can prove that the cut was a promotion.
  node.cut = false;
  if (!node.down_since) node.down_since = now;
  Duration wait = policy_.reconnect.after(now - *node.down_since, rng);
  if (refused_user) wait = std::max(wait, policy_.retry_after_refused_user);
  node.due = now + wait;
  let_go(Endpoint(node.endpoint), actions);
}

void StandbyFsm::cut(Node& node, Actions& actions) {
  node.state = State::dialling;
  node.cut = true;
  actions.emplace_back(Dial{node.endpoint});
}

// It was kept because it had cut us, and now it has said what it is, or cannot.
void StandbyFsm::let_go(const Endpoint& endpoint, Actions& actions) {
  if (is_wanted(endpoint)) return;
  remove(endpoint, actions);
  named(named_, actions);  // another has its place now
}

bool StandbyFsm::is_wanted(const Endpoint& endpoint) const {
  return std::find(wanted_.begin(), wanted_.end(), endpoint) != wanted_.end();
}

void StandbyFsm::remove(const Endpoint& endpoint, Actions& actions) {
  const Node* node = find(endpoint);
  if (node == nullptr) return;
  if (node->state != State::down) actions.emplace_back(Close{endpoint});
  std::erase_if(nodes_, [&](const Node& each) { return each.endpoint == endpoint; });
}

void StandbyFsm::tick(TimePoint now, Actions& actions) {
  for (auto& node : nodes_) {
    if (node.due > now) continue;
    if (node.state == State::ready) {
      node.state = State::asking;
      actions.emplace_back(Ask{node.endpoint});
    } else if (node.state == State::down) {
      node.state = State::dialling;
      actions.emplace_back(Dial{node.endpoint});
    }
  }
}

void StandbyFsm::plan_question(Node& node, TimePoint now, Rng& rng) const {
  node.due = now + (suspect_since_ ? policy_.ask.after(now - *suspect_since_, rng)
                                   : rng.between(policy_.calm_interval * 9 / 10, policy_.calm_interval));
}

StandbyFsm::Node* StandbyFsm::find(const Endpoint& endpoint) {
  const auto found =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.endpoint == endpoint; });
  return found == nodes_.end() ? nullptr : &*found;
}

std::ostream& operator<<(std::ostream& out, const StandbyFsm::Action& action) {
  std::visit(
      Overloaded{
          [&](const StandbyFsm::Dial& a) { out << "Dial{" << a.endpoint << '}'; },
          [&](const StandbyFsm::Ask& a) { out << "Ask{" << a.endpoint << '}'; },
          [&](const StandbyFsm::Close& a) { out << "Close{" << a.endpoint << '}'; },
          [&](const StandbyFsm::Offer& a) { out << "Offer{" << a.endpoint << (a.cut_us ? " cut us}" : "}"); },
      },
      action);
  return out;
}

std::ostream& operator<<(std::ostream& out, StandbyFsm::State state) {
  switch (state) {
    case StandbyFsm::State::dialling:
      return out << "dialling";
    case StandbyFsm::State::ready:
      return out << "ready";
    case StandbyFsm::State::asking:
      return out << "asking";
    case StandbyFsm::State::down:
      break;
  }
  return out << "down";
}

}  // namespace rediscovery::core
