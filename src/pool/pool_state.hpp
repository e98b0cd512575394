// What a pool's users and its background thread share.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <rediscovery/pool.hpp>

#include "core/master_fsm.hpp"
#include "core/pool_fsm.hpp"
#include "core/request.hpp"
#include "core/retry_policy.hpp"
#include "core/use_mark.hpp"
#include "core/work.hpp"
#include "pool/counters.hpp"
#include "pool/fork_mark.hpp"
#include "pool/pooled_connection.hpp"

namespace rediscovery {

// What callers' threads ask of the background thread. Every function may be called from any thread and, but
// for stop(), returns at once; after stop() nothing happens any more.
class Backstage {
 public:
  virtual ~Backstage() = default;
  virtual void stop() = 0;
  virtual void connect(std::uint64_t generation) = 0;
  virtual void check(core::ConnectionId id) = 0;
  virtual void discard(std::shared_ptr<PooledConnection> connection, std::string_view reason) = 0;
  virtual void evidence(core::MasterFsm::Evidence evidence) = 0;
  virtual void drained(std::uint64_t generation) = 0;
  // A connection was lent after a time in which none was.
  virtual void wake() = 0;
  // Has replicas asked. `done` is called exactly once, on any thread, at `deadline` at the latest, and soon
  // after stop().
  virtual void read(core::Request request, core::TimePoint deadline,
                    std::function<void(Result<Reply>)> done) = 0;
};

// Guards PoolFsm and the connections it lends with one mutex, which is never held across I/O or a callback.
class PoolState : public std::enable_shared_from_this<PoolState> {
 public:
  using ConnectionPtr = std::shared_ptr<PooledConnection>;

  explicit PoolState(const Options& options);
  // True in a child of the process that made this. Then nothing else may be called and nothing destroyed.
  [[nodiscard]] bool is_forked() const noexcept { return fork_mark_.is_forked(); }
  static Error forked();

  // Once, before the first caller. The state owns its background so that a lease that outlives the pool can
  // still give its connection back.
  void own(std::unique_ptr<Backstage> backstage) { backstage_ = std::move(backstage); }

  // ---- callers' threads ---------------------------------------------------------------------------
  Result<Reply> execute(core::Request request, std::chrono::milliseconds timeout);
  Result<Lease> acquire(std::chrono::milliseconds timeout);
  // By the nodes that Options::read_from, or the command itself, names; counts it.
  Result<Reply> read(core::Request request, core::TimePoint started, core::TimePoint deadline);
  [[nodiscard]] bool is_for_replicas(const core::Request& request, const core::CommandTraits& traits) const {
    return request.read_from(read_from_, traits) != ReadFrom::master;
  }
  // One attempt on one connection; sets the timer that the loop watches for silence.
  static core::Outcome exchange(PooledConnection& connection, core::Request& request,
                                const core::CommandTraits& traits, core::TimePoint now,
                                core::TimePoint deadline);
  static Error time_is_over();
  // Counts how a command ended, and passes it on; an error with where its time went.
  Result<Reply> count(Result<Reply> result, const TimeSpent& spent);
  void give_back(const ConnectionPtr& connection, bool reusable, core::TimePoint now);
  // Pauses the hand-outs of that generation before it returns, so that the caller's next attempt waits.
  // Not if it is silence towards one request alone: a part of it was answered, or others were meanwhile. Then
  // the server, or this machine, is slow, and doubting a healthy master would hold up everybody.
  void evidence(const PooledConnection& connection, const core::Request& request, core::EvidenceKind kind,
                const std::string& detail);
  [[nodiscard]] bool is_closed();
  // Fails the waiters, waits up to `grace` for what is lent, cuts that off, and ends the background.
  void close(std::chrono::milliseconds grace);
  [[nodiscard]] Stats stats();

  // ---- the background thread ----------------------------------------------------------------------
  // Feeds an event and does what follows. For Adopted, Confirmed and Opened, `joining` is the connection
  // meant; with Adopted, `master` is where it leads.
  void on(const core::PoolFsm::Event& event, core::TimePoint now, const ConnectionPtr& joining = nullptr,
          const std::string& master = {});
  [[nodiscard]] std::optional<core::TimePoint> next_deadline();
  // Whether a connection is lent, or was since the last time this was asked. If not, the next one wakes the
  // background.
  [[nodiscard]] bool is_used();
  // For what callers are told when their time is over.
  void set_background(const std::string& trouble, const core::Work& work);

  Counters counters;

 private:
  struct Waiter;
  // What must happen outside the mutex.
  struct Errands;

  // Adds to `spent` what the wait was for, which starts at `started`.
  Result<ConnectionPtr> borrow(core::TimePoint started, core::TimePoint deadline,
                               std::chrono::milliseconds timeout, TimeSpent& spent);
  Error no_connection(std::chrono::milliseconds timeout) const;           // requires mutex_
  void perform(const core::PoolFsm::Actions& actions, Errands& errands);  // requires mutex_
  void run(Errands& errands);
  bool pause(core::TimePoint until);

  const ForkMark fork_mark_;
  const ReadFrom read_from_;
  core::Rng rng_;  // guarded by mutex_
  std::mutex mutex_;
  core::PoolFsm fsm_;                                                  // guarded by mutex_
  std::unordered_map<core::ConnectionId, ConnectionPtr> connections_;  // guarded by mutex_
  std::string master_;                                                 // guarded by mutex_
  std::string trouble_;                                                // guarded by mutex_
  core::Work work_;                                                    // guarded by mutex_
  core::TimePoint answered_at_{};         // when the followed master last answered anybody; guarded by mutex_
  std::size_t reading_ = 0;               // callers whose reads are with the background; guarded by mutex_
  core::UseMark use_;                     // of what is lent; guarded by mutex_
  std::condition_variable changed_;       // something was given back, or the pool was closed
  std::unique_ptr<Backstage> backstage_;  // constant once the first caller can reach the pool
};

}  // namespace rediscovery
