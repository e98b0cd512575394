// What the daemon knows of each master, for those who look at it from outside.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updater/reconcile.hpp"
#include "updater/switch_timer.hpp"

namespace rediscovery::updater {

struct MasterRecord {
  std::optional<Report> last;                         // nullopt: not looked at yet
  std::optional<core::TimePoint> good_at;             // when it was last as it should be
  std::string trouble;                                // empty: none
  core::TimePoint trouble_since;                      // valid while there is trouble
  std::map<std::string, std::uint64_t> reconciles{};  // by verdict, or "error"
  std::map<consul::ErrorKind, std::uint64_t> errors;  // Consul's, lost races included
  std::uint64_t changes = 0;
  SwitchTimer timer;
};

using Records = std::map<std::string, MasterRecord>;

// Any thread. It outlives daemons: counters go on when the configuration is read again.
class Board {
 public:
  // `started`: when the process was, in seconds since 1970.
  explicit Board(double started) : started_(started) {}
  [[nodiscard]] double started() const { return started_; }

  // Others are forgotten.
  void keep(const std::vector<std::string>& masters);
  void reconciled(const std::string& master, const Report& report, core::TimePoint now);
  void changed(const Change& change);
  // An event of a Sentinel.
  void heard(const std::string& type, const std::string& description, core::TimePoint now);
  void promoted(const std::string& master, const core::Endpoint& replica, core::TimePoint now);

  [[nodiscard]] Records records() const;
  // By master; who is well is left out.
  [[nodiscard]] std::map<std::string, std::string> troubles() const;

 private:
  const double started_;
  mutable std::mutex mutex_;
  Records records_;  // guarded by mutex_
};

}  // namespace rediscovery::updater
