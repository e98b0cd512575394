// Many commands under way on few connections, and what becomes of them when the master moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "core/attempts.hpp"
#include "core/deadline_wheel.hpp"
#include "core/pool_fsm.hpp"
#include "core/request.hpp"
#include "core/use_mark.hpp"
#include "core/work.hpp"
#include "engine/subscriptions.hpp"

namespace rediscovery::engine {

// The connections as Dispatcher needs them. What it asks for comes into effect after the present call.
class DispatchPort {
 public:
  virtual ~DispatchPort() = default;

  // Puts the command behind what was written before on this connection; it leaves in this turn of the loop.
  // Returns its size.
  virtual std::size_t write(core::ConnectionId id, const Command& command) = 0;
  // Sends nothing more on this connection. Returns how much of what was written the kernel has not taken:
  // those bytes never reach the server, also if the connection lives on for a while.
  virtual std::size_t stop_sending(core::ConnectionId id) = 0;

  // What PoolFsm decides; see engine::PoolDriver.
  virtual void connect(std::uint64_t generation) = 0;
  virtual void check(core::ConnectionId id) = 0;
  virtual void discard(core::ConnectionId id, std::string_view reason) = 0;
  virtual void drained(std::uint64_t generation) = 0;
  virtual void evidence(core::MasterFsm::Evidence evidence) = 0;
  virtual void wake() = 0;
  // deliver() is to be called in this turn of the loop: a subscriber is to be told, or a command has ended.
  virtual void has_news() = 0;
  // For the statistics; ended() with what its caller is told, right before.
  virtual void ended(const Result<Reply>& result, core::Duration took) = 0;
  virtual void waited(core::Duration time) = 0;
  virtual void retried() = 0;
};

struct DispatchPolicy {
  std::size_t pipelines = 1;                       // connections to the master
  std::size_t max_waiting = 10'000;                // commands that no connection has taken yet
  std::size_t max_in_flight = 10'000;              // commands that one connection has taken and not answered
  std::size_t max_bytes = std::size_t{64} << 20U;  // of both kinds of commands
  ReadFrom read_from = ReadFrom::master;
  std::size_t max_replica_lag = 0;  // bytes; 0: any
  bool replica_fallback = true;     // reads for which no replica is fit go to the master
  core::Duration check_interval = std::chrono::seconds(5);
  core::Duration silence_timeout = std::chrono::milliseconds(500);
  std::optional<core::Duration> max_lifetime;
};

// Carries commands over `pipelines` connections of the generation in force, in the order in which they came:
// what PoolState and callers' threads are to Pool. PoolFsm says which connections there are; a lane here is
// one of its waiters, and keeps the connection it is lent until that ends. Attempts says what becomes of a
// command after each attempt. One thread; no clock, no I/O: time is an argument.
//
//   a command is  and then                                it is
//   waiting       a connection is there                   in flight
//   waiting       its time is over, or it is cancelled    finished, not executed
//   in flight     answered                                finished; or paused, or waiting: see Attempts
//   paused        that time is over                       waiting
//   in flight     the connection ends; it was all sent    finished, in doubt; waiting, if it may run twice
//   in flight     the connection ends; it was not         waiting
//   in flight     another master took over, whose         as above, if it writes; a read may still be
//                 history is the end of the old one's     answered
//   finished      the same, in the turn of its answer     as above, if it writes, but it is not sent again
//   in flight     its time is over, or it is cancelled    finished, in doubt; its answer is dropped
//   What is sent again keeps its place: it comes before everything that was asked for later and still waits.
//   If it is to pause because the master loses connections or refuses everybody, all that waits for that
//   master pauses as long; if for its own sake (NOREPLICAS), others pass, but for those that were refused
//   after it.
//
// One more lane is for subscriptions, from the first one on.
//
// A command that only reads may be sent to a replica instead, on the standby connection there. It waits in a
// queue of its own, takes no part in the order of the others, and goes on while the master is suspect.
class Dispatcher {
 public:
  using Done = std::function<void(Result<Reply>)>;
  using Ticket = std::uint64_t;  // in the order of the calls; never used again

