// AsyncClient on its loop: Background and Dispatcher, and the connections between them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <rediscovery/options.hpp>
#include <rediscovery/stats.hpp>

#include "engine/dispatcher.hpp"
#include "engine/turn.hpp"
#include "pool/background.hpp"
#include "pool/counters.hpp"
#include "redis/handshake.hpp"
#include "redis/pipeline.hpp"

namespace rediscovery {

// Loop thread only, but for stats(). Callbacks are called between two waits of the loop, never from inside a
// call; they may call anything here, and drop their reference.
class ClientEngine : public std::enable_shared_from_this<ClientEngine>,
                     private Members,
                     private engine::DispatchPort {
 public:
  using Ticket = engine::Dispatcher::Ticket;
  using Done = engine::Dispatcher::Done;

  // `options` were validated. Throws std::runtime_error if the system is short of something.
  static std::shared_ptr<ClientEngine> make(uv_loop_t* loop, const Options& options, redis::Access access);
  ~ClientEngine() override;
  ClientEngine(const ClientEngine&) = delete;
  ClientEngine& operator=(const ClientEngine&) = delete;

  // After close(), `done` is called from inside.
  void execute(Ticket ticket, core::Request request, core::TimePoint deadline, Done done, core::TimePoint now,
               core::TimePoint asked_at);
  void cancel(Ticket ticket);
  // Nothing happens after close().
  void subscribe(engine::Subscriptions::Id id, const std::vector<std::string>& channels,
                 const std::vector<std::string>& patterns, SubscriptionHandler handler);
  void unsubscribe(engine::Subscriptions::Id id);
  // No new commands; those in flight go on. `done` is called when there are none any more.
  void finish(std::function<void()> done);
  // Everything that is not finished fails with `closed`; all callbacks have been called when this returns,
  // and nothing is left on the loop: from then on this may be destroyed on any thread.
  void close();
  [[nodiscard]] bool is_closed() const { return !background_; }

  // From any thread.
  [[nodiscard]] Stats stats();

 private:
  ClientEngine(uv_loop_t* loop, const Options& options);

  // Members
  void opened(core::ConnectionId id, std::unique_ptr<redis::Connection> connection) override;
  void ask(core::ConnectionId id, std::function<void(Result<core::NodeReport>)> done) override;
  void cut(core::ConnectionId id, bool writes_only) override;
  void close(core::ConnectionId id) override;
  [[nodiscard]] std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const override;
  [[nodiscard]] bool is_used() override { return dispatcher_.is_used(); }
  void reported(core::ConnectionId id, const core::NodeReport& report) override;
  void pool(const core::PoolFsm::Event& event, std::uint64_t generation) override;
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() override;
  void set_background(const std::string& trouble, const core::Work& work) override;

  // DispatchPort
  std::size_t write(core::ConnectionId id, const Command& command) override;
  std::size_t stop_sending(core::ConnectionId id) override;
  void connect(std::uint64_t generation) override;
  void check(core::ConnectionId id) override;
  void discard(core::ConnectionId id, std::string_view reason) override;
  void drained(std::uint64_t generation) override;
  void evidence(core::MasterFsm::Evidence evidence) override;
  void wake() override;
  void has_news() override { turn_->need(); }
  void ended(const Result<Reply>& result, core::Duration took) override;
  void waited(core::Duration time) override { counters_.wait.record(time); }
  void retried() override { Counters::add(counters_.retries); }

  [[nodiscard]] core::TimePoint read_at();
  void turn();
  void publish();

  // A connection, and whether something was written on it in this turn.
  struct Line {
    std::unique_ptr<redis::Pipeline> pipeline;
    bool is_dirty = false;
  };

  uv_loop_t* const loop_;
  const Options options_;
  Counters counters_;
  std::map<core::ConnectionId, Line> lines_;
  std::vector<core::ConnectionId> dirty_;
  engine::Dispatcher dispatcher_;
  std::optional<engine::Turn> turn_;      // none: closed
  std::optional<Background> background_;  // the same
  std::function<void()> when_idle_;
  std::optional<core::TimePoint> read_at_;

  std::mutex mutex_;
  Stats now_;  // without what Counters holds; guarded by mutex_
};

}  // namespace rediscovery
