// The I/O behind PoolDriver that Pool and AsyncClient share: names, pushes, dials, time and events.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <rediscovery/options.hpp>

#include "consul/service_watch.hpp"
#include "dns/resolver.hpp"
#include "engine/loop.hpp"
#include "engine/pool_driver.hpp"
#include "engine/turn.hpp"
#include "pool/counters.hpp"
#include "redis/dialer.hpp"

namespace rediscovery {

// What is done with connections once they are open: the part in which Pool and AsyncClient differ. All calls
// come on the loop's thread; see engine::PoolPort for what they mean.
class Members {
 public:
  virtual ~Members() = default;
  virtual void opened(core::ConnectionId id, std::unique_ptr<redis::Connection> connection) = 0;
  virtual void ask(core::ConnectionId id, std::function<void(Result<core::NodeReport>)> done) = 0;
  virtual void cut(core::ConnectionId id, bool writes_only) = 0;
  virtual void close(core::ConnectionId id) = 0;
  [[nodiscard]] virtual std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const = 0;
  [[nodiscard]] virtual bool is_used() = 0;
  virtual void reported(core::ConnectionId id, const core::NodeReport& report) = 0;
  virtual void pool(const core::PoolFsm::Event& event, std::uint64_t generation) = 0;

  // When Tick is to be sent to PoolFsm (and whatever else), beside what PoolDriver waits for.
  [[nodiscard]] virtual std::optional<core::TimePoint> next_deadline() = 0;
  // What the background does, for what callers are told when their time is over.
  virtual void set_background(const std::string& trouble, const core::Work& work) = 0;
};

// Loop thread only, construction and destruction included.
class Background : private engine::PoolPort {
 public:
  // Starts at once; nothing is called before the constructor has returned. `options` were validated; they,
  // `counters` and `members` must outlive this. Throws std::runtime_error if the system is short of
  // something.
  Background(uv_loop_t* loop, const Options& options, redis::Access access, Counters& counters,
             Members& members);
  ~Background() override;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Lets PoolDriver hear of something, and sets the timer anew afterwards.
  template <typename Event>
  void drive(Event event) {
    event(driver_, engine::now());
    keep_time();
  }
  // The same, before the loop waits next: for what follows from PoolDriver's own calls.
  void drive_soon(std::function<void(engine::PoolDriver&, core::TimePoint)> event);
  void failed(core::ConnectionId id, const Error& error);

  [[nodiscard]] const engine::PoolDriver& driver() const { return driver_; }
  // Tells that nothing is left of the generations before this one.
  void drained(std::uint64_t generation, core::TimePoint now);
  void keep_time();

 private:
  void tell(EventKind kind, const std::string& endpoint, const std::string& reason,
            core::Duration took) override;
  void start_lookup(engine::Name name) override;
  void cancel_lookup(engine::Name name) override;
  void dial(core::ConnectionId id, const core::Endpoint& endpoint) override;
  void ask(core::ConnectionId id) override;
  void close(core::ConnectionId id) override;
  void cut(core::ConnectionId id, bool writes_only) override { members_.cut(id, writes_only); }
  [[nodiscard]] std::optional<core::TimePoint> unanswered_since(core::ConnectionId id) const override {
    return members_.unanswered_since(id);
  }
  [[nodiscard]] bool is_used() override { return members_.is_used(); }
  void reported(core::ConnectionId id, const core::NodeReport& report) override {
    members_.reported(id, report);
  }
  void pool(const core::PoolFsm::Event& event, std::uint64_t generation) override;

  void tick();
  void watch_service(uv_loop_t* loop);
  void dialled(core::ConnectionId id, Result<redis::Dialled> result);
  std::unique_ptr<dns::Resolver>& resolver(engine::Name name);

  const Options& options_;
  Counters& counters_;
  Members& members_;
  redis::Dialer dialer_;
  engine::PoolDriver driver_;
  engine::Timer timer_;
  core::TimePoint timer_at_ = core::TimePoint::max();
  engine::Turn late_;  // the timer came late
  engine::Turn turn_;
  std::vector<std::function<void(engine::PoolDriver&, core::TimePoint)>> soon_;
  core::TimePoint adopted_at_{};
  std::array<std::unique_ptr<dns::Resolver>, 2>
      resolvers_;                               // by engine::Name; null where nothing is looked up
  std::unique_ptr<consul::ServiceWatch> push_;  // null without consul_http
};

}  // namespace rediscovery
