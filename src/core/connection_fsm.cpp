#include "core/connection_fsm.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "core/overloaded.hpp"

namespace rediscovery::core {
namespace {

std::string in_ms(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

}  // namespace

ConnectionFsm::ConnectionFsm(const ConnectionPolicy& policy, Endpoint endpoint, TimePoint now)
    : policy_(policy), endpoint_(std::move(endpoint)), due_(now + policy.connect_timeout) {}

std::optional<ConnectionFsm::Action> ConnectionFsm::on(const Event& event, TimePoint now) {
  using Then = std::optional<Action>;
  return std::visit(Overloaded{
                        [&](const Connected&) -> Then {
                          // The time for both goes on.
                          if (state_ == State::connecting) enter(State::greeting, due_);
                          return std::nullopt;
                        },
                        [&](const Greeted& e) -> Then {
                          if (state_ != State::greeting) return std::nullopt;
                          enter(State::ready);
                          return Opened{e.report};
                        },
                        [&](const Ask&) -> Then {
                          if (state_ != State::ready) return std::nullopt;
                          enter(State::asking, now + policy_.silence_timeout);
                          return SendQuestion{};
                        },
                        [&](const Answered& e) -> Then {
                          if (state_ != State::asking) return std::nullopt;
                          enter(State::ready);
                          return Report{e.report};
                        },
                        [&](const Unanswered& e) { return unanswered(e.since, now); },
                        [&](const Failed& e) { return failed(e); },
                        [&](const Ended&) { return ended(); },
                        [&](const Retire& e) { return retire(e.old, now); },
                        [&](const Tick&) { return tick(now); },
                    },
                    event);
}

void ConnectionFsm::enter(State state, std::optional<TimePoint> due) {
  state_ = state;
  due_ = due;
}

std::optional<ConnectionFsm::Action> ConnectionFsm::unanswered(TimePoint since, TimePoint now) {
  if (!is_in_use()) return std::nullopt;
  if (state_ == State::asking) due_ = std::max(*due_, since + policy_.silence_timeout);
  if (now - since < policy_.silence_timeout || silent_since_ == since) return std::nullopt;
  silent_since_ = since;
  return Silent{endpoint_.to_string() + ": a command has been unanswered for " + in_ms(now - since)};
}

std::optional<ConnectionFsm::Action> ConnectionFsm::failed(const Failed& event) {
  const State before = std::exchange(state_, State::over);
  due_.reset();
  switch (before) {
    case State::connecting:
    case State::greeting:
      return NotOpened{event.problem, event.refused_user};
    case State::ready:
    case State::asking:
      return Broken{false, event.problem};
    case State::draining:
      return CutByServer{};
    case State::over:
      break;
  }
  return std::nullopt;
}

std::optional<ConnectionFsm::Action> ConnectionFsm::ended() {
  if (state_ == State::over) return std::nullopt;
  if (is_opening()) return failed({endpoint_.to_string() + ": closed by the server during the handshake"});
  enter(State::over);
  return CutByServer{};
}

std::optional<ConnectionFsm::Action> ConnectionFsm::retire(OldMaster old, TimePoint now) {
  if (!is_in_use()) return std::nullopt;
  if (old == OldMaster::hung) {
    enter(State::over);
    return CutOff{false};
  }
  enter(State::draining, now + policy_.drain);
  if (old == OldMaster::ended) return CutOff{true};
  return std::nullopt;
}

std::optional<ConnectionFsm::Action> ConnectionFsm::tick(TimePoint now) {
  if (!due_ || now < *due_) return std::nullopt;
  const std::string endpoint = endpoint_.to_string();
  const State before = state_;
  enter(State::over);
  switch (before) {
    case State::connecting:
      return NotOpened{endpoint + " cannot be connected within " + in_ms(policy_.connect_timeout), false};
    case State::greeting:
      return NotOpened{endpoint + " accepts connections but does not answer within " +
                           in_ms(policy_.connect_timeout) + (policy_.tls ? " (does it speak TLS?)" : ""),
                       false};
    case State::asking:
      return Broken{true, endpoint + ": ROLE was not answered within " + in_ms(policy_.silence_timeout)};
    case State::draining:
      return CutOff{false};
    case State::ready:
    case State::over:
      break;
  }
  return std::nullopt;
}

std::ostream& operator<<(std::ostream& out, const ConnectionFsm::Action& action) {
  std::visit(Overloaded{
                 [&](const ConnectionFsm::Opened& a) { out << "Opened{" << a.report.run_id << '}'; },
                 [&](const ConnectionFsm::NotOpened& a) {
                   out << "NotOpened{" << a.problem << (a.refused_user ? ", refused user}" : "}");
                 },
                 [&](const ConnectionFsm::SendQuestion&) { out << "SendQuestion"; },
                 [&](const ConnectionFsm::Report& a) { out << "Report{" << a.report.run_id << '}'; },
                 [&](const ConnectionFsm::Silent& a) { out << "Silent{" << a.problem << '}'; },
                 [&](const ConnectionFsm::Broken& a) {
                   out << "Broken{" << (a.silent ? "silent, " : "lost, ") << a.problem << '}';
                 },
                 [&](const ConnectionFsm::CutByServer&) { out << "CutByServer"; },
                 [&](const ConnectionFsm::CutOff& a) {
                   out << (a.writes_only ? "CutOff{writes only}" : "CutOff{all}");
                 },
             },
             action);
  return out;
}

std::ostream& operator<<(std::ostream& out, ConnectionFsm::State state) {
  switch (state) {
    case ConnectionFsm::State::connecting:
      return out << "connecting";
    case ConnectionFsm::State::greeting:
      return out << "greeting";
    case ConnectionFsm::State::ready:
      return out << "ready";
    case ConnectionFsm::State::asking:
      return out << "asking";
    case ConnectionFsm::State::draining:
      return out << "draining";
    case ConnectionFsm::State::over:
      break;
  }
  return out << "over";
}

}  // namespace rediscovery::core
