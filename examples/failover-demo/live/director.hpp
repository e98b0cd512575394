// Lets one fault after the other happen, sees when each is over, and tells what came of it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "live/course.hpp"
#include "live/fault.hpp"
#include "live/hub.hpp"
#include "live/lanes.hpp"
#include "live/press.hpp"
#include "live/watch.hpp"

namespace rediscovery::demo::live {

class Director {
 public:
  // The references must outlive this. Times are told from `start`.
  Director(Stage& stage, const Watch& watch, Moments& moments, Lanes& lanes, Hub& hub,
           Clock::time_point start);

  // Any thread. Returns at once: what comes of it is told later.
  Press press(const std::string& name);
  // Why the fault could not be made now; empty: it could.
  [[nodiscard]] std::string why_not_now(Fault fault) const;
  [[nodiscard]] bool idle() const;

  // To be called every few milliseconds, always from one thread: tells the hub what is new. Returns the
  // moments that are.
  std::vector<Moment> step();
  // When the last fault began.
  [[nodiscard]] std::optional<Clock::time_point> last_fault() const;

 private:
  struct Running {
    Fault fault = Fault::kill;
    Clock::time_point began;
    std::string old_master;
    std::vector<Moment> moments;
    LaneMeter::CourseId library = 0;
    LaneMeter::CourseId plain = 0;
    std::optional<Clock::time_point> carried_out;
    std::optional<Clock::time_point> settled;  // since then, everything is as it should be after it
  };

  Press begin(Fault fault);
  void carry_out_on_its_own(Fault fault, const Situation& situation);
  [[nodiscard]] std::optional<Fault> busy() const;
  [[nodiscard]] bool is_settled(const Situation& situation) const;
  [[nodiscard]] bool lanes_serve(Clock::time_point since) const;
  void tell_moment(const Moment& moment);
  void note_first_write();
  void end_if_over(Clock::time_point now);
  void tell_summary(const FaultSummary& summary);
  void tell_state();
  void tell_tick(Clock::time_point now);
  [[nodiscard]] double since_start(Clock::time_point at) const;

  Stage& stage_;
  const Watch& watch_;
  Moments& moments_;
  Lanes& lanes_;
  Hub& hub_;
  const Clock::time_point start_;
  Clock::time_point next_state_;
  Clock::time_point next_tick_;
  int happenings_ = 0;

  mutable std::mutex mutex_;  // guards what follows; not held while the hub is told
  std::optional<Running> running_;
  std::optional<Clock::time_point> last_fault_;
  std::jthread action_;  // last: it uses the above
};

}  // namespace rediscovery::demo::live