  Dispatcher(DispatchPort& port, const DispatchPolicy& policy, std::uint64_t seed, core::TimePoint now);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // ---- the application ----------------------------------------------------------------------------
  // `done` is called exactly once, by deliver(). It must not throw.
  // `asked_at` is before `now` where it came from another thread.
  void execute(Ticket ticket, core::Request request, core::TimePoint deadline, Done done, core::TimePoint now,
               std::optional<core::TimePoint> asked_at = std::nullopt);
  // Finishes the command with `cancelled`. Nothing happens if it has been finished.
  void cancel(Ticket ticket, core::TimePoint now);
  // Calls whoever has been answered, or is subscribed; not those who are while it does, for they might never
  // end. They may call anything here.
  void deliver();
  // Not to nothing. The handler is called by deliver().
  void subscribe(Subscriptions::Id id, const std::vector<std::string>& channels,
                 const std::vector<std::string>& patterns, SubscriptionHandler handler, core::TimePoint now);
  void unsubscribe(Subscriptions::Id id);
  // No new commands; fails those that wait. Those in flight go on until cut_off().
  void close(core::TimePoint now);
  void cut_off(core::TimePoint now);
  [[nodiscard]] std::size_t waiting() const {
    return waiting_.size() + waiting_reads_.size() + paused_.size();
  }
  [[nodiscard]] std::size_t in_flight() const;

  // ---- the connections ----------------------------------------------------------------------------
  // Every connection is made known here, to whatever end it was opened.
  void opened(core::ConnectionId id, core::TimePoint now);
  // Something has come from the server, be it a part of an answer: it is not silent.
  void on_bytes(core::ConnectionId id, core::TimePoint now);
  void on_reply(core::ConnectionId id, Reply reply, core::TimePoint now);
  // RESP3: what the server says unasked.
  void on_push(core::ConnectionId id, const Reply& push);
  // It is of no use any more, for whatever reason. Here and below, a connection that is not known any more is
  // ignored: its discard() is on its way.
  void on_lost(core::ConnectionId id, const std::string& why, core::TimePoint now);
  // See engine::PoolPort::cut().
  void cut(core::ConnectionId id, bool writes_only, core::TimePoint now);
  // Sends commands of the library's own in between, e.g. ROLE; `answer` is called with each reply.
  void ask(core::ConnectionId id, const std::vector<Command>& commands,
           const std::function<void(Reply)>& answer, core::TimePoint now);
  void reported(core::ConnectionId id, const core::NodeReport& report, core::TimePoint now);
  // For PoolFsm, from PoolDriver.
  void pool(const core::PoolFsm::Event& event, core::TimePoint now);
  [[nodiscard]] std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const;
  [[nodiscard]] bool is_used();
  void set_background(const std::string& trouble, const core::Work& work);

  // When to send PoolFsm::Tick; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline();

  [[nodiscard]] const core::PoolFsm& connections() const { return fsm_; }

 private:
  struct Entry;
  using Entries = std::list<Entry>;
  struct Link;

  Entry& make(Entries& into, core::TimePoint now);
  void admit(Entry& entry, core::TimePoint now);
  // Why it cannot be carried at all; nullopt: it can.
  [[nodiscard]] std::optional<Error> objection(const Entry& entry) const;

