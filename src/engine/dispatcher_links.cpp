// Which connections take commands, and what becomes of those on one that ends.
#include <algorithm>
#include <utility>
#include <variant>

#include "core/overloaded.hpp"
#include "engine/dispatcher_entry.hpp"

namespace rediscovery::engine {

using core::EvidenceKind;
using core::PoolFsm;

// ---- answers, and their end ---------------------------------------------------------------------------

void Dispatcher::on_bytes(core::ConnectionId id, core::TimePoint now) {
  if (const auto found = links_.find(id); found != links_.end()) found->second.heard_at = now;
}

void Dispatcher::on_reply(core::ConnectionId id, Reply reply, core::TimePoint now) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  // A standby that became the subscriptions' connection first answers what it was asked before.
  if (&link == subscriber_ && link.in_flight.empty()) return heard(reply);
  if (link.in_flight.empty()) return;  // nobody asked for it
  Entry& entry = link.in_flight.front();
  // Not of what waits for others, such as a write for its replicas.
  const bool tells_distance = entry.was_alone && (!entry.request || entry.request->is_single());
  if (tells_distance && entry.replies_due == 1) note_latency(link, now - entry.since);
  --entry.replies_due;
  if (entry.request && entry.request->is_single() && !reply.is_error()) {
    finish(link.in_flight, entry, std::move(reply), now);
  } else if (entry.request) {
    if (auto outcome = entry.request->on_reply(std::move(reply))) {
      concluded(link, entry, std::move(*outcome), now);
    }
  } else {
    const auto answer = entry.answer;
    if (entry.replies_due == 0) recycle(link.in_flight, entry);
    if (answer) answer(std::move(reply));
  }
  if (!waiting_.empty()) pump(now);
  if (!waiting_reads_.empty()) pump_reads(now);
  release_if_drained(link, now);
}

void Dispatcher::on_push(core::ConnectionId id, const Reply& push) {
  if (const auto found = links_.find(id); found != links_.end() && &found->second == subscriber_) heard(push);
}

void Dispatcher::heard(const Reply& reply) {
  if (subscriptions_.on_reply(reply)) pinged_at_.reset();
  if (subscriptions_.has_news()) port_.has_news();
}

void Dispatcher::concluded(Link& link, Entry& entry, core::Outcome outcome, core::TimePoint now) {
  if (outcome.result && !outcome.result->is_error()) {
    return finish(link.in_flight, entry, std::move(outcome.result), now);
  }
  if (outcome.again_at_once) {
    entry.link = nullptr;
  } else if (!judge(link.in_flight, entry, std::move(outcome), now)) {
    return;
  }
  wait_again(link.in_flight, entry, now);
}

void Dispatcher::on_lost(core::ConnectionId id, const std::string& why, core::TimePoint now) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  const bool was_open = std::exchange(link.is_open, false);
  link.is_fit = false;
  std::erase(open_, &link);
  if (&link == subscriber_) lose_subscriber();
  // The last bytes written are the first that have not left.
  std::size_t unsent = port_.stop_sending(id);
  auto first_unsent = link.in_flight.end();
  while (unsent > 0 && first_unsent != link.in_flight.begin()) {
    const Entry& last = *std::prev(first_unsent);
    if (last.bytes > unsent && last.request && !last.request->runs_only_whole()) break;
    --first_unsent;
    unsent -= std::min(unsent, last.bytes);
  }
  Executed executed = Executed::maybe;
  auto near = waiting_.begin();
  while (!link.in_flight.empty()) {
    Entry& entry = link.in_flight.front();
    if (entry.self == first_unsent) executed = Executed::no;
    if (!entry.request) {
      recycle(link.in_flight, entry);
    } else if (judge(link.in_flight, entry, Error(ErrorCode::connection_lost, executed, why), now)) {
      if (entry.from == ReadFrom::master) {
        near = wait(link.in_flight, entry, near, now);
      } else {
        route(link.in_flight, entry, now);
      }
    }
  }
  const core::WaiterId lane = link.lane;
  links_.erase(found);
  if (lane == 0) return pump(now);  // reads that no other replica takes
  const bool is_followed = let_follow(lane);
  feed(PoolFsm::Release{id, false}, now);
  if (was_open) ask_for(lane, now);
  if (is_followed) pump(now);
}

namespace {

Error overtaken() {
  return {ErrorCode::connection_lost, Executed::maybe,
          "another master has taken over before the answer; the write may be lost"};
}

}  // namespace

