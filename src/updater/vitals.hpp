// Which threads still go about their work.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace rediscovery::updater {

// A thread beats whenever it comes around its loop, at least every kRest also when there is nothing to do;
// one that hangs in a call does not. Any thread.
class Vitals {
 public:
  // Few enough wake-ups to cost nothing.
  static constexpr std::chrono::seconds kRest{5};
  // Longer than the longest turn, which has deadlines for everything, and a heartbeat's after it.
  static constexpr std::chrono::seconds kStalled{20};

  class Pulse {
   public:
    Pulse(std::string who, core::TimePoint now) : who_(std::move(who)), last_(now) {}
    void beat(core::TimePoint now) { last_.store(now, std::memory_order_relaxed); }

   private:
    friend class Vitals;
    const std::string who_;
    std::atomic<core::TimePoint> last_;
  };

  // Counts as long as somebody holds it.
  [[nodiscard]] std::shared_ptr<Pulse> enlist(std::string who, core::TimePoint now);
  // By thread: how long ago it has beaten.
  [[nodiscard]] std::map<std::string, core::Duration> silences(core::TimePoint now) const;
  // One that has not beaten for kStalled.
  [[nodiscard]] std::optional<std::string> stalled(core::TimePoint now) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Pulse>> pulses_;  // guarded by mutex_
};

}  // namespace rediscovery::updater