  // What `entry` is taken from is the list that holds it.
  void finish(Entries& from, Entry& entry, Result<Reply> result, core::TimePoint now);
  void recycle(Entries& from, Entry& entry);
  // Puts something in its place among the answers to come: it is about to be finished without its own.
  void abandon(Entry& entry, core::TimePoint now);
  // What follows from an attempt that was not a plain success. True: it has to wait() for the next one.
  [[nodiscard]] bool judge(Entries& from, Entry& entry, core::Outcome outcome, core::TimePoint now);
  // In its place among what waits, which is looked for from `near` on. Returns where the next one's may be:
  // what comes together is mostly in order.
  Entries::iterator wait(Entries& from, Entry& entry, Entries::iterator near, core::TimePoint now);
  // In its place among what waits for the same: the master, or a replica.
  void wait_again(Entries& from, Entry& entry, core::TimePoint now);
  // What goes on between them is what it spent its time on.
  void begin_wait(Entry& entry, core::TimePoint now) const;
  void end_wait(Entry& entry, core::TimePoint now) const;
  void expire(Entry& entry, core::TimePoint now);
  // Finishes one that waits, paused or not.
  void give_up(Entry& entry, const Error& error, core::TimePoint now);
  [[nodiscard]] Error time_is_over(const Entry& entry) const;
  void fail_waiting(const Error& error, core::TimePoint now);

  static void note_latency(Link& link, core::Duration latency);
  void concluded(Link& link, Entry& entry, core::Outcome outcome, core::TimePoint now);

  // Sends what waits, as far as connections take it.
  void pump(core::TimePoint now);
  void pump_reads(core::TimePoint now);
  // Or gives it up, if its time is over.
  void send_waiting(Entries& queue, Entry& entry, Link& link, core::TimePoint now);
  // Sends a read to a replica, or has it wait for whoever may take it: false.
  bool route(Entries& from, Entry& entry, core::TimePoint now);
  [[nodiscard]] Link* pick();
  [[nodiscard]] Link* pick_reader(ReadFrom from);
  [[nodiscard]] Entries& queue_of(const Entry& entry);
  void send(Entries& from, Entry& entry, Link& link, core::TimePoint now);

  // What it says of a replica is that it is not to be read from until it has said that it is well.
  void suspect(Link& link, core::EvidenceKind kind, const std::string& detail, core::TimePoint now);
  void feed(const core::PoolFsm::Event& event, core::TimePoint now);
  void ask_for(core::WaiterId lane, core::TimePoint now);
  void adopt(const core::PoolFsm::Event& adopted, core::TimePoint now);
  void tick(core::TimePoint now);
  void check(Link& link, core::TimePoint now);
  void write_all(const Link& link, const std::vector<Command>& commands);
  void lose_subscriber();
  void heard(const Reply& reply);
  // It takes no new commands; its lane asks for another.
  void retire(Link& link, core::TimePoint now);
  void release_if_drained(Link& link, core::TimePoint now);
  // A connection of this lane is gone: the next one, if it is there already, takes commands from now on.
  // True: it is.
  bool let_follow(core::WaiterId lane);

  DispatchPort& port_;
  const DispatchPolicy policy_;
  core::Rng rng_;
  core::PoolFsm fsm_;
  core::DeadlineWheel wheel_;

  Entries waiting_;               // for the master, in the order of their tickets
  Entries waiting_reads_;         // likewise, for a replica and nobody else
  const Entry* again_ = nullptr;  // the last that was put back among waiting_; it may have left
  std::multimap<core::TimePoint, Entries> paused_;  // one in each, by when it waits again
  Entries finished_;
  Subscriptions subscriptions_;
  bool has_subscriber_lane_ = false;
  Link* subscriber_ = nullptr;  // the connection of all subscriptions, which carries nothing else
  std::optional<core::TimePoint> pinged_at_;  // a PING on it is unanswered
  Entries unused_;                            // kept, so that a command costs no allocation here
  std::size_t bytes_ = 0;                     // of all that is not finished, or not answered
  std::map<core::ConnectionId, Link> links_;
  std::vector<Link*> open_;     // those to the master that take commands
  std::vector<Link*> readers_;  // for pick_reader() alone, kept so that choosing allocates nothing
  std::size_t next_reader_ = 0;
  std::optional<std::int64_t> master_offset_;  // as it last said
  bool switching_ = false;  // the old master was cut off, and the new one is adopted in a moment
  std::optional<core::TimePoint> held_until_;  // the master loses or refuses what is sent, and is given time
  core::UseMark use_;                          // of the connections
  std::string trouble_;
  core::Work work_;
};

}  // namespace rediscovery::engine
