// Pool: a thread-safe pool of connections to the Redis master that a DNS name stands for.
#pragma once

#include <chrono>
#include <memory>

#include <rediscovery/command.hpp>
#include <rediscovery/error.hpp>
#include <rediscovery/export.hpp>
#include <rediscovery/options.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>
#include <rediscovery/stats.hpp>
#include <rediscovery/transaction.hpp>

namespace rediscovery {

class PoolState;

// Exclusive use of one verified connection to the master: for MULTI, WATCH and blocking commands. Goes back
// to the pool when it is destroyed; a connection left inside a transaction or otherwise changed is closed
// instead. Movable. One thread at a time. May outlive the Pool: its commands then fail with `closed`.
class REDISCOVERY_EXPORT Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();

  // Sends one command and waits for its reply, at most `timeout`. Never sent twice, on no account: what a
  // lease is for (transactions) must not be repeated in part. After `timeout`, `connection_lost`, `protocol`
  // or a server's word that it is no master any more (READONLY, LOADING, MASTERDOWN) the lease is broken and
  // every further command fails at once with Executed::no.
  Result<Reply> execute(const Command& command, std::chrono::milliseconds timeout);
  // The same with the time that was left when the lease was acquired: the deadline given to acquire().
  Result<Reply> execute(const Command& command);

  // The generation the connection belongs to; a later one means that the master moved in between.
  [[nodiscard]] std::uint64_t generation() const noexcept;

 private:
  friend class PoolState;
  struct State;
  explicit Lease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// All functions may be called from any thread at any time. One background thread of its own does DNS,
// connecting and timing; no lock is held across I/O. No signal handlers, no output, no global state.
//
// A process that is forked from this one cannot use the pool: execute() and acquire(), and its leases, fail
// with `forked`, stats() is empty, and close() and the destructor leave everything to the parent, whose pool
// goes on undisturbed. The child makes a pool of its own.
class REDISCOVERY_EXPORT Pool {
 public:
  // Starts looking for the master and returns at once: neither DNS nor Redis need to be there yet.
  // Throws InvalidOptions for a configuration that cannot work; std::system_error or std::runtime_error if
  // the system has no thread, descriptor or memory left for it.
  explicit Pool(const Options& options);
  // close(), then frees everything. Leases may still exist.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs one command on the master and returns its reply.
  //
  // Waits at most `timeout` (> 0) for everything together: a connection, a new master if the old one is
  // gone, the reply. What the server certainly did not run (never written; READONLY, LOADING, MASTERDOWN,
  // NOREPLICAS, BUSY) is tried again within that time. What it may have run is tried again only if the
  // command only reads or is marked idempotent(); otherwise the error says Executed::maybe, and so it does
  // for a script that was written. An error reply of the server comes back as ErrorCode::server_error, with
  // Executed::yes or what the reply proves. A reply that is not there in time is evidence that the master
  // hangs, also when the time was short: other callers then wait until it has answered a question, a round
  // trip if it is well.
  //
  // A command that only reads is answered by whom Options::read_from, or Command::from(), names. If that is
  // not the master, the pool's thread asks, over connections of its own, and the caller waits for it: some
  // microseconds more than a call to the master, and longer than `timeout` if an event handler holds it up.
  //
  // Commands that change the connection (MULTI, WATCH, SELECT, SUBSCRIBE, …) are refused with
  // `invalid_argument`: they need acquire().
  Result<Reply> execute(const Command& command, std::chrono::milliseconds timeout);

  // The same for a transaction, whose result is EXEC's reply; see transaction.hpp for what is tried again.
  Result<Reply> execute(const Transaction& transaction, std::chrono::milliseconds timeout);

  // Lends one connection; waits at most `timeout` (> 0) for it. Blocks other users of the pool only by
  // holding one of max_connections.
  Result<Lease> acquire(std::chrono::milliseconds timeout);

  // Waiting callers fail with `closed`; commands that were already written are waited for until their own
  // deadline or `grace` has passed, whichever is sooner, then cut. Idempotent; from any thread but the
  // event handler's.
  void close(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

  // A snapshot. What is held now is consistent in itself; the counters move on while they are read.
  [[nodiscard]] Stats stats() const;

 private:
  std::shared_ptr<PoolState> state_;  // shared with the leases
};

}  // namespace rediscovery
