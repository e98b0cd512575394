// The pool's background: a thread with a loop, and a watch on each of the connections that callers use.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <rediscovery/options.hpp>

#include "engine/loop.hpp"
#include "pool/background.hpp"
#include "pool/client_engine.hpp"
#include "pool/connection_watch.hpp"
#include "pool/pool_state.hpp"

namespace rediscovery {

class PoolEngine : public Backstage, private Members {
 public:
  // `options` were validated. `state` must live until stop() has returned. Nothing happens before start(),
  // which throws what std::system_error and std::runtime_error have to say when the system is short of
  // something.
  PoolEngine(const Options& options, PoolState& state);
  ~PoolEngine() override;
  void start();
  PoolEngine(const PoolEngine&) = delete;
  PoolEngine& operator=(const PoolEngine&) = delete;

  // Backstage: from any thread, but stop() not from the loop's.
  void stop() override;
  void connect(std::uint64_t generation) override;
  void check(core::ConnectionId id) override;
  void discard(PoolState::ConnectionPtr connection, std::string_view reason) override;
  void evidence(core::MasterFsm::Evidence evidence) override;
  void drained(std::uint64_t generation) override;
  void wake() override;
  void read(core::Request request, core::TimePoint deadline,
            std::function<void(Result<Reply>)> done) override;

 private:
  // Members: loop thread only.
  void opened(core::ConnectionId id, std::unique_ptr<redis::Connection> connection) override;
  void ask(core::ConnectionId id, std::function<void(Result<core::NodeReport>)> done) override;
  void cut(core::ConnectionId id, bool writes_only) override;
  void close(core::ConnectionId id) override { watches_.erase(id); }
  [[nodiscard]] std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const override;
  [[nodiscard]] bool is_used() override { return state_.is_used(); }
  void reported(core::ConnectionId, const core::NodeReport&) override {}
  void pool(const core::PoolFsm::Event& event, std::uint64_t generation) override;
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() override { return state_.next_deadline(); }
  void set_background(const std::string& trouble, const core::Work& work) override {
    state_.set_background(trouble, work);
  }

  struct Read {
    core::Request request;
    core::TimePoint asked_at;
    core::TimePoint deadline;
    std::function<void(Result<Reply>)> done;
  };
  void take_reads();

  // Lets PoolDriver hear of something, from any thread.
  void post(std::function<void(engine::PoolDriver&, core::TimePoint)> event);

  const Options options_;
  const redis::Access access_;  // read once: files and variables may be gone when the reader is made
  PoolState& state_;
  engine::Loop loop_;
  std::optional<Background> background_;  // on the loop's thread
  // Reads from replicas, for the pool has connections to the master only. Made for the first such read; the
  // loop's, too.
  std::shared_ptr<ClientEngine> reader_;
  std::uint64_t last_read_ = 0;  // the loop's, too
  std::mutex mutex_;
  bool is_stopped_ = false;  // guarded by mutex_
  std::vector<Read> reads_;  // that the loop has not taken yet; guarded by mutex_
  std::unordered_map<core::ConnectionId, std::unique_ptr<ConnectionWatch>> watches_;
};

}  // namespace rediscovery
