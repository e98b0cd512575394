// The gate's part of the page: started when somebody asks for it, and from then on one button after the
// other.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "gate/stage.hpp"
#include "live/gate_watch.hpp"
#include "live/hub.hpp"
#include "live/press.hpp"
#include "stop_request.hpp"

namespace rediscovery::demo::live {

class GateDirector {
 public:
  // The references must outlive this. Times are told from `start`; `logs` is where the servers' are left, or
  // empty.
  GateDirector(Programs programs, std::filesystem::path logs, const StopRequest& stop, Hub& hub,
               Clock::time_point start);
  ~GateDirector();
  GateDirector(const GateDirector&) = delete;
  GateDirector& operator=(const GateDirector&) = delete;

  // "start", or an order. Any thread; returns when it has been carried out, but at once from "start".
  Press press(const std::string& name);
  // Tells the hub what is new. To be called every few milliseconds.
  void step();

 private:
  enum class Phase { off, starting, running, failed };
  Press start();
  void start_parts();
  Press carry_out(const std::string& name);
  Press act(const GateOrder& order);
  void tell();
  // Why it cannot be started; empty: it can.
  [[nodiscard]] std::string why_not_start() const;

  const Programs programs_;
  const std::filesystem::path logs_;
  const StopRequest& stop_;
  Hub& hub_;
  const Clock::time_point start_;
  Clock::time_point next_;

  std::mutex acting_;         // one hand at a time; taken before the other
  mutable std::mutex mutex_;  // guards what follows; not held while the hub is told
  Phase phase_ = Phase::off;
  std::string problem_;
  std::unique_ptr<GateStage> stage_;  // while it runs, it and the watch stay
  std::unique_ptr<GateWatch> watch_;
  std::jthread starter_;  // last: it uses the above
};

}  // namespace rediscovery::demo::live