void Dispatcher::cut(core::ConnectionId id, bool writes_only, core::TimePoint now) {
  // What was answered earlier in this turn has not been told yet. A master that hung may have come back to
  // life in it.
  for (Entry& entry : finished_) {
    if (entry.answered_on == id && !entry.attempts->traits().only_reads)
      entry.result = overtaken().with(entry.spent);
  }
  const auto found = links_.find(id);
  if (found == links_.end()) return;  // it has drained, and its end is under way
  Link& link = found->second;
  // Its writes must not go to the old master's other connections, which are cut next.
  if (link.generation == fsm_.generation()) switching_ = true;
  if (!writes_only) return on_lost(id, "cut off: another master has taken over", now);
  auto near = waiting_.begin();
  for (auto next = link.in_flight.begin(); next != link.in_flight.end();) {
    Entry& entry = *next++;
    if (!entry.request || entry.attempts->traits().only_reads) continue;
    abandon(entry, now);
    if (judge(link.in_flight, entry, overtaken(), now)) near = wait(link.in_flight, entry, near, now);
  }
}

std::optional<core::TimePoint> Dispatcher::unanswered_since(core::ConnectionId id) const {
  const auto found = links_.find(id);
  if (found == links_.end()) return std::nullopt;
  const Link& link = found->second;
  std::optional<core::TimePoint> since;
  if (&link == subscriber_) {
    since = pinged_at_;
  } else if (!link.in_flight.empty()) {
    since = link.in_flight.front().since;
  }
  // What is answered in turn waits for what is before it: silent is who sends nothing.
  if (since) since = std::max(*since, link.heard_at);
  return since;
}

bool Dispatcher::is_used() { return use_.ask(in_flight() > 0 || pinged_at_.has_value()); }

void Dispatcher::set_background(const std::string& trouble, const core::Work& work) {
  if (trouble_ != trouble) trouble_ = trouble;
  work_ = work;
}

// ---- which connections there are ----------------------------------------------------------------------

void Dispatcher::opened(core::ConnectionId id, core::TimePoint now) {
  Link& link = links_[id];
  link.id = id;
  link.check_at = now + policy_.check_interval;
}

void Dispatcher::reported(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  if (link.lane != 0) {
    master_offset_ = report.offset;
    return;
  }
  const std::int64_t lag = master_offset_.value_or(report.offset) - report.offset;
  link.is_fit = report.role == core::Role::replica && report.master_link_up &&
                (policy_.max_replica_lag == 0 || lag <= static_cast<std::int64_t>(policy_.max_replica_lag));
  pump_reads(now);
}

// An eighth of the newest each time, as TCP does it (RFC 6298): one slow answer moves nobody.
void Dispatcher::note_latency(Link& link, core::Duration latency) {
  link.latency = link.latency == core::Duration::max() ? latency : (link.latency * 7 + latency) / 8;
}

void Dispatcher::suspect(Link& link, EvidenceKind kind, const std::string& detail, core::TimePoint now) {
  link.is_fit = false;
  if (link.lane == 0 || link.generation != fsm_.generation()) return;
  // At once: what is sent from now on would only be in doubt itself.
  feed(PoolFsm::Suspended{}, now);
  port_.evidence({link.generation, kind, detail});
}

void Dispatcher::pool(const PoolFsm::Event& event, core::TimePoint now) {
  const auto lose = [&](core::ConnectionId id, const std::string& why) {
    if (const auto found = links_.find(id); found == links_.end() || found->second.lane == 0) {
      feed(event, now);
    } else {
      on_lost(id, why, now);
    }
  };
  std::visit(
      core::Overloaded{
          [&](const PoolFsm::Adopted&) { adopt(event, now); },
          [&](const PoolFsm::Confirmed&) {
            // The master is well, on another connection. Whoever was silent is asked whether it still is of
            // use.
            for (auto& [id, link] : links_) {
              // But for a write that was answered, and waits for replicas.
              const bool is_awaited = !link.in_flight.empty() && link.in_flight.front().request &&
                                      link.in_flight.front().request->was_answered();
              if (!is_awaited) link.check_at = now;
            }
            feed(event, now);
          },
          [&](const PoolFsm::Lost& lost) { lose(lost.connection, "the server closed the connection"); },
          [&](const PoolFsm::Checked& checked) {
            if (checked.healthy) return feed(event, now);  // it may be a spare one
            lose(checked.connection, "the connection is of no use any more");
          },
          [&](const PoolFsm::Refused& refused) {
            fail_waiting(refused.error, now);
            feed(event, now);
          },
          [&](const PoolFsm::Tick&) { tick(now); },
          [&](const auto&) { feed(event, now); },
      },
      event);
  pump(now);
}

