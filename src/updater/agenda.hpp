// Which masters are to be reconciled, and when. Events put them here, the reconciler takes them out.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace rediscovery::updater {

// Any thread. A master is on it once, however many events name it: reconciling reads the state, so one run
// answers them all.
class Agenda {
 public:
  struct Item {
    std::string master;
    std::string reason;  // of the last event, for the audit
  };

  // All masters are due at once.
  explicit Agenda(const std::vector<std::string>& masters);

  // Due now. An unknown master is ignored: a Sentinel may watch more than this updater looks after.
  void mark(std::string_view master, const std::string& reason);
  void mark_all(const std::string& reason);
  // Due at `when`, unless it is due earlier already.
  void schedule(std::string_view master, core::TimePoint when, const std::string& reason);

  // Waits until a master is due and takes it off; nullopt after stop(). Meanwhile `beat` is called, at least
  // every `rest`.
  [[nodiscard]] std::optional<Item> next(
      const std::function<void()>& beat = [] {}, core::Duration rest = std::chrono::hours(1));
  void stop();

 private:
  struct Due {
    std::optional<core::TimePoint> when;
    std::string reason;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Due, std::less<>> due_;  // guarded by mutex_
  bool stopped_ = false;                         // guarded by mutex_
};

}  // namespace rediscovery::updater
