// What becomes of a command; dispatcher_links.cpp has what the connections do.
#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/dispatcher_entry.hpp"

namespace rediscovery::engine {

using core::PoolFsm;

namespace {

core::PoolPolicy pool_policy(const DispatchPolicy& policy) {
  core::PoolPolicy pool;
  pool.min_idle = 0;
  const std::size_t lanes = policy.pipelines + 1;  // one for subscriptions
  pool.max_connections = lanes;
  pool.max_waiters = lanes;
  // One that confirmed the master, and that no lane needs.
  pool.max_idle_time = std::chrono::seconds(10);
  pool.max_connecting = policy.pipelines;
  pool.idle_check_interval = policy.check_interval;
  return pool;
}

}  // namespace

Dispatcher::Dispatcher(DispatchPort& port, const DispatchPolicy& policy, std::uint64_t seed,
                       core::TimePoint now)
    : port_(port), policy_(policy), rng_(seed), fsm_(pool_policy(policy)), wheel_(now) {
  for (core::WaiterId lane = 1; lane <= policy_.pipelines; ++lane) ask_for(lane, now);
}

Dispatcher::~Dispatcher() = default;

// ---- the application ----------------------------------------------------------------------------------

void Dispatcher::execute(Ticket ticket, core::Request request, core::TimePoint deadline, Done done,
                         core::TimePoint now, std::optional<core::TimePoint> asked_at) {
  Entry& entry = make(waiting_, now);
  entry.ticket = ticket;
  entry.started = asked_at.value_or(now);
  entry.attempts.emplace(request, now, deadline);
  entry.size = request.bytes();
  entry.request = std::move(request);
  entry.deadline = deadline;
  entry.done = std::move(done);
  bytes_ += entry.size;
  admit(entry, now);
}

void Dispatcher::admit(Entry& entry, core::TimePoint now) {
  if (auto error = objection(entry)) return finish(waiting_, entry, *error, now);
  begin_wait(entry, now);
  // It came from another thread, and the loop was held up.
  if (entry.deadline <= now) return expire(entry, now);
  wheel_.set(entry, entry.deadline);
  entry.from = entry.request->read_from(policy_.read_from, entry.attempts->traits());
  if (entry.from != ReadFrom::master && route(waiting_, entry, now)) return;
  Entries& queue = queue_of(entry);
  // Nothing overtakes what waits already.
  Link* link = entry.from == ReadFrom::master && waiting_.size() == 1 ? pick() : nullptr;
  if (link != nullptr) return send(waiting_, entry, *link, now);
  if (queue.size() > policy_.max_waiting) {
    return finish(queue, entry,
                  Error(ErrorCode::overloaded, Executed::no,
                        "max_waiters (" + std::to_string(policy_.max_waiting) +
                            ") commands wait for a connection already"),
                  now);
  }
}

std::optional<Error> Dispatcher::objection(const Entry& entry) const {
  const auto invalid = [](const std::string& what) {
    return Error(ErrorCode::invalid_argument, Executed::no, what);
  };
  if (fsm_.state() == PoolFsm::State::closed) {
    return Error(ErrorCode::closed, Executed::no, "the client is closed");
  }
  if (auto problem = entry.request->objection(); !problem.empty()) return invalid(problem);
  const std::string& name = entry.request->command(0).words().front();
  if (entry.attempts->traits().needs_lease) {
    return invalid(name + " needs a connection of its own: use Pool::acquire()");
  }
  if (entry.attempts->traits().may_block) {
    return invalid(name + " may block, and would hold up every command behind it: use Pool::acquire()");
  }
  if (bytes_ > policy_.max_bytes) {
    return Error(ErrorCode::overloaded, Executed::no,
                 "max_queued_bytes (" + std::to_string(policy_.max_bytes) + ") are under way already");
  }
  return std::nullopt;
}

void Dispatcher::cancel(Ticket ticket, core::TimePoint now) {
  const auto find = [&](Entries& entries) -> Entry* {
    for (Entry& entry : entries) {
      if (entry.ticket == ticket && entry.request) return &entry;
    }
    return nullptr;
  };
  const std::string why = "the caller cancelled the command";
  const Error not_sent(ErrorCode::cancelled, Executed::no, why);
  for (Entries* queue : {&waiting_, &waiting_reads_}) {
    if (Entry* entry = find(*queue)) return give_up(*entry, not_sent, now);
  }
  for (auto& [at, entries] : paused_) {
    if (Entry* entry = find(entries)) return give_up(*entry, not_sent, now);
  }
  for (auto& [id, link] : links_) {
    if (Entry* entry = find(link.in_flight)) {
      abandon(*entry, now);
      return finish(link.in_flight, *entry, Error(ErrorCode::cancelled, Executed::maybe, why), now);
    }
  }
}

void Dispatcher::deliver() {
  for (std::size_t left = finished_.size(); left > 0 && !finished_.empty(); --left) {
    Entry& entry = finished_.front();
    const Done done = std::move(entry.done);
    Result<Reply> result = std::move(*entry.result);
    port_.ended(result, entry.took);
    recycle(finished_, entry);
    done(std::move(result));
  }
  subscriptions_.deliver();
}

void Dispatcher::subscribe(Subscriptions::Id id, const std::vector<std::string>& channels,
                           const std::vector<std::string>& patterns, SubscriptionHandler handler,
                           core::TimePoint now) {
  const bool is_first = !std::exchange(has_subscriber_lane_, true);
  const auto commands = subscriptions_.add(id, channels, patterns, std::move(handler));
  if (is_first) ask_for(policy_.pipelines + 1, now);
  if (subscriber_ != nullptr) write_all(*subscriber_, commands);
  if (subscriptions_.has_news()) port_.has_news();
}

void Dispatcher::unsubscribe(Subscriptions::Id id) {
  const auto commands = subscriptions_.remove(id);
  if (subscriber_ != nullptr) write_all(*subscriber_, commands);
}

void Dispatcher::close(core::TimePoint now) {
  feed(PoolFsm::CloseAll{}, now);
  fail_waiting(Error(ErrorCode::closed, Executed::no, "the client was closed"), now);
}

void Dispatcher::cut_off(core::TimePoint now) {
  while (!links_.empty()) on_lost(links_.begin()->first, "the client was closed", now);
}

std::size_t Dispatcher::in_flight() const {
  std::size_t count = 0;
  for (const auto& [id, link] : links_) count += link.in_flight.size();
  return count;
}

// ---- a command's way ----------------------------------------------------------------------------------

Dispatcher::Entry& Dispatcher::make(Entries& into, core::TimePoint now) {
  if (unused_.empty()) {
    unused_.emplace_back();
    unused_.back().self = unused_.begin();
  }
  into.splice(into.end(), unused_, unused_.begin());
  into.back().started = now;
  return into.back();
}

void Dispatcher::recycle(Entries& from, Entry& entry) {
  entry.clear();
  bytes_ -= entry.size;
  entry.request.reset();
  entry.attempts.reset();
  entry.done = nullptr;
  entry.answer = nullptr;
  entry.result.reset();
  entry.spent = {};
  entry.size = entry.bytes = 0;
  entry.replies_due = 1;
  entry.link = nullptr;
  entry.answered_on = 0;
  entry.is_paused = entry.was_alone = false;
  entry.from = ReadFrom::master;
  entry.since = {};
  unused_.splice(unused_.begin(), from, entry.self);
}

void Dispatcher::finish(Entries& from, Entry& entry, Result<Reply> result, core::TimePoint now) {
  entry.clear();
  bytes_ -= std::exchange(entry.size, 0);
  if (const Link* link = std::exchange(entry.link, nullptr); link != nullptr && result) {
    entry.answered_on = link->id;
  }
  entry.is_waiting = false;
  entry.took = now - entry.started;
  if (result) {
    entry.result = std::move(result);
  } else {
    entry.result = result.error().with(entry.spent);
  }
  finished_.splice(finished_.end(), from, entry.self);
  port_.has_news();
}

void Dispatcher::abandon(Entry& entry, core::TimePoint now) {
  Entries& in_flight = entry.link->in_flight;
  Entry& placeholder = make(in_flight, now);
  placeholder.since = entry.since;
  placeholder.bytes = entry.bytes;
  bytes_ += placeholder.size = entry.size;  // they may be in the connection's buffer for as long as it waits
  placeholder.link = entry.link;
  placeholder.replies_due = entry.replies_due;
  in_flight.splice(entry.self, in_flight, placeholder.self);
  entry.spent.answering += std::chrono::duration_cast<std::chrono::microseconds>(now - entry.since);
  entry.since = now;
}

bool Dispatcher::judge(Entries& from, Entry& entry, core::Outcome outcome, core::TimePoint now) {
  Link& link = *std::exchange(entry.link, nullptr);
  entry.spent.answering += std::chrono::duration_cast<std::chrono::microseconds>(now - entry.since);
  auto step = entry.attempts->after(std::move(outcome), link.generation, now, rng_);
  // That a connection was lost is known to whoever says so.
  if (step.evidence && *step.evidence != core::EvidenceKind::lost) {
    suspect(link, *step.evidence, step.detail, now);
  }
  if (!step.result && fsm_.state() == PoolFsm::State::closed) {
    step.result = entry.attempts->give_up(
        Error(ErrorCode::closed, Executed::no, "the client was closed; before that: " + step.detail));
  }
  if (step.result) {
    finish(from, entry, std::move(*step.result), now);
    return false;
  }
  port_.retried();
  if (step.not_before <= now) return true;
  if (step.holds_up && entry.from == ReadFrom::master) {
    if (link.generation == fsm_.generation()) {
      held_until_ = std::max(held_until_.value_or(now), step.not_before);
    }
    return true;
  }
  // Not before an older one that pauses: what was refused one after the other keeps its order.
  const auto until = paused_.empty() ? step.not_before : std::max(step.not_before, paused_.rbegin()->first);
  Entries& alone = paused_.emplace(until, Entries())->second;
  alone.splice(alone.begin(), from, entry.self);
  entry.is_paused = true;
  begin_wait(entry, now);
  return false;
}

Dispatcher::Entries::iterator Dispatcher::wait(Entries& from, Entry& entry, Entries::iterator near,
                                               core::TimePoint now) {
  Entries& queue = queue_of(entry);
  while (near != queue.begin() && std::prev(near)->ticket > entry.ticket) --near;
  while (near != queue.end() && near->ticket < entry.ticket) ++near;
  queue.splice(near, from, entry.self);
  entry.is_waiting = true;
  begin_wait(entry, now);
  return near;
}

void Dispatcher::begin_wait(Entry& entry, core::TimePoint now) const {
  entry.since = now;
  entry.work_before = work_;
}

void Dispatcher::end_wait(Entry& entry, core::TimePoint now) const {
  core::add_wait(entry.spent, entry.work_before, entry.since, work_, now);
}

void Dispatcher::wait_again(Entries& from, Entry& entry, core::TimePoint now) {
  if (entry.from == ReadFrom::master) {
    // What is refused one after the other comes one behind the other.
    const bool is_there = again_ != nullptr && again_->is_waiting && again_->from == ReadFrom::master;
    wait(from, entry, is_there ? again_->self : waiting_.begin(), now);
    again_ = &entry;
  } else {
    route(from, entry, now);
  }
}

void Dispatcher::expire(Entry& entry, core::TimePoint now) {
  if (Link* link = entry.link) {
    const Error error(ErrorCode::timeout, Executed::maybe, "no answer in time");
    // Others were answered meanwhile, or it is being answered: that says nothing.
    if (link->heard_at < entry.since) suspect(*link, core::EvidenceKind::silent, error.message(), now);
    abandon(entry, now);
    return finish(link->in_flight, entry, entry.attempts->give_up(error), now);
  }
  give_up(entry, time_is_over(entry), now);
}

void Dispatcher::give_up(Entry& entry, const Error& error, core::TimePoint now) {
  end_wait(entry, now);
  const Error last = entry.attempts->give_up(error);
  if (!entry.is_paused) return finish(queue_of(entry), entry, last, now);
  const auto paused = std::find_if(paused_.begin(), paused_.end(),
                                   [&](const auto& each) { return &each.second.front() == &entry; });
  finish(paused->second, entry, last, now);
  paused_.erase(paused);
}

Error Dispatcher::time_is_over(const Entry& entry) const {
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(entry.deadline - entry.started).count();
  const std::string within = " within " + std::to_string(time) + " ms";
  if (entry.from != ReadFrom::master) {
    return {ErrorCode::no_replica, Executed::no, "no replica is fit to be read from" + within};
  }
  if (fsm_.state() == PoolFsm::State::serving) {
    return {ErrorCode::timeout, Executed::no,
            "the command could not be sent" + within + ": " + std::to_string(in_flight()) +
                " are in flight, " + std::to_string(fsm_.connecting()) + " connections are being opened"};
  }
  return {ErrorCode::no_master, Executed::no,
          "no verified master" + within + (trouble_.empty() ? "" : ": " + trouble_)};
}

void Dispatcher::fail_waiting(const Error& error, core::TimePoint now) {
  for (Entries* queue : {&waiting_, &waiting_reads_}) {
    while (!queue->empty()) give_up(queue->front(), error, now);
  }
  while (!paused_.empty()) give_up(paused_.begin()->second.front(), error, now);
}

// ---- sending ------------------------------------------------------------------------------------------

void Dispatcher::pump(core::TimePoint now) {
  while (!waiting_.empty()) {
    Link* link = pick();
    if (link == nullptr) return;
    send_waiting(waiting_, waiting_.front(), *link, now);
  }
}

void Dispatcher::send_waiting(Entries& queue, Entry& entry, Link& link, core::TimePoint now) {
  if (entry.deadline <= now) return expire(entry, now);  // the tick that says so is late
  end_wait(entry, now);
  port_.waited(now - entry.since);
  send(queue, entry, link, now);
}

// What no replica can take goes to the master if it may, and waits there like everything else: only what may
// not waits for a replica.
bool Dispatcher::route(Entries& from, Entry& entry, core::TimePoint now) {
  Link* link =
      entry.deadline <= now ? nullptr : pick_reader(entry.from);  // the tick that ends it may be late
  if (link != nullptr) {
    send(from, entry, *link, now);
    return true;
  }
  if (policy_.replica_fallback || entry.from != ReadFrom::replica) entry.from = ReadFrom::master;
  Entries& queue = queue_of(entry);
  wait(from, entry, queue.end(), now);
  return false;
}

void Dispatcher::pump_reads(core::TimePoint now) {
  while (!waiting_reads_.empty()) {
    Entry& entry = waiting_reads_.front();
    Link* link = pick_reader(entry.from);
    if (link == nullptr) return;
    send_waiting(waiting_reads_, entry, *link, now);
  }
}

Dispatcher::Link* Dispatcher::pick_reader(ReadFrom from) {
  std::vector<Link*>& readers = readers_;
  readers.clear();
  for (auto& [id, link] : links_) {
    if (link.is_fit && link.in_flight.size() < policy_.max_in_flight) readers.push_back(&link);
  }
  if (from != ReadFrom::replica) {
    if (Link* master = pick()) readers.push_back(master);
  }
  if (readers.empty()) return nullptr;
  // From another one each time: those that are equally good take turns.
  std::rotate(readers.begin(), readers.begin() + static_cast<std::ptrdiff_t>(next_reader_++ % readers.size()),
              readers.end());
  // How near a node is shows when it is asked.
  const auto distance = [](const Link* link) {
    const bool is_unknown = link->latency == core::Duration::max();
    return is_unknown && link->in_flight.empty() ? core::Duration::zero() : link->latency;
  };
  return *std::min_element(readers.begin(), readers.end(), [&](const Link* one, const Link* other) {
    if (from == ReadFrom::nearest) return distance(one) < distance(other);
    return one->in_flight.size() < other->in_flight.size();
  });
}

Dispatcher::Entries& Dispatcher::queue_of(const Entry& entry) {
  return entry.from == ReadFrom::master ? waiting_ : waiting_reads_;
}

Dispatcher::Link* Dispatcher::pick() {
  if (fsm_.state() != PoolFsm::State::serving || switching_ || held_until_) return nullptr;
  Link* best = nullptr;
  for (Link* link : open_) {
    if (link->follows_another) continue;
    if (best == nullptr || link->in_flight.size() < best->in_flight.size()) best = link;
  }
  return best != nullptr && best->in_flight.size() < policy_.max_in_flight ? best : nullptr;
}

void Dispatcher::send(Entries& from, Entry& entry, Link& link, core::TimePoint now) {
  entry.request->sent();
  entry.is_waiting = false;
  entry.bytes = 0;
  for (std::size_t i = 0; i < entry.request->size(); ++i) {
    entry.bytes += port_.write(link.id, entry.request->command(i));
  }
  entry.replies_due = entry.request->size();
  entry.since = now;
  entry.link = &link;
  entry.was_alone = link.in_flight.empty();
  link.in_flight.splice(link.in_flight.end(), from, entry.self);
  if (use_.use()) port_.wake();
}

void Dispatcher::ask(core::ConnectionId id, const std::vector<Command>& commands,
                     const std::function<void(Reply)>& answer, core::TimePoint now) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  Link& link = found->second;
  for (const Command& command : commands) {
    Entry& entry = make(link.in_flight, now);
    entry.bytes = port_.write(id, command);
    entry.since = now;
    entry.link = &link;
    entry.was_alone = link.in_flight.size() == 1;
    entry.answer = answer;
  }
}