void Dispatcher::adopt(const PoolFsm::Event& adopted, core::TimePoint now) {
  switching_ = false;
  held_until_.reset();
  feed(adopted, now);
  std::vector<Link*> old;
  for (Link* link : open_) {
    if (link->generation != fsm_.generation()) old.push_back(link);
  }
  if (subscriber_ != nullptr && subscriber_->generation != fsm_.generation()) {
    old.push_back(subscriber_);
  }
  for (Link* link : old) retire(*link, now);
}

void Dispatcher::lose_subscriber() {
  subscriber_ = nullptr;
  pinged_at_.reset();
  subscriptions_.lost();
  if (subscriptions_.has_news()) port_.has_news();
}

void Dispatcher::retire(Link& link, core::TimePoint now) {
  if (&link == subscriber_) lose_subscriber();
  link.is_open = false;
  std::erase(open_, &link);
  const core::WaiterId lane = link.lane;
  release_if_drained(link, now);
  ask_for(lane, now);
}

void Dispatcher::release_if_drained(Link& link, core::TimePoint now) {
  if (link.is_open || link.lane == 0 || !link.in_flight.empty()) return;
  const core::ConnectionId id = link.id;
  const core::WaiterId lane = link.lane;
  links_.erase(id);
  const bool is_followed = let_follow(lane);
  feed(PoolFsm::Release{id, false}, now);
  if (is_followed) pump(now);
}

bool Dispatcher::let_follow(core::WaiterId lane) {
  const auto next = std::find_if(open_.begin(), open_.end(), [lane](const Link* link) {
    return link->lane == lane && link->follows_another;
  });
  if (next == open_.end()) return false;
  (*next)->follows_another = false;
  return true;
}

// In RESP2 a subscribed connection cannot be asked for its role.
void Dispatcher::check(Link& link, core::TimePoint now) {
  link.check_at = now + policy_.check_interval;
  if (&link != subscriber_) return port_.check(link.id);
  if (pinged_at_) {
    link.check_at = now + policy_.silence_timeout;
    return;
  }
  pinged_at_ = now;
  if (use_.use()) port_.wake();
  write_all(link, {subscriptions_.ping()});
}

void Dispatcher::write_all(const Link& link, const std::vector<Command>& commands) {
  for (const Command& command : commands) port_.write(link.id, command);
}

void Dispatcher::ask_for(core::WaiterId lane, core::TimePoint now) {
  if (fsm_.state() != PoolFsm::State::closed) feed(PoolFsm::Acquire{lane}, now);
}

void Dispatcher::feed(const PoolFsm::Event& event, core::TimePoint now) {
  for (const auto& action : fsm_.on(event, now, rng_)) {
    std::visit(core::Overloaded{
                   [&](const PoolFsm::Lend& lend) {
                     Link& link = links_.at(lend.connection);
                     link.lane = lend.waiter;
                     link.is_fit = false;
                     link.generation = fsm_.generation();
                     link.is_open = true;
                     link.follows_another = std::any_of(links_.begin(), links_.end(), [&](const auto& each) {
                       const Link& other = each.second;
                       return &other != &link && other.lane == link.lane &&
                              other.generation == link.generation;
                     });
                     if (policy_.max_lifetime) {
                       const core::Duration tenth = *policy_.max_lifetime / 10;
                       link.retire_at =
                           now + rng_.between(*policy_.max_lifetime - tenth, *policy_.max_lifetime + tenth);
                     }
                     if (link.lane <= policy_.pipelines) {
                       open_.push_back(&link);
                     } else {
                       subscriber_ = &link;
                       write_all(link, subscriptions_.connected(link.generation));
                     }
                   },
                   // It waits for a connection for as long as there is a client.
                   [&](const PoolFsm::Fail& fail) { ask_for(fail.waiter, now); },
                   [&](const PoolFsm::Connect& connect) { port_.connect(connect.generation); },
                   [&](const PoolFsm::Close& close) { port_.discard(close.connection, close.reason); },
                   [&](const PoolFsm::CutOff&) {},  // see cut_off()
                   [&](const PoolFsm::Check& check) { port_.check(check.connection); },
                   [&](const PoolFsm::Drained& drained) { port_.drained(drained.generation); },
               },
               action);
  }
}

}  // namespace rediscovery::engine
