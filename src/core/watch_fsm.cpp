#include "core/watch_fsm.hpp"

#include <algorithm>
#include <ostream>

#include "core/overloaded.hpp"

namespace rediscovery::core {

WatchFsm::Actions WatchFsm::on(const Event& event, TimePoint now, Rng& rng) {
  Actions actions;
  if (state_ == State::stopped) return actions;
  std::visit(Overloaded{
                 [&](const Start&) {
                   if (state_ == State::idle) ask(now, actions);
                 },
                 [&](const Answered& e) {
                   if (state_ == State::asking) answered(e, now, actions);
                 },
                 [&](const Failed& e) {
                   if (state_ == State::asking) failed(e.problem, now, rng, actions);
                 },
                 [&](const Tick&) {
                   if (state_ == State::idle || now < due_) return;
                   if (state_ == State::waiting) return ask(now, actions);
                   actions.emplace_back(Abort{});
                   failed("Consul did not answer a blocking query in its time", now, rng, actions);
                 },
                 [&](const Stop&) {
                   if (state_ == State::asking) actions.emplace_back(Abort{});
                   state_ = State::stopped;
                 },
             },
             event);
  return actions;
}

std::optional<TimePoint> WatchFsm::next_deadline() const {
  if (state_ == State::idle || state_ == State::stopped) return std::nullopt;
  return due_;
}

void WatchFsm::ask(TimePoint now, Actions& actions) {
  const auto refills =
      static_cast<int>(std::min<Duration::rep>((now - refilled_) / policy_.pace, policy_.burst));
  if (refills > 0) {
    tokens_ = std::min(policy_.burst, tokens_ + refills);
    refilled_ = now;
  }
  if (tokens_ == 0) {
    state_ = State::waiting;
    due_ = refilled_ + policy_.pace;
    return;
  }
  --tokens_;
  state_ = State::asking;
  due_ = now + policy_.wait + policy_.wait / 16 + policy_.patience;
  actions.emplace_back(Ask{index_, policy_.wait});
}

void WatchFsm::answered(const Answered& event, TimePoint now, Actions& actions) {
  failing_since_.reset();
  const bool changed = event.index != index_ || event.index == 0;
  index_ = event.index < index_ ? 0 : event.index;
  if (changed) actions.emplace_back(Publish{event.endpoints});
  if (event.index == 0) {
    // Not an answer of Consul's making: the next question would be answered at once, and the next.
    state_ = State::waiting;
    due_ = now + policy_.retry.cap;
    return;
  }
  ask(now, actions);
}

void WatchFsm::failed(const std::string& problem, TimePoint now, Rng& rng, Actions& actions) {
  if (!failing_since_) {
    failing_since_ = now;
    actions.emplace_back(Report{problem});
  }
  // Whatever happened in the meantime is asked for afresh.
  index_ = 0;
  state_ = State::waiting;
  due_ = now + policy_.retry.after(now - *failing_since_, rng);
}

std::ostream& operator<<(std::ostream& out, const WatchFsm::Action& action) {
  std::visit(Overloaded{
                 [&](const WatchFsm::Ask& a) {
                   out << "Ask{index " << a.index << ", wait " << a.wait.count() << " s}";
                 },
                 [&](const WatchFsm::Publish& a) {
                   out << "Publish{";
                   for (const auto& endpoint : a.endpoints) out << ' ' << endpoint;
                   out << '}';
                 },
                 [&](const WatchFsm::Report& a) { out << "Report{" << a.problem << '}'; },
                 [&](const WatchFsm::Abort&) { out << "Abort"; },
             },
             action);
  return out;
}

std::ostream& operator<<(std::ostream& out, WatchFsm::State state) {
  switch (state) {
    case WatchFsm::State::idle:
      return out << "idle";
    case WatchFsm::State::asking:
      return out << "asking";
    case WatchFsm::State::waiting:
      return out << "waiting";
    case WatchFsm::State::stopped:
      break;
  }
  return out << "stopped";
}

}  // namespace rediscovery::core
