// All that runs while faults happen at will.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "live/director.hpp"
#include "live/gate_director.hpp"
#include "live/hub.hpp"
#include "live/lanes.hpp"
#include "live/watch.hpp"
#include "observers.hpp"
#include "options.hpp"
#include "screen.hpp"
#include "stage.hpp"
#include "stop_request.hpp"

namespace rediscovery::demo::live {

class PageServer;

class Session {
 public:
  // Returns when requests are sent, and the page is served if it is wanted. Throws std::runtime_error.
  Session(const Options& options, const StopRequest& stop, Screen& screen);

  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs until that is true; false when it was asked to stop before. Throws std::runtime_error when a part of
  // the demo has died that should live.
  bool run_until(const std::function<bool()>& done);
  bool run_for(std::chrono::milliseconds span);

  [[nodiscard]] Director& director() { return *director_; }
  [[nodiscard]] Lanes& lanes() { return *lanes_; }
  [[nodiscard]] Situation situation() const { return watch_->now(); }

 private:
  void step();

  const StopRequest& stop_;
  Screen& screen_;
  std::unique_ptr<PageServer> page_;
  Moments moments_;
  std::unique_ptr<Stage> stage_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Observers> observers_;
  std::unique_ptr<Lanes> lanes_;
  std::shared_ptr<Hub> hub_;
  std::unique_ptr<Director> director_;
  std::unique_ptr<GateDirector> gate_;  // of the page
};

}  // namespace rediscovery::demo::live