// ---- time ---------------------------------------------------------------------------------------------

void Dispatcher::tick(core::TimePoint now) {
  while (auto* due = wheel_.next_due(now)) expire(static_cast<Entry&>(*due), now);
  if (held_until_ && *held_until_ <= now) held_until_.reset();
  while (!paused_.empty() && paused_.begin()->first <= now) {
    const auto node = paused_.extract(paused_.begin());
    Entry& entry = node.mapped().front();
    entry.is_paused = false;
    end_wait(entry, now);
    wait_again(node.mapped(), entry, now);
  }
  std::vector<Link*> aged;
  std::optional<core::ConnectionId> unanswered;
  for (auto& [id, link] : links_) {
    if (link.lane == 0) continue;  // others look after it
    if (link.is_open && link.retire_at && *link.retire_at <= now) {
      aged.push_back(&link);
    } else if (link.check_at <= now && fsm_.state() == PoolFsm::State::serving) {
      // By then the master has been looked into, and is well.
      const auto silent_since = &link == subscriber_ ? unanswered_since(id) : std::nullopt;
      if (silent_since && *silent_since + 2 * policy_.silence_timeout <= now) {
        unanswered = id;
      } else {
        check(link, now);
      }
    }
  }
  for (Link* link : aged) retire(*link, now);
  if (unanswered) on_lost(*unanswered, "PING was not answered", now);
  feed(PoolFsm::Tick{}, now);
}

std::optional<core::TimePoint> Dispatcher::next_deadline() {
  std::optional<core::TimePoint> next = wheel_.next_deadline();
  const auto consider = [&](std::optional<core::TimePoint> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(held_until_);
  if (!paused_.empty()) consider(paused_.begin()->first);
  for (const auto& [id, link] : links_) {
    if (link.lane == 0) continue;
    if (link.is_open) consider(link.retire_at);
    if (fsm_.state() == PoolFsm::State::serving) consider(link.check_at);
  }
  consider(fsm_.next_deadline());
  return next;
}

}  // namespace rediscovery::engine
