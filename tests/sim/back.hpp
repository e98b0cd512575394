// The half of a pool that runs on its loop: what src/pool/pool_engine.* and connection_watch.* are to the
// real one, with PoolDriver as it is.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/pool_driver.hpp"
#include "sim/adoptions.hpp"
#include "sim/front.hpp"
#include "sim/names.hpp"

namespace rediscovery::sim {

class Back : public Loop, private engine::PoolPort {
 public:
  Back(Context& context, Cluster& cluster, Network& network, Names& names, Ledger& ledger,
       const PoolSettings& settings, PoolIndex index);

  void start();
  // CloseAll, a grace for what is lent, and the end of the loop.
  void stop();
  // The loop is held up, as by a slow event handler.
  void stall(Duration time) { busy_until_ = std::max(busy_until_, context_.now() + time); }
  void push(const Names::Endpoints& masters);

  [[nodiscard]] Front& front() { return *front_; }
  [[nodiscard]] const engine::PoolDriver& driver() const { return driver_; }
  [[nodiscard]] const Adoptions& adoptions() const { return adoptions_; }

 private:
  // Loop
  void connect(std::uint64_t generation) override;
  void check(core::ConnectionId id) override;
  void discard(ConnectionPtr connection, std::string reason) override;
  void evidence(core::MasterFsm::Evidence evidence) override;
  void wake() override;
  void soon(Task task) override { on_loop(std::move(task)); }
  [[nodiscard]] TimePoint held_up_until() const override { return busy_until_; }

  // PoolPort
  void start_lookup(engine::Name name) override;
  void cancel_lookup(engine::Name name) override;
  void dial(core::ConnectionId id, const core::Endpoint& endpoint) override;
  void ask(core::ConnectionId id) override;
  void close(core::ConnectionId id) override;
  void cut(core::ConnectionId id, bool writes_only) override;
  [[nodiscard]] std::optional<TimePoint> unanswered_since(core::ConnectionId id) const override;
  [[nodiscard]] bool is_used() override { return front_->is_used(); }
  void reported(core::ConnectionId id, const core::NodeReport& report) override {
    front_->reported(id, report);
  }
  void pool(const core::PoolFsm::Event& event, std::uint64_t generation) override;
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason, Duration took) override;

  struct Dial {
    core::Endpoint endpoint;
    LinkPtr link = nullptr;  // once TCP is connected
  };

  // Runs `task` on the loop: soon, in order, and with the timer set anew afterwards.
  void on_loop(Task task);
  void end_turn();
  void set_timer(TimePoint at);
  void connected(core::ConnectionId id, const LinkPtr& link);
  void dialled(core::ConnectionId id, const LinkPtr& link, const core::NodeReport& report);
  void dial_failed(core::ConnectionId id, const std::string& problem);
  void ended(core::ConnectionId id);
  void answered(core::ConnectionId id, std::uint64_t question, const core::NodeReport& report);
  [[nodiscard]] ConnectionPtr watched(core::ConnectionId id) const;

  Context& context_;
  Cluster& cluster_;
  Network& network_;
  Names& names_;
  const PoolSettings settings_;
  const PoolIndex index_;
  const std::unique_ptr<Front> front_;
  Adoptions adoptions_;
  engine::PoolDriver driver_;
  bool is_stopped_ = false;
  TimePoint busy_until_{};
  TimePoint last_task_{};
  TimePoint tick_at_{};                    // when the driver wants its next tick
  TimePoint timer_at_ = TimePoint::max();  // when the simulation looks after it; never later
  TimePoint last_tick_{};
  unsigned spins_ = 0;
  bool was_healthy_ = false;
  std::array<std::uint64_t, 2> lookup_ = {};  // by name: the number of the last one
  std::array<bool, 2> is_looking_up_ = {};    // by name
  std::map<core::ConnectionId, Dial> dials_;
  std::map<core::ConnectionId, ConnectionPtr> watches_;
};

}  // namespace rediscovery::sim
